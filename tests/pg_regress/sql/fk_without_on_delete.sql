-- A foreign key must have an ON DELETE action.
SET guardrail.preset = 'none';
SET guardrail.fk_without_on_delete = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE customers (id bigint PRIMARY KEY, "Tenant" integer, UNIQUE ("Tenant", id));

-- An omitted and a written NO ACTION are the same.
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint,
    CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers ON DELETE NO ACTION
);

-- Each of the other actions is allowed.
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    a bigint REFERENCES customers ON DELETE RESTRICT,
    b bigint REFERENCES customers ON DELETE CASCADE,
    c bigint REFERENCES customers ON DELETE SET NULL,
    d bigint REFERENCES customers ON DELETE SET DEFAULT
);

-- If an ALTER TABLE is refused, the fix is one to run in its place, with the same properties of the key.
ALTER TABLE orders ADD COLUMN customer_id bigint NOT NULL DEFAULT 0 CONSTRAINT fk_orders_customer REFERENCES customers;
ALTER TABLE orders ADD COLUMN "Tenant" integer, ADD COLUMN customer_id bigint;
ALTER TABLE orders ADD CONSTRAINT "fk Orders" FOREIGN KEY ("Tenant", customer_id) REFERENCES customers ("Tenant", id)
    MATCH FULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;

-- In warn mode the statement runs, and the fix makes the key again.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE public.orders DROP CONSTRAINT fk_orders_customer, ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES public.customers (id) ON DELETE RESTRICT;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
ALTER TABLE orders ADD CONSTRAINT legacy FOREIGN KEY (customer_id) REFERENCES customers;
SET guardrail.mode = 'enforce';
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders RENAME CONSTRAINT legacy TO old;
ALTER TABLE orders ALTER COLUMN customer_id TYPE integer;

-- The option lists the allowed actions.
SET guardrail.fk_on_delete_actions = 'Set  Null, no action';
ALTER TABLE orders ADD CONSTRAINT fk_no_action FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE orders ADD CONSTRAINT fk_restrict FOREIGN KEY (customer_id) REFERENCES customers ON DELETE RESTRICT;

DROP TABLE orders, customers;
