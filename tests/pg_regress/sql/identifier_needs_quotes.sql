-- Names must not need quotes.
SET guardrail.preset = 'none';
SET guardrail.identifier_needs_quotes = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE "Order Items" (id bigint PRIMARY KEY, number bigint);
CREATE TABLE public.order_items (id bigint NOT NULL, number bigint, CONSTRAINT pk_order_items PRIMARY KEY (id));
CREATE TABLE "order" (id bigint);
ALTER TABLE order_items ADD COLUMN "user" text, ADD COLUMN position integer;
ALTER TABLE order_items ADD CONSTRAINT "ck-Number" CHECK (number > 0);
CREATE INDEX "2nd" ON order_items (number);
CREATE TYPE "State" AS ENUM ('new');
CREATE DOMAIN "time" AS date;
CREATE TYPE span AS ("First" date);

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
CREATE TABLE "Orders" (
    id bigint PRIMARY KEY, "placedAt" date CONSTRAINT "orders-placed" CHECK ("placedAt" > '2000-01-01')
);
ALTER TABLE public."Orders" RENAME CONSTRAINT "orders-placed" TO orders_placed;
ALTER TABLE public."Orders" RENAME COLUMN "placedAt" TO placed_at;
CREATE INDEX "Placed At" ON "Orders" (placed_at);
ALTER INDEX public."Placed At" RENAME TO placed_at;
CREATE TYPE "State" AS ENUM ('new');
ALTER TYPE public."State" RENAME TO state;
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, nor is a name that needs quotes only because of it.
ALTER TABLE "Orders" ADD COLUMN note text, ADD CONSTRAINT "ck_Orders_note" CHECK (note <> '');
ALTER TABLE "Orders" RENAME TO "Old Orders";
ALTER TABLE public."Orders" RENAME TO orders;

-- An option names the migration tables.
SET guardrail.migration_tables = 'Versions';
CREATE TABLE "Versions" ("Number" integer);

DROP TABLE order_items, orders, "Versions";
DROP TYPE state;
