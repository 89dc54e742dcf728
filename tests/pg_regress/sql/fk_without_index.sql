-- A foreign key needs an index of its table; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.fk_without_index = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE customers (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, UNIQUE (tenant_id, id));

-- Outside of a transaction block, each statement is a transaction.
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers);
SELECT to_regclass('orders');

-- A later statement may make the index.
BEGIN;
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    tenant_id bigint,
    customer_id bigint,
    CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
COMMIT;

-- If none does, the commit is refused and the transaction is rolled back.
BEGIN;
ALTER TABLE orders ADD CONSTRAINT fk_orders_tenant FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id);
CREATE INDEX ix_not_null ON orders (tenant_id, customer_id) WHERE id > 0;
CREATE TABLE other ();
COMMIT;
SELECT to_regclass('other');

-- Removing the index is a violation.
DROP INDEX ix_orders_customer_id;
DROP INDEX CONCURRENTLY ix_orders_customer_id;
CREATE INDEX ix_orders_tenant ON orders (tenant_id);
DROP INDEX ix_orders_tenant;
BEGIN;
DROP INDEX ix_orders_customer_id;
CREATE INDEX ix_orders_customer ON orders (customer_id) WHERE customer_id IS NOT NULL;
COMMIT;

-- In warn mode the transaction is committed.
SET guardrail.mode = 'warn';
DROP INDEX ix_orders_customer;
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again.
ALTER TABLE orders ADD COLUMN note text;

-- The columns of the option may come first in the index.
SET guardrail.fk_index_ignored_columns = 'tenant_id';
BEGIN;
CREATE TABLE "Bills" (tenant_id bigint, "Customer" bigint CONSTRAINT fk_bills_customer REFERENCES customers);
CREATE INDEX ON "Bills" (tenant_id, "Customer");
COMMIT;
RESET guardrail.fk_index_ignored_columns;
BEGIN;
CREATE TABLE "More Bills" (tenant_id bigint, "Customer" bigint CONSTRAINT fk_bills_customer REFERENCES customers);
CREATE INDEX ON "More Bills" (tenant_id, "Customer");
COMMIT;

-- A partition inherits its key and its index from the parent, where they are checked.
CREATE TABLE parts (id bigint, customer_id bigint CONSTRAINT fk_parts_customer REFERENCES customers) PARTITION BY LIST (id);
BEGIN;
CREATE TABLE parts (id bigint, customer_id bigint CONSTRAINT fk_parts_customer REFERENCES customers) PARTITION BY LIST (id);
CREATE INDEX ON parts (customer_id);
COMMIT;
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);

DROP TABLE parts, "Bills", orders, customers;
