-- A foreign-key column must be of the type of the column that it references.
SET guardrail.preset = 'none';
SET guardrail.fk_type_mismatch = 'error';
SET guardrail.mode = 'enforce';
CREATE DOMAIN number AS bigint;
CREATE TABLE customers (id bigint PRIMARY KEY, code varchar(20) UNIQUE, UNIQUE (code, id));

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id integer DEFAULT 0 NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);

-- A length and a domain make no difference.
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id number CONSTRAINT fk_orders_customer REFERENCES customers,
    customer varchar(10) REFERENCES customers (code),
    "Owner" integer
);

ALTER TABLE orders ADD CONSTRAINT fk_orders_owner FOREIGN KEY (customer, "Owner") REFERENCES customers (code, id);
BEGIN;
ALTER TABLE orders ADD CONSTRAINT fk_orders_owner FOREIGN KEY (customer, "Owner") REFERENCES customers (code, id);
ALTER TABLE public.orders ALTER COLUMN "Owner" TYPE bigint;
COMMIT;
ALTER TABLE orders ALTER COLUMN "Owner" TYPE integer;

-- Between text and varchar nothing is converted, between these and char(n) it is.
ALTER TABLE orders ADD COLUMN buyer text CONSTRAINT fk_orders_buyer REFERENCES customers (code) ON DELETE SET NULL;
ALTER TABLE orders ADD COLUMN payer char(20) CONSTRAINT fk_orders_payer REFERENCES customers (code) ON DELETE SET NULL;

-- In warn mode the statement runs, and the violation is not reported again.
SET guardrail.mode = 'warn';
ALTER TABLE orders ALTER COLUMN "Owner" TYPE integer;
SET guardrail.mode = 'enforce';
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders RENAME CONSTRAINT fk_orders_owner TO fk_orders_seller;
ALTER TABLE orders RENAME COLUMN "Owner" TO seller;

ALTER TABLE public.orders ALTER COLUMN seller TYPE bigint;

DROP TABLE orders, customers;
DROP DOMAIN number;
