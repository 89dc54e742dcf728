-- Columns must not be of type timestamp without time zone.
SET guardrail.preset = 'none';
SET guardrail.timestamp_without_time_zone = 'error';
SET guardrail.mode = 'enforce';

CREATE TABLE events (id bigint PRIMARY KEY, at timestamp NOT NULL);
CREATE TABLE events (id bigint PRIMARY KEY, at timestamp(3) with time zone);
ALTER TABLE events ADD COLUMN "Ended At" timestamp(0) NOT NULL DEFAULT now();
ALTER TABLE events ADD COLUMN reminders timestamp[], ADD COLUMN valid tsrange;
ALTER TABLE events ALTER COLUMN at TYPE timestamp;
CREATE TABLE copied AS SELECT at::timestamp AS at FROM events;

-- Domains and composite types over such a type.
CREATE DOMAIN moment AS timestamp DEFAULT now() CONSTRAINT ck_moment CHECK (VALUE > '2000-01-01');
CREATE TYPE span AS (first timestamptz, last timestamp);
CREATE TYPE span AS (first timestamptz);
CREATE TABLE spans (span span);
ALTER TYPE span ADD ATTRIBUTE last timestamp;

-- In warn mode the statement runs, and the fix converts the column in place.
SET guardrail.mode = 'warn';
ALTER TABLE events ADD COLUMN "Ended At" timestamp(0) NOT NULL DEFAULT now();
ALTER TABLE public.events ALTER COLUMN "Ended At" TYPE timestamp(0) with time zone USING "Ended At" AT TIME ZONE 'UTC';
ALTER TABLE events ADD COLUMN reminders timestamp[], ADD COLUMN valid tsrange;
CREATE DOMAIN moment AS timestamp DEFAULT now() CONSTRAINT ck_moment CHECK (VALUE > '2000-01-01');
ALTER TABLE events ADD COLUMN moment moment;
ALTER TYPE span ADD ATTRIBUTE last timestamp;

-- A violation that existed before is not reported again.
SET guardrail.mode = 'enforce';
ALTER TABLE events ADD COLUMN note text, ALTER COLUMN reminders SET NOT NULL;
ALTER TABLE events RENAME COLUMN valid TO valid_from;
CREATE TABLE parent (at timestamp);

DROP TABLE events, spans;
DROP TYPE span;
DROP DOMAIN moment;
