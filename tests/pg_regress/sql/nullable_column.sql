-- A column must be NOT NULL unless there is a reason for NULL; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.nullable_column = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id bigint PRIMARY KEY, number bigint, "Note" text DEFAULT '', paid_at timestamptz);

-- A later statement may fix it.
BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY, number bigint, "Note" text DEFAULT '', paid_at timestamptz);
ALTER TABLE public.orders ALTER COLUMN number SET NOT NULL;
ALTER TABLE public.orders ALTER COLUMN "Note" SET NOT NULL;
COMMIT;

-- The fix fills existing rows with the default, if there is one.
INSERT INTO orders VALUES (1, 1);
ALTER TABLE orders ALTER COLUMN number DROP NOT NULL, ALTER COLUMN "Note" DROP NOT NULL;
BEGIN;
ALTER TABLE orders ALTER COLUMN "Note" DROP NOT NULL;
INSERT INTO orders VALUES (2, 2, NULL);
UPDATE public.orders SET "Note" = DEFAULT WHERE "Note" IS NULL;
ALTER TABLE public.orders ALTER COLUMN "Note" SET NOT NULL;
COMMIT;

-- A comment may give a reason, and a foreign key that sets the column to NULL is one.
BEGIN;
ALTER TABLE orders ADD COLUMN weight numeric, ADD COLUMN first_id bigint REFERENCES orders ON DELETE SET NULL;
COMMENT ON COLUMN orders.weight IS 'nullable: unknown until the goods are weighed';
COMMIT;
COMMENT ON COLUMN orders.weight IS 'In kilograms';

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
ALTER TABLE orders ADD COLUMN legacy text;
SET guardrail.mode = 'enforce';
ALTER TABLE orders ALTER COLUMN legacy TYPE varchar(10);

-- The options change what is a violation.
SET guardrail.nullable_column_exempt = 'middle_name';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (number integer);
ALTER TABLE orders ADD COLUMN middle_name text, ADD COLUMN sent_at timestamptz;

DROP TABLE orders, versions;
