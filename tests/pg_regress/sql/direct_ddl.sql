-- Only the listed roles and applications may run DDL; checked before the statement runs.
SET guardrail.preset = 'none';
SET guardrail.direct_ddl = 'error';
SET guardrail.mode = 'enforce';
CREATE ROLE regress_guardrail_dba SUPERUSER;
CREATE ROLE regress_guardrail_deploy;
CREATE ROLE regress_guardrail_member IN ROLE regress_guardrail_deploy;
GRANT CREATE ON SCHEMA public TO regress_guardrail_deploy;

-- Nothing is reported until an option is set.
CREATE TABLE legacy (id bigint);

-- Being a superuser does not count.
SET guardrail.ddl_roles = 'regress_guardrail_deploy';
SET ROLE regress_guardrail_dba;
CREATE TABLE orders (id bigint);
DROP TABLE legacy;
SET ROLE regress_guardrail_deploy;
CREATE TABLE orders (id bigint);

-- A member of the role may run DDL, and temporary tables are exempt.
SET ROLE regress_guardrail_member;
ALTER TABLE orders ADD COLUMN note text;
SET ROLE regress_guardrail_dba;
CREATE TEMPORARY TABLE scratch (id bigint);
DROP TABLE scratch;

-- The application.
SET guardrail.ddl_roles = '';
SET guardrail.ddl_applications = 'alembic.*';
SET application_name = 'psql';
CREATE INDEX ON orders (id);
SET application_name = 'alembic 1.13';
CREATE INDEX ON orders (id);

-- Both.
SET guardrail.ddl_roles = 'regress_guardrail_deploy';
SET application_name = 'psql';
COMMENT ON TABLE orders IS 'What a customer buys';

RESET ROLE;
SET guardrail.mode = 'off';
DROP TABLE legacy, orders;
REVOKE CREATE ON SCHEMA public FROM regress_guardrail_deploy;
DROP ROLE regress_guardrail_dba, regress_guardrail_deploy, regress_guardrail_member;
