-- Columns for amounts of money must be of an exact type.
SET guardrail.preset = 'none';
SET guardrail.inexact_money = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE orders (id bigint PRIMARY KEY, total double precision DEFAULT 0 NOT NULL, value money);

-- A name whose last word is not a word for money is no violation.
CREATE TABLE orders (id bigint PRIMARY KEY, price_factor real, total_count real, total numeric(12,2));

ALTER TABLE orders ADD COLUMN fees_eur real[];
ALTER TABLE public.orders ADD COLUMN fees_eur numeric(12,2)[];
ALTER TABLE orders ALTER COLUMN total TYPE real;
ALTER TABLE orders RENAME COLUMN price_factor TO price;
ALTER TABLE public.orders ALTER COLUMN price_factor TYPE numeric(12,2) USING price_factor::text::numeric(12,2);
ALTER TABLE orders RENAME COLUMN price_factor TO price;

-- In warn mode the statement runs, and the fix converts the column in place.
SET guardrail.mode = 'warn';
ALTER TABLE orders ADD COLUMN "Value" money, ADD COLUMN cost real;
ALTER TABLE public.orders ALTER COLUMN "Value" TYPE numeric(12,2) USING "Value"::numeric(12,2);
SET guardrail.mode = 'enforce';

-- A violation that existed before is not reported again.
ALTER TABLE orders ALTER COLUMN cost TYPE double precision;
ALTER TABLE orders ALTER COLUMN cost SET NOT NULL;

-- The options change what is a violation.
SET guardrail.money_columns = 'betrag';
SET guardrail.migration_tables = 'versions';
CREATE TABLE versions (betrag real);
ALTER TABLE orders ADD COLUMN fee real, ADD COLUMN betrag real;
ALTER TABLE orders ADD COLUMN fee real;

DROP TABLE orders, versions;
