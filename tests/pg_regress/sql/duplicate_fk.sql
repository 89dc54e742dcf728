-- A table must not have two equal foreign keys.
SET guardrail.preset = 'none';
SET guardrail.duplicate_fk = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE customers (id bigint PRIMARY KEY, tenant_id bigint, UNIQUE (tenant_id, id));

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers,
    CONSTRAINT fk_orders_owner FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE
);

-- A key over other columns, or to other columns, is no violation.
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    tenant_id bigint,
    customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers,
    CONSTRAINT fk_orders_tenant FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);

-- The order of the columns makes no difference.
ALTER TABLE orders ADD CONSTRAINT "fk Again" FOREIGN KEY (customer_id, tenant_id) REFERENCES customers (id, tenant_id);
BEGIN;
ALTER TABLE orders ADD CONSTRAINT "fk Again" FOREIGN KEY (customer_id, tenant_id) REFERENCES customers (id, tenant_id);
ALTER TABLE public.orders DROP CONSTRAINT "fk Again";
COMMIT;

-- Replacing the first key is no violation.
ALTER TABLE orders
    DROP CONSTRAINT fk_orders_customer,
    ADD CONSTRAINT fk_orders_owner FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;

-- In warn mode the statement runs, and the violation is not reported again.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers;
SET guardrail.mode = 'enforce';
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders RENAME CONSTRAINT fk_orders_customer TO fk_orders_buyer;
ALTER TABLE orders RENAME CONSTRAINT fk_orders_buyer TO fk_orders_customer;

ALTER TABLE public.orders DROP CONSTRAINT fk_orders_customer;

DROP TABLE orders, customers;
