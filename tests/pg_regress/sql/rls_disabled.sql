-- A table must have row-level security; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.rls_disabled = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE "Orders" (id bigint PRIMARY KEY);

-- A later statement may enable it.
BEGIN;
CREATE TABLE "Orders" (id bigint PRIMARY KEY);
ALTER TABLE public."Orders" ENABLE ROW LEVEL SECURITY;
COMMIT;
ALTER TABLE "Orders" DISABLE ROW LEVEL SECURITY;

-- Temporary tables and partitions are exempt.
CREATE TEMPORARY TABLE scratch (id bigint);
BEGIN;
CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
COMMIT;
-- Row-level security of the parent does not protect a table that leaves it.
ALTER TABLE parts DETACH PARTITION part_1;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
CREATE TABLE legacy (id bigint PRIMARY KEY);
SET guardrail.mode = 'enforce';
ALTER TABLE legacy ADD COLUMN note text;

-- The option names the schemas.
SET guardrail.rls_schemas = 'api_.*';
CREATE TABLE bills (id bigint PRIMARY KEY);
CREATE SCHEMA api_1 CREATE TABLE bills (id bigint PRIMARY KEY);
CREATE SCHEMA api_1;
ALTER TABLE bills SET SCHEMA api_1;

DROP TABLE "Orders", scratch, parts, part_1, legacy, bills;
DROP SCHEMA api_1;
