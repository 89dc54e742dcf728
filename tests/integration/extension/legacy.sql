-- The tables that the documentation speaks of: those of a small shop, made before pg_guardrail came.
CREATE TABLE customers (
    id bigserial PRIMARY KEY,
    email varchar(255) NOT NULL UNIQUE,
    registered timestamp NOT NULL DEFAULT now()
);
CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    ordered_at timestamp NOT NULL DEFAULT now()
);
CREATE TABLE order_items (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    product text NOT NULL,
    price money NOT NULL
);
CREATE SCHEMA legacy;
CREATE TABLE legacy.import_2019 (line text, loaded_at timestamp);
