-- The columns of a primary key must be of an allowed type.
SET guardrail.preset = 'none';
SET guardrail.disallowed_primary_key_type = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id serial PRIMARY KEY);
CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_orders PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
ALTER TABLE orders ALTER COLUMN id TYPE integer;

-- If no allowed type can take the values, the key becomes a unique constraint and the table gets a new key.
CREATE TABLE days (name text);
ALTER TABLE days ADD COLUMN "Day" date CONSTRAINT pk_days PRIMARY KEY;
ALTER TABLE days ADD COLUMN "Day" date NOT NULL, ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY, ADD CONSTRAINT "uq_days_Day" UNIQUE ("Day"), ADD CONSTRAINT pk_days PRIMARY KEY (id);

-- In warn mode the statement runs, and the fix converts the column in place.
SET guardrail.mode = 'warn';
CREATE TABLE bills (number serial CONSTRAINT pk_bills PRIMARY KEY);
ALTER TABLE public.bills ALTER COLUMN number TYPE bigint;
ALTER SEQUENCE public.bills_number_seq AS bigint;
CREATE TABLE legacy (id integer PRIMARY KEY);
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again; the columns of foreign keys are exempt.
ALTER TABLE legacy RENAME COLUMN id TO number;
CREATE TABLE details (legacy integer PRIMARY KEY REFERENCES legacy);

-- The options change what is a violation.
SET guardrail.primary_key_types = 'uuid';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (number integer PRIMARY KEY);
CREATE TABLE tokens (id bigint CONSTRAINT pk_tokens PRIMARY KEY);
CREATE TABLE tokens (id uuid PRIMARY KEY);

DROP TABLE orders, days, bills, details, legacy, versions, tokens;
