-- The form of what is said: one violation, several at once, each mode and level, and what drivers read.
SET client_min_messages = 'notice';
SET guardrail.preset = 'core';
SET guardrail.mode = 'enforce';
CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);

-- All that a statement adds is said at once.
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers,
    ordered_at timestamp NOT NULL
);
SELECT rule, level, moment, object_kind, schema_name, table_name, column_name, constraint_name, data_type
FROM guardrail.last_violations();
SELECT message, reason, fix, fix_applies, fix_caution FROM guardrail.last_violations() \gx

-- So is all that a transaction leaves.
BEGIN;
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);
CREATE TABLE bills (
    id bigint CONSTRAINT pk_bills PRIMARY KEY,
    customer_id bigint CONSTRAINT fk_bills_customer REFERENCES customers ON DELETE CASCADE
);
COMMIT;
SELECT rule, moment, table_name, constraint_name FROM guardrail.last_violations();

-- In one statement over several tables, they come by table.
CREATE SCHEMA shop
    CREATE TABLE b (at timestamp)
    CREATE TABLE a (at timestamp, since timestamp);

-- The fields that drivers read.
CREATE FUNCTION fields(
    statement text, OUT code text, OUT "schema" text, OUT "table" text, OUT "column" text, OUT "constraint" text, OUT type text
) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, "schema" = SCHEMA_NAME, "table" = TABLE_NAME,
        "column" = COLUMN_NAME, "constraint" = CONSTRAINT_NAME, type = PG_DATATYPE_NAME;
END $$;
SELECT * FROM fields('CREATE TABLE orders (ordered_at timestamp)');
SELECT * FROM fields('CREATE TABLE orders (since tsrange)');
SELECT * FROM fields('CREATE TABLE orders (id bigint PRIMARY KEY)');
SELECT * FROM fields('CREATE TABLE "Orders" (id bigint PRIMARY KEY, ordered_at timestamp)');
SELECT * FROM fields('CREATE SCHEMA shop CREATE TABLE a (at timestamp) CREATE TABLE b (at timestamp)');
SELECT * FROM fields('CREATE DOMAIN moment AS timestamp');
SELECT * FROM fields('CREATE TYPE span AS (first timestamp)');
DROP FUNCTION fields;

-- Levels: notices and warnings come first, one message each; all errors come last, in one message.
SET guardrail.timestamp_without_time_zone = 'notice';
SET guardrail.fk_without_on_delete = 'warning';
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint UNIQUE CONSTRAINT fk_orders_customer REFERENCES customers,
    ordered_at timestamp
);
SET guardrail.unnamed_constraint = 'off';
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint UNIQUE CONSTRAINT fk_orders_customer REFERENCES customers,
    ordered_at timestamp
);
SELECT rule, level FROM guardrail.last_violations();
SELECT id, preset_level, level FROM guardrail.rules WHERE preset_level <> level ORDER BY id COLLATE "C";
RESET guardrail.timestamp_without_time_zone;
RESET guardrail.fk_without_on_delete;
RESET guardrail.unnamed_constraint;
DROP TABLE orders;

-- In warn mode errors are shown as warnings, and the statement stands.
SET guardrail.mode = 'warn';
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE,
    ordered_at timestamp
);
SELECT rule, level, moment FROM guardrail.last_violations();

-- Beyond guardrail.max_messages, one message tells how many violations are left out.
SET guardrail.max_messages = 1;
ALTER TABLE orders ADD COLUMN a timestamp, ADD COLUMN b timestamp, ADD COLUMN c timestamp UNIQUE;
SELECT count(*) FROM guardrail.last_violations();
RESET guardrail.max_messages;

-- A statement that adds nothing says nothing, and has no violations.
ALTER TABLE orders ADD COLUMN note text;
SELECT count(*) FROM guardrail.last_violations();

-- With the mode off nothing is looked at.
SET guardrail.mode = 'off';
ALTER TABLE orders ADD COLUMN at timestamp;

DROP TABLE orders, customers;
