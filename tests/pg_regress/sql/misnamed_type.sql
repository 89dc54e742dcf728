-- The name of a type or domain must fit the pattern.
SET guardrail.preset = 'none';
SET guardrail.misnamed_type = 'error';
SET guardrail.mode = 'enforce';

CREATE TYPE "OrderState" AS ENUM ('placed', 'it''s paid');
CREATE TYPE "Span" AS (first date, last date);
CREATE TYPE "DateRange" AS RANGE (subtype = date);
CREATE DOMAIN "Percent" AS integer NOT NULL CONSTRAINT ck_percent CHECK (VALUE > 0);
CREATE TYPE public.order_state AS ENUM ('placed', 'it''s paid');
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
CREATE TYPE public.span_t AS (first date, last date);

DROP TABLE "Orders";
DROP TYPE order_state, email, "Legacy", span_t;
