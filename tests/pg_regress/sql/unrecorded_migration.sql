-- A transaction that changes a table must record a migration; checked just before the commit.
SET guardrail.preset = 'none';
SET guardrail.unrecorded_migration = 'error';
SET guardrail.mode = 'enforce';

-- The migration table itself needs no record.
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);

-- Outside of a transaction block, each statement is a transaction.
CREATE TABLE orders (id bigint PRIMARY KEY);
SELECT to_regclass('orders');

BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
COMMIT;

-- Everything that a transaction changes counts; reading the migration table is no record.
BEGIN;
SELECT version_num FROM alembic_version FOR UPDATE;
CREATE TABLE "Bills" (id bigint PRIMARY KEY);
CREATE INDEX ON orders (id);
COMMENT ON TABLE orders IS 'What a customer buys';
COMMIT;
CREATE INDEX CONCURRENTLY ON orders (id);
DROP TABLE orders;

-- Temporary tables, objects other than tables and changes that are rolled back do not count.
CREATE TEMPORARY TABLE scratch (id bigint);
CREATE VIEW v AS SELECT id FROM orders;
BEGIN;
SAVEPOINT before;
ALTER TABLE orders ADD COLUMN note text;
ROLLBACK TO before;
COMMIT;

-- The option names the migration tables.
SET guardrail.migration_tables = 'public\.versions';
CREATE TABLE versions (number integer);
BEGIN;
DELETE FROM versions;
DROP VIEW v;
DROP TABLE orders, alembic_version, scratch;
COMMIT;

DROP TABLE versions;
