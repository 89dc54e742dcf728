-- A column must not be of a discouraged type.
SET guardrail.preset = 'none';
SET guardrail.discouraged_type = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id bigint PRIMARY KEY, total money DEFAULT 0 NOT NULL, country character(2)[]);
CREATE TABLE orders (id bigint PRIMARY KEY, data jsonb);
ALTER TABLE orders ALTER COLUMN data TYPE json;

-- Domains and composite types over such a type.
CREATE DOMAIN price AS money DEFAULT 0 NOT NULL;
CREATE TYPE span AS (first timetz, last time);
CREATE TYPE span AS (last time);
ALTER TYPE span ADD ATTRIBUTE first timetz;
ALTER TYPE span ADD ATTRIBUTE first timestamptz CASCADE;

-- In warn mode the statement runs, and the fix converts the column in place.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD COLUMN "At" timetz;
ALTER TABLE public.orders ALTER COLUMN "At" TYPE timestamptz USING CURRENT_DATE + "At";
CREATE DOMAIN legacy AS json;
ALTER TABLE orders ADD COLUMN old json;
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again, nor is a column over the domain.
ALTER TABLE orders ADD COLUMN more legacy, ALTER COLUMN old SET NOT NULL;

-- The options change what is a violation.
SET guardrail.discouraged_types = '{"character varying(255)": "text"}';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (name varchar(255));
ALTER TABLE orders ADD COLUMN name varchar(255), ADD COLUMN code varchar(254), ADD COLUMN extra json;

-- Each type has its own reason, or the one that the setting gives.
SET guardrail.discouraged_types = '{"json": {"use": "jsonb", "because": "Our reports cannot read it."}, "money": "numeric"}';
ALTER TABLE orders ADD COLUMN extra json;
ALTER TABLE orders ADD COLUMN cost money;

DROP TABLE orders, versions;
DROP TYPE span, legacy;
