-- A primary key must be of a type that does not run out and has no meaning.
SET guardrail.preset = 'none';
SET guardrail.disallowed_primary_key_type = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id serial PRIMARY KEY);
CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_orders PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
ALTER TABLE orders ALTER COLUMN id TYPE integer;

-- A type that has no counterpart among the allowed ones: the key becomes a unique constraint beside a new one.
CREATE TABLE days (name text);
ALTER TABLE days ADD COLUMN "Day" date CONSTRAINT pk_days PRIMARY KEY;
ALTER TABLE public.days ADD COLUMN "Day" date NOT NULL, ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY, ADD CONSTRAINT "uq_days_Day" UNIQUE ("Day"), ADD CONSTRAINT pk_days PRIMARY KEY (id);

-- In warn mode it is there, and is converted in place.
SET guardrail.mode = 'warn';
CREATE TABLE bills (number serial CONSTRAINT pk_bills PRIMARY KEY);
ALTER TABLE public.bills ALTER COLUMN number TYPE bigint; ALTER SEQUENCE public.bills_number_seq AS bigint;
CREATE TABLE legacy (id integer PRIMARY KEY);
SET guardrail.mode = 'enforce';

-- What was there before is not reported again; a column of a foreign key has its type from elsewhere.
ALTER TABLE legacy RENAME COLUMN id TO number;
CREATE TABLE details (legacy integer PRIMARY KEY REFERENCES legacy);

-- The options decide.
SET guardrail.primary_key_types = 'uuid';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (number integer PRIMARY KEY);
CREATE TABLE tokens (id bigint CONSTRAINT pk_tokens PRIMARY KEY);
CREATE TABLE tokens (id uuid PRIMARY KEY);

DROP TABLE orders, days, bills, details, legacy, versions, tokens;
