-- Every table must have the required columns; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.missing_required_column = 'error';
SET guardrail.mode = 'enforce';

-- A column is missing, is of another type, or is nullable and has no default.
CREATE TABLE orders (id bigint PRIMARY KEY, created_at timestamptz DEFAULT now() NOT NULL);
CREATE TABLE orders (created_at timestamp DEFAULT now() NOT NULL, updated_at timestamptz);

-- A later statement may fix it.
BEGIN;
CREATE TABLE orders (created_at timestamp DEFAULT now() NOT NULL, updated_at timestamptz);
ALTER TABLE public.orders ALTER COLUMN created_at TYPE timestamp with time zone USING created_at AT TIME ZONE 'UTC';
ALTER TABLE public.orders ALTER COLUMN updated_at SET NOT NULL;
ALTER TABLE public.orders ALTER COLUMN updated_at SET DEFAULT now();
COMMIT;
ALTER TABLE orders ALTER COLUMN updated_at DROP NOT NULL;
ALTER TABLE orders DROP COLUMN updated_at;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
CREATE TABLE legacy (id bigint PRIMARY KEY);
SET guardrail.mode = 'enforce';
ALTER TABLE legacy ADD COLUMN note text;

-- The options change what is a violation. A table that only links rows of others needs no such columns.
SET guardrail.required_columns = '{"Rev": {"type": "integer", "not_null": true}, "data": {"type": "jsonb", "default": true}}';
SET guardrail.required_columns_exempt_tables = 'public\.log_.*';
SET guardrail.migration_tables = 'versions';
SET guardrail.tenant_column = 'tenant';
CREATE TABLE log_1 (id bigint);
CREATE TABLE versions (id bigint);
CREATE TABLE links (order_id bigint REFERENCES legacy, other_id bigint REFERENCES legacy, tenant text);
CREATE TABLE bills (id bigint);
BEGIN;
CREATE TABLE bills (id bigint);
ALTER TABLE public.bills ADD COLUMN "Rev" integer NOT NULL;
ALTER TABLE public.bills ADD COLUMN data jsonb DEFAULT '{}';
COMMIT;

DROP TABLE orders, links, legacy, log_1, versions, bills;
