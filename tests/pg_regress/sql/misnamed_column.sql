-- The name of a column must fit the pattern.
SET guardrail.preset = 'none';
SET guardrail.misnamed_column = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id bigint PRIMARY KEY, "placedAt" timestamptz DEFAULT now() NOT NULL, "2nd" text);
CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz);
ALTER TABLE orders ADD COLUMN "placedBy" text;
BEGIN;
ALTER TABLE orders ADD COLUMN "placedBy" text;
ALTER TABLE public.orders RENAME COLUMN "placedBy" TO placed_by;
COMMIT;
ALTER TABLE orders RENAME COLUMN placed_by TO "orderedBy";

-- The fix does not suggest a name that is taken.
ALTER TABLE orders ADD COLUMN "Placed By" text;

-- The attributes of composite types are checked as well, the columns of views are not.
CREATE TYPE span AS ("First" date);
CREATE VIEW o AS SELECT id AS "Id" FROM orders;

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
CREATE TYPE span AS ("First" date);
ALTER TYPE public.span RENAME ATTRIBUTE "First" TO first;
ALTER TABLE orders ADD COLUMN "isPaid" boolean, ADD COLUMN "Old" text;
ALTER TABLE public.orders RENAME COLUMN "isPaid" TO is_paid;
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, unless the object gets another name that does not fit.
ALTER TABLE orders ALTER COLUMN "Old" SET NOT NULL;
ALTER TABLE orders RENAME COLUMN "Old" TO "Older";

-- The options change what is a violation.
SET guardrail.column_name_pattern = '{table}_.+|[a-z]+';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (id bigint, "Number" integer);
ALTER TABLE orders ADD COLUMN orders_note text, ADD COLUMN the_note text;

DROP VIEW o;
DROP TABLE orders, versions;
DROP TYPE span;
