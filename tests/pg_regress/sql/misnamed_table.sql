-- The name of a table must fit the pattern.
SET guardrail.preset = 'none';
SET guardrail.misnamed_table = 'error';
SET guardrail.mode = 'enforce';
CREATE SCHEMA "Shop";

CREATE TABLE "OrderItems" (id bigint CONSTRAINT pk_items PRIMARY KEY, "Name" text NOT NULL);
BEGIN;
CREATE TABLE "OrderItems" (id bigint CONSTRAINT pk_items PRIMARY KEY, "Name" text NOT NULL);
ALTER TABLE public."OrderItems" RENAME TO order_items;
COMMIT;
CREATE TABLE "Shop"."2nd" (id bigint);
ALTER TABLE order_items RENAME TO "ItemsOfOrders";

-- Schemas, views and temporary tables are not checked.
CREATE TABLE "Shop".items (id bigint);
CREATE VIEW "Items" AS SELECT id FROM order_items;
CREATE TEMPORARY TABLE "Scratch" (id bigint);

-- Partitions are checked, too.
CREATE TABLE parts (id integer) PARTITION BY LIST (id);
CREATE TABLE "Part 1" PARTITION OF parts FOR VALUES IN (1);

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
CREATE TABLE "Shop"."OrderItems" (id bigint);
ALTER TABLE "Shop"."OrderItems" RENAME TO order_items;
CREATE TABLE "Legacy" (id bigint);
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, unless the object gets another name that does not fit.
ALTER TABLE "Legacy" ADD COLUMN note text;
ALTER TABLE "Legacy" RENAME TO "Older";

-- The options change what is a violation.
SET guardrail.table_name_pattern = 'shop_.+';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (number integer);
CREATE TABLE bills (id bigint);
BEGIN;
CREATE TABLE bills (id bigint);
ALTER TABLE public.bills RENAME TO shop_bills;
COMMIT;

DROP VIEW "Items";
DROP TABLE order_items, "Shop".items, "Shop".order_items, "Scratch", parts, "Legacy", versions, shop_bills;
DROP SCHEMA "Shop";
