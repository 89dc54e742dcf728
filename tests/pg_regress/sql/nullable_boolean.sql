-- A boolean has two states, not three; judged on what the transaction leaves behind.
SET guardrail.preset = 'none';
SET guardrail.nullable_boolean = 'error';
SET guardrail.mode = 'enforce';
CREATE DOMAIN flag AS boolean;

CREATE TABLE orders (id bigint PRIMARY KEY, is_paid boolean DEFAULT false, "isSent" flag);

-- A later statement may mend it; a check does as well.
BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY, is_paid boolean DEFAULT false, "isSent" flag CHECK ("isSent" IS NOT NULL));
ALTER TABLE public.orders ALTER COLUMN is_paid SET NOT NULL;
COMMIT;
ALTER TABLE orders ALTER COLUMN is_paid DROP NOT NULL;

-- Rows that are there are filled.
INSERT INTO orders VALUES (1, true, true);
ALTER TABLE orders ADD COLUMN is_late boolean;
BEGIN;
ALTER TABLE orders ADD COLUMN is_late boolean;
UPDATE public.orders SET is_late = false WHERE is_late IS NULL; ALTER TABLE public.orders ALTER COLUMN is_late SET NOT NULL;
COMMIT;
SELECT is_late FROM orders;

-- A comment may say why.
BEGIN;
ALTER TABLE orders ADD COLUMN is_good boolean;
COMMENT ON COLUMN orders.is_good IS 'nullable: nobody has looked yet';
COMMIT;

-- What was there before is not reported again.
SET guardrail.mode = 'off';
ALTER TABLE orders ADD COLUMN legacy boolean;
SET guardrail.mode = 'enforce';
ALTER TABLE orders RENAME COLUMN legacy TO old;

-- The migration tables are named by an option.
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (is_applied boolean);

DROP TABLE orders, versions;
DROP DOMAIN flag;
