-- Names must not be longer than 63 bytes; checked before the statement runs.
SET guardrail.preset = 'none';
SET guardrail.identifier_too_long = 'error';
SET guardrail.mode = 'enforce';

-- PostgreSQL itself only raises a notice.
SET client_min_messages = 'notice';
CREATE TABLE orders (id bigint, the_number_of_the_customer_as_it_was_given_in_the_system_before_last integer);
SET client_min_messages = 'warning';

CREATE TABLE the_orders_of_our_customers_that_have_come_in_but_are_not_yet_paid (
    id bigint CONSTRAINT the_number_that_is_given_to_each_order_and_that_is_never_used_again PRIMARY KEY
);
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
ALTER TABLE orders RENAME COLUMN note TO "A note that the customer has written about the delivery of the order";
CREATE INDEX CONCURRENTLY ix_orders_over_the_note_that_was_written_about_the_delivery_of_it ON orders (note);

-- The limit is in bytes: 31 letters of two bytes and one of one byte are 63 bytes.
CREATE TABLE "ééééééééééééééééééééééééééééééée" (id bigint);
CREATE TABLE "éééééééééééééééééééééééééééééééé" (id bigint);

-- Temporary tables are exempt.
CREATE TEMPORARY TABLE the_orders_of_our_customers_that_have_come_in_but_are_not_yet_paid (id bigint);
DROP TABLE the_orders_of_our_customers_that_have_come_in_but_are_not_yet_paid;

-- In warn mode PostgreSQL cuts the name. Later statements only refer to it.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD COLUMN the_number_of_the_customer_as_it_was_given_in_the_system_before_last integer;
SET guardrail.mode = 'enforce';
ALTER TABLE orders RENAME COLUMN the_number_of_the_customer_as_it_was_given_in_the_system_before_last TO legacy_number;
ALTER TABLE orders RENAME COLUMN legacy_number TO the_number_of_the_customer_as_it_was_given_in_the_system_before;

DROP TABLE orders, "ééééééééééééééééééééééééééééééée";
RESET client_min_messages;
