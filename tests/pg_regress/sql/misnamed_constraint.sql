-- The name of a constraint must fit the pattern of its kind.
SET guardrail.preset = 'none';
SET guardrail.misnamed_constraint = 'error';
SET guardrail.mode = 'enforce';
CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);

-- All violations of one statement are reported at once.
CREATE TABLE orders (
    id bigint CONSTRAINT orders_key PRIMARY KEY,
    number bigint CONSTRAINT number_once UNIQUE CONSTRAINT number_given CHECK (number > 0),
    customer_id bigint CONSTRAINT "theCustomer" REFERENCES customers ON DELETE CASCADE,
    CONSTRAINT no_overlap EXCLUDE USING btree (abs(number) WITH =)
);
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, number bigint, customer_id bigint);
ALTER TABLE orders ADD CONSTRAINT number_given CHECK (number > 0);
BEGIN;
ALTER TABLE orders ADD CONSTRAINT number_given CHECK (number > 0);
ALTER TABLE public.orders RENAME CONSTRAINT number_given TO ck_orders_number;
COMMIT;

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD UNIQUE (number), ADD CONSTRAINT legacy UNIQUE (customer_id);
ALTER TABLE public.orders RENAME CONSTRAINT orders_number_key TO uq_orders_number;
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, unless the object gets another name that does not fit.
ALTER TABLE orders ALTER COLUMN customer_id TYPE numeric;
ALTER TABLE orders RENAME CONSTRAINT legacy TO older;

-- The options change what is a violation; the fix follows the pattern.
SET guardrail.primary_key_name_pattern = '{table}_pkey';
SET guardrail.unique_name_pattern = '{table}_{column_0}_key';
SET guardrail.foreign_key_name_pattern = '{table}_{column_0}_{ref_table}_fkey';
SET guardrail.check_name_pattern = '{table}_{columns}_check';
SET guardrail.exclusion_name_pattern = '{table}_{columns}_excl';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (id bigint CONSTRAINT uq PRIMARY KEY);
CREATE TABLE bills (
    id bigint CONSTRAINT pk_bills PRIMARY KEY,
    number bigint CONSTRAINT uq_bills_number UNIQUE CONSTRAINT ck_bills_number CHECK (number > 0),
    customer_id bigint CONSTRAINT fk_bills_customer REFERENCES customers ON DELETE CASCADE,
    CONSTRAINT ex_bills_number EXCLUDE USING btree (number WITH =)
);

DROP TABLE orders, customers, versions;
