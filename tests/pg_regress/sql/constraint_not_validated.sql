-- A constraint must not be left NOT VALID; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.constraint_not_validated = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);

ALTER TABLE orders ADD CONSTRAINT "ck Total" CHECK (total >= 0) NOT VALID;
ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;

-- A later statement may validate it.
BEGIN;
ALTER TABLE orders ADD CONSTRAINT "ck Total" CHECK (total >= 0) NOT VALID;
ALTER TABLE public.orders VALIDATE CONSTRAINT "ck Total";
COMMIT;

-- In a new table there is nothing to validate.
CREATE TABLE bills (total numeric, CONSTRAINT ck_bills_total CHECK (total >= 0) NOT VALID);

-- Some presets set the rule to notice, as a reminder that the second step is due.
SET client_min_messages = 'notice';
SET guardrail.constraint_not_validated = 'notice';
ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
SET guardrail.constraint_not_validated = 'error';

-- A violation that existed before is not reported again.
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders RENAME CONSTRAINT fk_orders_customer TO fk_orders_customer_id;

ALTER TABLE public.orders VALIDATE CONSTRAINT fk_orders_customer_id;

DROP TABLE orders, bills, customers;
