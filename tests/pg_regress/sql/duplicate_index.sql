-- A table must not have two equal indexes.
SET guardrail.preset = 'none';
SET guardrail.duplicate_index = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE orders (id bigint PRIMARY KEY, number text NOT NULL, placed_at timestamptz);
CREATE INDEX ix_orders_placed_at ON orders (placed_at);

CREATE INDEX "ix Placed" ON orders (placed_at);
CREATE INDEX CONCURRENTLY ix_orders_date ON orders (placed_at);
DROP INDEX CONCURRENTLY public.ix_orders_date;
BEGIN;
CREATE INDEX "ix Placed" ON orders (placed_at);
DROP INDEX public."ix Placed";
COMMIT;

-- Indexes that differ in anything are no violation.
CREATE INDEX ix_orders_descending ON orders (placed_at DESC);
CREATE INDEX ix_orders_open ON orders (placed_at) WHERE number = '';
CREATE INDEX ix_orders_with ON orders (placed_at) INCLUDE (number);

-- A primary key makes an index, too.
ALTER TABLE orders ADD CONSTRAINT uq_orders_id UNIQUE (id);
CREATE UNIQUE INDEX uq_orders_number ON orders (number);
ALTER TABLE orders ADD CONSTRAINT uq_number UNIQUE (number);
BEGIN;
ALTER TABLE orders ADD CONSTRAINT uq_number UNIQUE (number);
DROP INDEX public.uq_orders_number;
COMMIT;

-- In warn mode the statement runs, and the violation is not reported again.
SET guardrail.mode = 'warn';
CREATE INDEX ix_orders_date ON orders (placed_at);
ALTER TABLE orders ADD CONSTRAINT uq_orders_id UNIQUE (id);
SET guardrail.mode = 'enforce';
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamp;
ALTER INDEX ix_orders_date RENAME TO ix_orders_day;
ALTER INDEX ix_orders_day RENAME TO ix_orders_date;

DROP INDEX public.ix_orders_date;
ALTER TABLE public.orders DROP CONSTRAINT uq_orders_id;

DROP TABLE orders;
