-- A table must have a comment; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.table_without_comment = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE "Customer's orders" (id bigint PRIMARY KEY);

-- A later statement may make the comment.
BEGIN;
CREATE TABLE "Customer's orders" (id bigint PRIMARY KEY);
COMMENT ON TABLE public."Customer's orders" IS 'What a row of Customer''s orders stands for';
COMMIT;

-- A comment of white space counts as none; removing a comment is a violation.
COMMENT ON TABLE "Customer's orders" IS ' ';
COMMENT ON TABLE "Customer's orders" IS NULL;

-- Views, temporary tables and partitions need no comment.
CREATE VIEW v AS SELECT id FROM "Customer's orders";
CREATE TEMPORARY TABLE scratch (id bigint);
CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
BEGIN;
CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
COMMENT ON TABLE parts IS 'What things are made of';
COMMIT;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
CREATE TABLE legacy (id bigint PRIMARY KEY);
SET guardrail.mode = 'enforce';
ALTER TABLE legacy ADD COLUMN note text;
ALTER TABLE legacy RENAME TO old;

DROP VIEW v;
DROP TABLE "Customer's orders", scratch, parts, old;
