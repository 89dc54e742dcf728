CREATE SCHEMA guardrail;
COMMENT ON SCHEMA guardrail IS 'The rules of pg_guardrail and the violations that it has found';
GRANT USAGE ON SCHEMA guardrail TO PUBLIC;

CREATE FUNCTION guardrail.list_rules(
    OUT id text, OUT moment text, OUT preset_level text, OUT level text, OUT summary text, OUT reason text
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'guardrail_list_rules_wrapper';
COMMENT ON FUNCTION guardrail.list_rules() IS 'Lists the rules with their levels; the view guardrail.rules shows them';

CREATE VIEW guardrail.rules AS SELECT * FROM guardrail.list_rules();
COMMENT ON VIEW guardrail.rules IS 'The rules: when each is checked, its level under the preset, its level in force, what a violation is and why it matters';
COMMENT ON COLUMN guardrail.rules.id IS 'The name of the rule; its setting is guardrail.<id>';
COMMENT ON COLUMN guardrail.rules.moment IS 'When it is checked: statement (at its end), commit (just before the transaction commits) or before (before the statement runs)';
COMMENT ON COLUMN guardrail.rules.preset_level IS 'The level under guardrail.preset';
COMMENT ON COLUMN guardrail.rules.level IS 'The level in force';
COMMENT ON COLUMN guardrail.rules.summary IS 'What a violation is';
COMMENT ON COLUMN guardrail.rules.reason IS 'Why it matters';
GRANT SELECT ON guardrail.rules TO PUBLIC;

CREATE FUNCTION guardrail.explain(rule text) RETURNS text
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'guardrail_explain_wrapper';
COMMENT ON FUNCTION guardrail.explain(text) IS 'Returns the page of a rule, with its level and its options in force';

CREATE FUNCTION guardrail.last_violations(
    OUT rule text, OUT level text, OUT moment text, OUT object_kind text, OUT schema_name text,
    OUT table_name text, OUT column_name text, OUT constraint_name text, OUT data_type text,
    OUT message text, OUT reason text, OUT fix text, OUT fix_applies text, OUT fix_caution text
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'guardrail_last_violations_wrapper';
COMMENT ON FUNCTION guardrail.last_violations() IS 'Returns the violations of this session''s last command that was checked, also after an error has rolled it back';

CREATE FUNCTION guardrail.ddl_command_start() RETURNS event_trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'guardrail_ddl_command_start';
COMMENT ON FUNCTION guardrail.ddl_command_start() IS 'Notes where a statement begins; checks what must be checked before it runs';

CREATE FUNCTION guardrail.sql_drop() RETURNS event_trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'guardrail_sql_drop';
COMMENT ON FUNCTION guardrail.sql_drop() IS 'Notes the tables and types from which a statement has dropped something';

CREATE FUNCTION guardrail.ddl_command_end() RETURNS event_trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'guardrail_ddl_command_end';
COMMENT ON FUNCTION guardrail.ddl_command_end() IS 'Checks what a statement added';

CREATE EVENT TRIGGER pg_guardrail_ddl_command_start ON ddl_command_start
    EXECUTE FUNCTION guardrail.ddl_command_start();
COMMENT ON EVENT TRIGGER pg_guardrail_ddl_command_start IS 'pg_guardrail: before a statement';
CREATE EVENT TRIGGER pg_guardrail_sql_drop ON sql_drop
    EXECUTE FUNCTION guardrail.sql_drop();
COMMENT ON EVENT TRIGGER pg_guardrail_sql_drop IS 'pg_guardrail: what a statement dropped';
CREATE EVENT TRIGGER pg_guardrail_ddl_command_end ON ddl_command_end
    EXECUTE FUNCTION guardrail.ddl_command_end();
COMMENT ON EVENT TRIGGER pg_guardrail_ddl_command_end IS 'pg_guardrail: after a statement';
