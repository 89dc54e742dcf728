-- The name of an index must fit the pattern.
SET guardrail.preset = 'none';
SET guardrail.misnamed_index = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE orders (id bigint PRIMARY KEY, number text UNIQUE, placed_at timestamptz);

CREATE INDEX orders_by_date ON orders (placed_at DESC);
CREATE INDEX CONCURRENTLY orders_by_date ON orders (placed_at);
CREATE INDEX ON orders (lower(number)) WHERE id > 0;
BEGIN;
CREATE INDEX orders_by_date ON orders (placed_at DESC);
ALTER INDEX public.orders_by_date RENAME TO ix_orders_placed_at;
COMMIT;

-- The name of a unique index may fit the pattern of unique constraints.
CREATE UNIQUE INDEX uq_orders_number ON orders (number, id);
CREATE INDEX uq_orders_placed_at ON orders (placed_at);

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
CREATE INDEX "byNumber" ON orders (number);
ALTER INDEX public."byNumber" RENAME TO ix_orders_number;
CREATE INDEX legacy ON orders (placed_at, id);
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, unless the object gets another name that does not fit.
ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamp;
ALTER TABLE orders RENAME TO purchases;
ALTER INDEX legacy RENAME TO older;

-- The options change what is a violation.
SET guardrail.index_name_pattern = '{table}_{columns}_idx';
SET guardrail.unique_name_pattern = '{table}_{column_0}_once';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (number integer);
CREATE INDEX by_number ON versions (number);
CREATE UNIQUE INDEX purchases_number_once ON purchases (number, placed_at);
CREATE INDEX ix_purchases_number ON purchases (number, placed_at);
CREATE INDEX purchases_number_placed_at_idx ON purchases (number, placed_at);

DROP TABLE purchases, versions;
