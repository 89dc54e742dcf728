-- A check must not only list strings; an enum does that.
SET guardrail.preset = 'none';
SET guardrail.check_instead_of_enum = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    status text DEFAULT 'new' NOT NULL CONSTRAINT ck_orders_status CHECK (status IN ('new', 'paid'))
);

-- A check that tests anything else, or allows a single string, is no violation.
CREATE TABLE orders (
    id bigint PRIMARY KEY CHECK (id IN (1, 2)),
    status varchar(10) DEFAULT 'new' CHECK (status IN ('new', 'paid') OR id > 100),
    kind text CHECK (kind = 'order'),
    "Type" text
);

-- If the column existed before, the fix changes its type.
ALTER TABLE orders ADD CONSTRAINT ck_orders_type CHECK ("Type" = 'order' OR "Type" = 'it''s a "return"');
CREATE TYPE public.orders_type AS ENUM ('order', 'it''s a "return"');
ALTER TABLE orders ALTER COLUMN "Type" TYPE public.orders_type USING "Type"::text::public.orders_type;
ALTER TABLE orders ADD COLUMN size text CONSTRAINT ck_orders_size CHECK (size = ANY (ARRAY['S', 'M']));

-- An option names the migration tables.
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (kind text CHECK (kind IN ('up', 'down')));
RESET guardrail.migration_tables;

-- In warn mode the statement runs, and the fix converts the column in place.
SET guardrail.mode = 'warn';
ALTER TABLE orders DROP CONSTRAINT orders_check, ADD CONSTRAINT ck_orders_status CHECK (status IN ('new', 'paid'));
CREATE TYPE public.orders_status AS ENUM ('new', 'paid');
ALTER TABLE public.orders DROP CONSTRAINT ck_orders_status;
ALTER TABLE public.orders ALTER COLUMN status DROP DEFAULT, ALTER COLUMN status TYPE public.orders_status USING status::text::public.orders_status, ALTER COLUMN status SET DEFAULT 'new'::public.orders_status;
ALTER TABLE orders ADD COLUMN size text CONSTRAINT ck_orders_size CHECK (size IN ('S', 'M'));
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again.
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders DROP CONSTRAINT ck_orders_size, ADD CONSTRAINT ck_orders_size CHECK (size IN ('S', 'M', 'L'));

DROP TABLE orders, versions;
DROP TYPE orders_type, orders_status;
