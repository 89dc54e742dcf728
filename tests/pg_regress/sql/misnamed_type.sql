-- The name of a type or domain must fit the pattern.
SET guardrail.preset = 'none';
SET guardrail.misnamed_type = 'error';
SET guardrail.mode = 'enforce';

CREATE TYPE "OrderState" AS ENUM ('placed', 'it''s paid');
CREATE TYPE "Span" AS (first date, last date);
CREATE TYPE "DateRange" AS RANGE (subtype = date);
CREATE DOMAIN "Percent" AS integer NOT NULL CONSTRAINT ck_percent CHECK (VALUE > 0);
BEGIN;
CREATE TYPE "OrderState" AS ENUM ('placed', 'it''s paid');
ALTER TYPE public."OrderState" RENAME TO order_state;
COMMIT;
ALTER TYPE order_state RENAME TO "StateOfOrders";

-- The type that comes with a table is not checked.
CREATE TABLE "Orders" (id bigint, state order_state);

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
CREATE DOMAIN "Email" AS text;
ALTER DOMAIN public."Email" RENAME TO email;
CREATE TYPE "Legacy" AS ENUM ('new');
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, unless the object gets another name that does not fit.
ALTER TYPE "Legacy" ADD VALUE 'old';
ALTER TYPE "Legacy" RENAME TO "Older";

-- The option changes what is a violation.
SET guardrail.type_name_pattern = '.+_t';
CREATE TYPE span AS (first date, last date);
BEGIN;
CREATE TYPE span AS (first date, last date);
ALTER TYPE public.span RENAME TO span_t;
COMMIT;

DROP TABLE "Orders";
DROP TYPE order_state, email, "Legacy", span_t;
