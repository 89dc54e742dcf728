-- An index must not be the leading part of another index of the table.
SET guardrail.preset = 'none';
SET guardrail.redundant_index = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE orders (id bigint PRIMARY KEY, state text, placed_at timestamptz);
CREATE INDEX ix_orders_state ON orders (state);

-- The shorter one is reported, whichever the statement made.
CREATE INDEX ix_orders_state_placed_at ON orders (state, placed_at) INCLUDE (id);
BEGIN;
CREATE INDEX ix_orders_state_placed_at ON orders (state, placed_at) INCLUDE (id);
DROP INDEX public.ix_orders_state;
COMMIT;
CREATE INDEX "ix State" ON orders (state) INCLUDE (placed_at);
CREATE INDEX CONCURRENTLY ix_orders_state ON orders (state);
DROP INDEX CONCURRENTLY public.ix_orders_state;

-- Indexes that the longer one does not cover are no violation.
CREATE INDEX ix_orders_placed_at ON orders (placed_at);
CREATE INDEX ix_orders_descending ON orders (state DESC);
CREATE INDEX ix_orders_open ON orders (state) WHERE placed_at IS NULL;
CREATE INDEX ix_orders_hash ON orders USING hash (state);
CREATE UNIQUE INDEX uq_orders_state ON orders (state);
DROP INDEX uq_orders_state;

-- A primary key makes a longer index, too.
ALTER TABLE orders ADD CONSTRAINT uq_orders_placed_at UNIQUE (placed_at, id);

-- In warn mode the statement runs, and the violation is not reported again.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD CONSTRAINT uq_orders_placed_at UNIQUE (placed_at, id);
SET guardrail.mode = 'enforce';
ALTER TABLE orders ADD COLUMN note text;
ALTER INDEX ix_orders_placed_at RENAME TO ix_orders_date;
ALTER INDEX ix_orders_date RENAME TO ix_orders_placed_at;

DROP INDEX public.ix_orders_placed_at;

DROP TABLE orders;
