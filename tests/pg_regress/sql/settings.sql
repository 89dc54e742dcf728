-- Which settings there are, who may change them, and how a bad value is refused.
LOAD 'pg_guardrail';
SHOW guardrail.mode;
SHOW guardrail.fk_without_index;
SHOW guardrail.fk_on_delete_actions;
SHOW guardrail.exempt_schemas;
SELECT name, vartype, context, boot_val, enumvals, short_desc, extra_desc FROM pg_settings
WHERE name IN ('guardrail.mode', 'guardrail.fk_without_index', 'guardrail.fk_on_delete_actions')
ORDER BY name COLLATE "C" \gx

-- Words.
SET guardrail.mode = 'enforced';
SET guardrail.mode = 'ENFORCE';
SET guardrail.preset = 'cores';
SET guardrail.fk_without_index = 'loud';
RESET guardrail.mode;

-- Lists.
SET guardrail.fk_on_delete_actions = 'cascade, restrikt';
SET guardrail.fk_on_delete_actions = 'delete everything';
SET guardrail.fk_on_delete_actions = '';
SET guardrail.named_constraint_kinds = 'primary key, not null';
SET guardrail.named_constraint_kinds = 'primary key,, check';
SET guardrail.exempt_schemas = 'audit_.*,';
SET guardrail.exempt_schemas = '"audit_.*';
SET guardrail.exempt_schemas = '"audit_.*"x';
SET guardrail.exempt_tables = 'public\.(';
SET guardrail.exempt_tables = 'a{1,3}';
SET guardrail.exempt_tables = '"a{1,3}", public\.tmp_.*';
SHOW guardrail.exempt_tables;
SET guardrail.exempt_roles = migrator, "Dba"; -- what a setting names need not exist
SHOW guardrail.exempt_roles;
SET guardrail.primary_key_types = 'uuid, bigit';
SHOW guardrail.primary_key_types;
RESET guardrail.primary_key_types;
SET guardrail.fk_index_ignored_columns = '';

-- Numbers and switches.
SHOW guardrail.max_messages;
SET guardrail.max_messages = 0;
SET guardrail.fk_index_may_follow = 'enabled';
SET guardrail.fk_index_may_follow = YES;

-- What is exempt: by table, by schema, by role.
SET guardrail.preset = 'core';
SET guardrail.mode = 'enforce';
CREATE TABLE aaaa (at timestamp);
CREATE TABLE aaa (at timestamp);
ALTER TABLE aaa RENAME TO aaaa;
CREATE TABLE tmp_1 (at timestamp);
SET guardrail.exempt_schemas = 'audit_.*';
CREATE SCHEMA audit_1 CREATE TABLE log (at timestamp);
ALTER TABLE audit_1.log SET SCHEMA public;
CREATE ROLE regress_guardrail_dba;
CREATE ROLE regress_guardrail_user ROLE regress_guardrail_dba;
GRANT CREATE ON SCHEMA public TO regress_guardrail_user, regress_guardrail_dba;
SET guardrail.exempt_roles = 'regress_guardrail_user';
SET ROLE regress_guardrail_dba;
CREATE TABLE by_member (at timestamp);
RESET ROLE;
CREATE TABLE by_superuser (at timestamp);

-- Only superusers may change them.
SET ROLE regress_guardrail_user;
SET guardrail.mode = 'off';
SELECT set_config('guardrail.preset', 'none', false);
ALTER ROLE regress_guardrail_user SET guardrail.mode = 'off';
RESET guardrail.mode;
BEGIN;
SET LOCAL guardrail.fk_without_index = 'off';
ROLLBACK;
RESET ROLE;

DROP TABLE aaa, tmp_1, by_member;
DROP SCHEMA audit_1 CASCADE;
REVOKE CREATE ON SCHEMA public FROM regress_guardrail_user, regress_guardrail_dba;
DROP ROLE regress_guardrail_user, regress_guardrail_dba;
