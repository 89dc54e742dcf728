-- A table must have a comment; judged on what the transaction leaves behind.
SET guardrail.preset = 'none';
SET guardrail.table_without_comment = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE "Customer's orders" (id bigint PRIMARY KEY);

-- A later statement may make the comment.
BEGIN;
CREATE TABLE "Customer's orders" (id bigint PRIMARY KEY);
COMMENT ON TABLE public."Customer's orders" IS 'What a row of Customer''s orders stands for';
COMMIT;

-- Nothing but white space is none, and so is a comment that is taken away.
COMMENT ON TABLE "Customer's orders" IS ' ';
COMMENT ON TABLE "Customer's orders" IS NULL;

-- Views and temporary tables need none, and a partition has that of its parent.
CREATE VIEW v AS SELECT id FROM "Customer's orders";
CREATE TEMPORARY TABLE scratch (id bigint);
CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
BEGIN;
CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
COMMENT ON TABLE parts IS 'What things are made of';
COMMIT;

-- What was there before is not reported again.
SET guardrail.mode = 'off';
CREATE TABLE legacy (id bigint PRIMARY KEY);
SET guardrail.mode = 'enforce';
ALTER TABLE legacy ADD COLUMN note text;
ALTER TABLE legacy RENAME TO old;

DROP VIEW v;
DROP TABLE "Customer's orders", scratch, parts, old;
