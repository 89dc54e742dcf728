-- A string must have a bound; checked on the final state of the transaction.
SET guardrail.preset = 'none';
SET guardrail.unbounded_string = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE customers (id bigint PRIMARY KEY, "Name" text NOT NULL, city varchar);

-- A later statement may fix it.
BEGIN;
CREATE TABLE customers (id bigint PRIMARY KEY, "Name" text NOT NULL, city varchar);
ALTER TABLE public.customers ADD CONSTRAINT "ck_customers_Name_length" CHECK (char_length("Name") <= 255);
ALTER TABLE public.customers ALTER COLUMN city TYPE character varying(255);
COMMIT;
ALTER TABLE customers DROP CONSTRAINT "ck_customers_Name_length";
ALTER TABLE customers ALTER COLUMN city TYPE varchar;

-- Other checks that bound the length, and the names of columns for prose.
CREATE TABLE cities (
    code text CHECK (code ~ '^[A-Z]{2,3}$'),
    size text CHECK (size IN ('S', 'M')),
    email text CHECK (email LIKE '%@%' AND length(email) < 100),
    description text,
    mail_body varchar
);
ALTER TABLE cities ADD COLUMN mayor text CHECK (mayor <> '');

-- A violation that existed before is not reported again.
SET guardrail.mode = 'off';
ALTER TABLE customers ADD COLUMN legacy text;
SET guardrail.mode = 'enforce';
ALTER TABLE customers ALTER COLUMN legacy SET NOT NULL;
ALTER TABLE customers RENAME COLUMN legacy TO old;

-- The options change what is a violation.
SET guardrail.unbounded_string_exempt = 'slogan';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (name text);
ALTER TABLE cities ADD COLUMN slogan text, ADD COLUMN note text;

DROP TABLE customers, cities, versions;
