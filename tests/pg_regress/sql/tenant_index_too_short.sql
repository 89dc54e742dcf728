-- An index must not be over the tenant column alone; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.tenant_index_too_short = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE orders (id bigint PRIMARY KEY, "Tenant" bigint, made_on date);
CREATE TABLE notes (body text, "Tenant" bigint);

-- Nothing is reported until the option names the column.
CREATE INDEX legacy ON orders ("Tenant");
DROP INDEX legacy;
SET guardrail.tenant_column = 'Tenant';
CREATE INDEX ix_orders_tenant ON orders ("Tenant");
CREATE INDEX CONCURRENTLY ix_orders_tenant ON orders ("Tenant");
CREATE INDEX ix_notes_tenant ON notes USING hash ("Tenant");
CREATE INDEX CONCURRENTLY "ix_orders_Tenant_id" ON public.orders ("Tenant", id);

-- If there is a longer index already, the fix only drops the short one.
CREATE INDEX ix_orders_tenant ON orders ("Tenant");

-- Unique and partial indexes are exempt.
CREATE UNIQUE INDEX uq_notes_tenant ON notes ("Tenant");
CREATE INDEX ix_notes_empty ON notes ("Tenant") WHERE body = '';

-- A later statement may fix it.
BEGIN;
CREATE INDEX ix_notes_tenant ON notes ("Tenant");
CREATE INDEX "ix_notes_Tenant_body" ON public.notes ("Tenant", body);
DROP INDEX public.ix_notes_tenant;
COMMIT;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
CREATE INDEX legacy ON orders ("Tenant");
SET guardrail.mode = 'enforce';
ALTER TABLE orders ADD COLUMN note text;
ALTER INDEX legacy RENAME TO old;

-- An option names the migration tables.
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions ("Tenant" bigint, number integer);
CREATE INDEX ON versions ("Tenant");

DROP TABLE orders, notes, versions;
