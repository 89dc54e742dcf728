-- A boolean column must be NOT NULL; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.nullable_boolean = 'error';
SET guardrail.mode = 'enforce';
CREATE DOMAIN flag AS boolean;

CREATE TABLE orders (id bigint PRIMARY KEY, is_paid boolean DEFAULT false, "isSent" flag);

-- A later statement may fix it, and so may a check.
BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY, is_paid boolean DEFAULT false, "isSent" flag CHECK ("isSent" IS NOT NULL));
ALTER TABLE public.orders ALTER COLUMN is_paid SET NOT NULL;
COMMIT;
ALTER TABLE orders ALTER COLUMN is_paid DROP NOT NULL;

-- The fix fills existing rows.
INSERT INTO orders VALUES (1, true, true);
ALTER TABLE orders ADD COLUMN is_late boolean;
BEGIN;
ALTER TABLE orders ADD COLUMN is_late boolean;
UPDATE public.orders SET is_late = false WHERE is_late IS NULL;
ALTER TABLE public.orders ALTER COLUMN is_late SET NOT NULL;
COMMIT;
SELECT is_late FROM orders;

-- A comment may give a reason.
BEGIN;
ALTER TABLE orders ADD COLUMN is_good boolean;
COMMENT ON COLUMN orders.is_good IS 'nullable: nobody has looked yet';
COMMIT;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
ALTER TABLE orders ADD COLUMN legacy boolean;
SET guardrail.mode = 'enforce';
ALTER TABLE orders RENAME COLUMN legacy TO old;

-- An option names the migration tables.
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (is_applied boolean);

DROP TABLE orders, versions;
DROP DOMAIN flag;
