-- The image's entrypoint runs this once, in the database POSTGRES_DB of a new data folder. Databases that are made later
-- have the extension from template1.
CREATE EXTENSION pg_guardrail;
\connect template1
CREATE EXTENSION IF NOT EXISTS pg_guardrail;
