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
ALTER TABLE public.orders ALTER COLUMN "Owner" TYPE bigint, ADD CONSTRAINT fk_orders_owner FOREIGN KEY (customer, "Owner") REFERENCES public.customers (code, id);
ALTER TABLE orders ALTER COLUMN "Owner" TYPE integer;
ALTER TABLE orders ADD COLUMN buyer text CONSTRAINT fk_orders_buyer REFERENCES customers (code) ON DELETE SET NULL;
ALTER TABLE public.orders ADD COLUMN buyer character varying, ADD CONSTRAINT fk_orders_buyer FOREIGN KEY (buyer) REFERENCES public.customers (code) ON DELETE SET NULL;

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
