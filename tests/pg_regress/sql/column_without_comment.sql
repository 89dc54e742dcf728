-- A column must have a comment; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.column_without_comment = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id bigint PRIMARY KEY, "It's paid" boolean);

-- A later statement may make the comment.
BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY, "It's paid" boolean);
COMMENT ON COLUMN public.orders.id IS 'What id means';
COMMENT ON COLUMN public.orders."It's paid" IS 'What It''s paid means';
COMMIT;

-- A comment of white space counts as none; removing a comment is a violation.
COMMENT ON COLUMN orders.id IS ' ';
COMMENT ON COLUMN orders.id IS NULL;

-- Temporary tables are exempt; the columns of views and composite types need no comment.
CREATE TEMPORARY TABLE scratch (id bigint);
CREATE VIEW paid AS SELECT id FROM orders;
CREATE TYPE span AS (first date, last date);

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
ALTER TABLE orders ADD COLUMN legacy text;
SET guardrail.mode = 'enforce';
ALTER TABLE orders RENAME COLUMN legacy TO old;
ALTER TABLE orders ADD COLUMN note text;

-- The columns of a partition are reported on its parent.
BEGIN;
CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
COMMIT;

DROP VIEW paid;
DROP TABLE orders, scratch;
DROP TYPE span;
