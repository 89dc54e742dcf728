-- Names must not need quotes.
SET guardrail.preset = 'none';
SET guardrail.identifier_needs_quotes = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE "Order Items" (id bigint PRIMARY KEY, number bigint);
CREATE TABLE public.order_items (id bigint NOT NULL, number bigint, CONSTRAINT pk_order_items PRIMARY KEY (id));
CREATE TABLE "order" (id bigint);
ALTER TABLE order_items ADD COLUMN "user" text, ADD COLUMN position integer;
CREATE TYPE "State" AS ENUM ('new');
CREATE DOMAIN "time" AS date;
CREATE TYPE span AS ("First" date);

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
CREATE TABLE "Orders" (id bigint PRIMARY KEY, "placedAt" date, "2nd" date);
ALTER TABLE public."Orders" RENAME COLUMN "placedAt" TO placed_at;
ALTER TABLE public."Orders" RENAME COLUMN "2nd" TO c_2nd;
CREATE TYPE "State" AS ENUM ('new');
ALTER TYPE public."State" RENAME TO state;
SET guardrail.mode = 'enforce';

-- A name that was there before is not reported again; the names of constraints and indexes are not checked.
ALTER TABLE "Orders" ADD COLUMN note text, ADD CONSTRAINT "ck_Orders_note" CHECK (note <> '');
ALTER TABLE "Orders" RENAME TO "Old Orders";
ALTER TABLE public."Orders" RENAME TO orders;

-- An option names the migration tables.
SET guardrail.migration_tables = 'Versions';
CREATE TABLE "Versions" ("Number" integer);

DROP TABLE order_items, orders, "Versions";
DROP TYPE state;
