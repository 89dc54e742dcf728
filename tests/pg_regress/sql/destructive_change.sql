-- A table or column that holds data must not be dropped; checked before the statement runs.
SET guardrail.preset = 'none';
SET guardrail.destructive_change = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE orders (id bigint PRIMARY KEY, "Note" text, remark text);
CREATE TABLE bills (id bigint PRIMARY KEY);
INSERT INTO orders VALUES (1, 'urgent', NULL);

ALTER TABLE orders DROP COLUMN "Note";
DROP TABLE orders;

-- A table without rows holds no data, nor does a column without values.
DROP TABLE bills;
ALTER TABLE orders DROP COLUMN remark;

-- Everything that a statement would lose is reported at once; the fix does not suggest a name that is taken.
CREATE TABLE bills (id bigint PRIMARY KEY);
INSERT INTO bills VALUES (1);
CREATE TABLE bills_old (id bigint PRIMARY KEY);
DROP TABLE orders, bills, bills_old;

-- The option sets the number of rows.
SET guardrail.destructive_change_min_rows = 2;
DROP TABLE bills;
INSERT INTO orders VALUES (2, NULL);
ALTER TABLE orders DROP COLUMN id, DROP COLUMN "Note";
RESET guardrail.destructive_change_min_rows;

-- Temporary tables are exempt, and what CASCADE drops as well is not checked.
CREATE TEMPORARY TABLE scratch AS SELECT 1 AS id;
DROP TABLE scratch;
CREATE SCHEMA shop CREATE TABLE bills (id bigint);
INSERT INTO shop.bills VALUES (1);
DROP SCHEMA shop CASCADE;

-- A rename loses nothing.
ALTER TABLE public.orders RENAME COLUMN "Note" TO "Note_old";
ALTER TABLE public.orders RENAME TO orders_old;

SET guardrail.mode = 'warn';
DROP TABLE orders_old, bills_old;
