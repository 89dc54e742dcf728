-- A table must have a primary key; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.table_without_primary_key = 'error';
SET guardrail.mode = 'enforce';

-- The fix uses columns that can be the key, or adds one.
CREATE TABLE "Orders" (note text);
CREATE TABLE orders (id bigint, note text);
CREATE TABLE orders (number bigint GENERATED ALWAYS AS IDENTITY, note text);
CREATE TABLE orders (tenant bigint NOT NULL, number text NOT NULL, id bigint, UNIQUE (tenant, number));

-- A later statement may make the key.
BEGIN;
CREATE TABLE "Orders" (note text);
ALTER TABLE public."Orders" ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE public."Orders" ADD CONSTRAINT "pk_Orders" PRIMARY KEY (id);
COMMIT;
ALTER TABLE "Orders" DROP CONSTRAINT "pk_Orders";
ALTER TABLE "Orders" DROP COLUMN id;

-- The fix for a join table is a key over its foreign keys.
CREATE TABLE links (one bigint REFERENCES "Orders", other bigint REFERENCES "Orders");

-- Temporary tables are exempt, and partitions are reported on their parent.
CREATE TEMPORARY TABLE scratch (id bigint);
CREATE TABLE parts (id bigint, made_on date) PARTITION BY LIST (made_on);
CREATE TABLE parts (id bigint, made_on date, CONSTRAINT pk_parts PRIMARY KEY (id, made_on)) PARTITION BY LIST (made_on);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN ('2000-01-01');

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
CREATE TABLE legacy (id bigint);
SET guardrail.mode = 'enforce';
ALTER TABLE legacy ADD COLUMN note text;

-- The options change what is a violation.
SET guardrail.primary_key_types = 'uuid';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (number integer);
CREATE TABLE bills (note text);
ALTER TABLE public.legacy ADD CONSTRAINT pk_legacy PRIMARY KEY (id);

DROP TABLE "Orders", scratch, parts, legacy, versions;
