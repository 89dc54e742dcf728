-- Tables must not be unlogged.
SET guardrail.preset = 'none';
SET guardrail.unlogged_table = 'error';
SET guardrail.mode = 'enforce';

CREATE UNLOGGED TABLE "Orders" (id bigint CONSTRAINT "pk_Orders" PRIMARY KEY, number bigint DEFAULT 0 NOT NULL);
CREATE TABLE public."Orders" (id bigint NOT NULL, number bigint DEFAULT 0 NOT NULL, CONSTRAINT "pk_Orders" PRIMARY KEY (id));
ALTER TABLE "Orders" SET UNLOGGED;
CREATE UNLOGGED TABLE copied AS SELECT * FROM "Orders";
SELECT * INTO UNLOGGED copied FROM "Orders";

-- Temporary tables are exempt.
CREATE TEMPORARY TABLE scratch (id bigint);

-- Each partition is checked by itself.
CREATE TABLE parts (id integer) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE UNLOGGED TABLE part_2 PARTITION OF parts FOR VALUES IN (2);

-- In warn mode the statement runs, and the violation is not reported again.
SET guardrail.mode = 'warn';
CREATE UNLOGGED TABLE copied AS SELECT * FROM "Orders";
SET guardrail.mode = 'enforce';
ALTER TABLE copied ADD COLUMN price numeric;
ALTER TABLE copied RENAME TO copy;

ALTER TABLE public.copy SET LOGGED;

DROP TABLE "Orders", copy, scratch, parts;
