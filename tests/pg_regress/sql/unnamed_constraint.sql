-- The statement that makes a constraint must name it.
SET guardrail.preset = 'none';
SET guardrail.unnamed_constraint = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE customers (id bigint CONSTRAINT customers_pkey PRIMARY KEY, email text NOT NULL);

ALTER TABLE customers ADD UNIQUE (email);
ALTER TABLE customers ADD CHECK (email LIKE '%@%');
ALTER TABLE customers ADD COLUMN referrer bigint DEFAULT 1 REFERENCES customers ON DELETE SET NULL;
ALTER TABLE customers ADD EXCLUDE USING btree (lower(email) WITH =) WHERE (id > 0);
ALTER TABLE customers ADD COLUMN "User" text UNIQUE;

-- All violations of one statement are reported at once.
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    number text UNIQUE CHECK (number <> ''),
    customer_id bigint REFERENCES customers ON DELETE CASCADE
);

-- A key made of an index takes its name; a copied check keeps its name, a copied key gets a made-up one.
CREATE UNIQUE INDEX uq_customers_email ON customers (email);
ALTER TABLE customers ADD UNIQUE USING INDEX uq_customers_email;
ALTER TABLE customers ADD CONSTRAINT ck_customers_email CHECK (email <> '');
CREATE TABLE copied (LIKE customers INCLUDING CONSTRAINTS);
CREATE TABLE copied_too (LIKE customers INCLUDING INDEXES);

-- In warn mode the statement runs, and the fix renames the object.
SET guardrail.mode = 'warn';
ALTER TABLE customers ADD CHECK (id > 0);
ALTER TABLE public.customers RENAME CONSTRAINT customers_id_check TO ck_customers_id;
SET guardrail.mode = 'enforce';

-- The option lists the kinds.
SET guardrail.named_constraint_kinds = 'foreign key';
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint UNIQUE REFERENCES customers ON DELETE CASCADE);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint UNIQUE);

-- A violation that existed before is not reported again.
RESET guardrail.named_constraint_kinds;
ALTER TABLE orders ALTER COLUMN customer_id TYPE numeric;
ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO pk_orders;

DROP TABLE customers, copied, orders;
