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
COMMENT ON COLUMN guardrail.rules.moment IS 'When it is checked: statement (at its end), commit (just before the transaction commits), before (before the statement runs) or audit (by guardrail.audit() alone)';
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
    OUT table_name text, OUT column_name text, OUT constraint_name text, OUT index_name text, OUT data_type text,
    OUT message text, OUT reason text, OUT fix text, OUT fix_applies text, OUT fix_caution text, OUT fingerprint text
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

CREATE FUNCTION guardrail.audit(
    schemas text DEFAULT '.*', tables text DEFAULT '.*', rules text DEFAULT '.*',
    OUT rule text, OUT level text, OUT moment text, OUT object_kind text, OUT schema_name text,
    OUT table_name text, OUT column_name text, OUT constraint_name text, OUT index_name text, OUT data_type text,
    OUT message text, OUT reason text, OUT fix text, OUT fix_applies text, OUT fix_caution text, OUT fingerprint text,
    OUT certain boolean, OUT status text
) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_audit';
COMMENT ON FUNCTION guardrail.audit(text, text, text) IS 'Returns the violations that there are in the database, whoever made them and when; status is open, frozen or exempt';

CREATE FUNCTION guardrail.assert_clean(level text DEFAULT 'warning', only_new boolean DEFAULT true) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_assert_clean';
COMMENT ON FUNCTION guardrail.assert_clean(text, boolean) IS 'Raises an error if the audit finds open violations of this level or above; with only_new = false, frozen ones count as well';

CREATE FUNCTION guardrail.report(
    format text DEFAULT 'text', schemas text DEFAULT '.*', tables text DEFAULT '.*', rules text DEFAULT '.*',
    uri text DEFAULT NULL
) RETURNS SETOF text
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_report';
COMMENT ON FUNCTION guardrail.report(text, text, text, text, text) IS 'Returns the violations of guardrail.audit() as the lines of a report: text, json, markdown, html, junit, sarif, gitlab or github; uri is the file that stands for the database';

CREATE FUNCTION guardrail.render(format text, violations text, uri text DEFAULT NULL, incomplete text DEFAULT NULL) RETURNS SETOF text
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_render';
COMMENT ON FUNCTION guardrail.render(text, text, text, text) IS 'Returns violations, given as the lines of guardrail.report(''json''), as the lines of a report in another format';

CREATE FUNCTION guardrail.dry_run(
    sql text, OUT statement integer, OUT line integer,
    OUT rule text, OUT level text, OUT moment text, OUT object_kind text, OUT schema_name text,
    OUT table_name text, OUT column_name text, OUT constraint_name text, OUT index_name text, OUT data_type text,
    OUT message text, OUT reason text, OUT fix text, OUT fix_applies text, OUT fix_caution text, OUT fingerprint text
) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_dry_run';
COMMENT ON FUNCTION guardrail.dry_run(text) IS 'Runs SQL with the rights of the caller, undoes it, and returns the violations that it would add; statement and line are NULL for what no single statement has added';

CREATE FUNCTION guardrail.list_statements(
    script text, OUT statement integer, OUT line integer, OUT command text, OUT obstacle text, OUT sql text
) RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'guardrail_list_statements';
COMMENT ON FUNCTION guardrail.list_statements(text) IS 'Returns the statements of an SQL script without running them: number, line of the first word, command tag, what stands in the way of a dry run, text';

-- Exemptions: what may stay as it is, and why.

CREATE FUNCTION guardrail.is_exemption(rule text, relation text, object text, reason text) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'guardrail_is_exemption';
COMMENT ON FUNCTION guardrail.is_exemption(text, text, text, text) IS 'Returns true, or raises an error that says what is wrong with an exemption';

CREATE TABLE guardrail.exemptions (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_exemptions PRIMARY KEY,
    rule text NOT NULL,
    relation text NOT NULL,
    object text,
    reason text NOT NULL,
    expires_at timestamp with time zone,
    created_by text NOT NULL DEFAULT session_user,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT ck_exemptions_are_valid CHECK (guardrail.is_exemption(rule, relation, object, reason))
);
COMMENT ON TABLE guardrail.exemptions IS 'What is not reported and not refused, and why; guardrail.exempt() adds a row';
COMMENT ON COLUMN guardrail.exemptions.id IS 'The number that guardrail.exempt() returned';
COMMENT ON COLUMN guardrail.exemptions.rule IS 'The rule, or * for every rule';
COMMENT ON COLUMN guardrail.exemptions.relation IS 'The tables and types: a comma-separated list of regular expressions, each matched against the whole name and against schema.name';
COMMENT ON COLUMN guardrail.exemptions.object IS 'The columns, constraints and indexes, in the same way; NULL for the table itself and all of them';
COMMENT ON COLUMN guardrail.exemptions.reason IS 'Why it may stay as it is';
COMMENT ON COLUMN guardrail.exemptions.expires_at IS 'When it no longer counts; NULL for never';
COMMENT ON COLUMN guardrail.exemptions.created_by IS 'The session''s user who added it';
COMMENT ON COLUMN guardrail.exemptions.created_at IS 'When it was added';
COMMENT ON SEQUENCE guardrail.exemptions_id_seq IS 'The numbers of the exemptions';
SELECT pg_catalog.pg_extension_config_dump('guardrail.exemptions', '');
SELECT pg_catalog.pg_extension_config_dump('guardrail.exemptions_id_seq', '');

CREATE FUNCTION guardrail.exempt(
    rule text, relation text, object text DEFAULT NULL, reason text DEFAULT NULL,
    expires_at timestamp with time zone DEFAULT NULL
) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_exempt';
COMMENT ON FUNCTION guardrail.exempt(text, text, text, text, timestamp with time zone) IS 'Exempts a table, or one column, constraint or index of it, from a rule, and returns the id of the exemption';
REVOKE EXECUTE ON FUNCTION guardrail.exempt(text, text, text, text, timestamp with time zone) FROM PUBLIC;

CREATE FUNCTION guardrail.list_unused_exemptions(OUT id bigint, OUT cause text) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_list_unused_exemptions';
COMMENT ON FUNCTION guardrail.list_unused_exemptions() IS 'Lists the exemptions that are over or match nothing; the view guardrail.unused_exemptions shows them';

CREATE VIEW guardrail.unused_exemptions AS
SELECT exemptions.*, unused.cause
FROM guardrail.exemptions JOIN guardrail.list_unused_exemptions() AS unused USING (id);
COMMENT ON VIEW guardrail.unused_exemptions IS 'The exemptions that are over, or match nothing that the audit finds';
COMMENT ON COLUMN guardrail.unused_exemptions.cause IS 'expired, or unused if the audit finds nothing that it matches';

-- The baseline: the violations that were there when the conventions were adopted.

CREATE TABLE guardrail.frozen (
    fingerprint text CONSTRAINT pk_frozen PRIMARY KEY
        CONSTRAINT ck_frozen_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{16}(:[1-9][0-9]*)?$'),
    rule text NOT NULL,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    object_kind text NOT NULL,
    object_name text,
    frozen_by text NOT NULL DEFAULT session_user,
    frozen_at timestamp with time zone NOT NULL DEFAULT now()
);
COMMENT ON TABLE guardrail.frozen IS 'The violations that guardrail.freeze() has accepted as old';
COMMENT ON COLUMN guardrail.frozen.fingerprint IS 'The fingerprint of the violation';
COMMENT ON COLUMN guardrail.frozen.rule IS 'The rule';
COMMENT ON COLUMN guardrail.frozen.schema_name IS 'The schema of the table or type';
COMMENT ON COLUMN guardrail.frozen.table_name IS 'The table or type';
COMMENT ON COLUMN guardrail.frozen.object_kind IS 'What the violation is about: table, column, constraint, index and so on';
COMMENT ON COLUMN guardrail.frozen.object_name IS 'The name of the column, constraint or index when it was frozen; NULL for the table as a whole';
COMMENT ON COLUMN guardrail.frozen.frozen_by IS 'The session''s user who froze it';
COMMENT ON COLUMN guardrail.frozen.frozen_at IS 'When it was frozen';
SELECT pg_catalog.pg_extension_config_dump('guardrail.frozen', '');

CREATE FUNCTION guardrail.freeze(
    schemas text DEFAULT '.*', tables text DEFAULT '.*', rules text DEFAULT '.*', add_new boolean DEFAULT false
) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_freeze';
COMMENT ON FUNCTION guardrail.freeze(text, text, text, boolean) IS 'Stores the open violations as the baseline and returns how many; later calls add new ones only with add_new = true';
REVOKE EXECUTE ON FUNCTION guardrail.freeze(text, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION guardrail.thaw() RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_thaw';
COMMENT ON FUNCTION guardrail.thaw() IS 'Removes the violations that are gone from the baseline and returns how many';
REVOKE EXECUTE ON FUNCTION guardrail.thaw() FROM PUBLIC;

CREATE FUNCTION guardrail.export_frozen() RETURNS SETOF text
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_export_frozen';
COMMENT ON FUNCTION guardrail.export_frozen() IS 'Returns the baseline as sorted lines, one a violation';

CREATE FUNCTION guardrail.import_frozen(lines text) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_import_frozen';
COMMENT ON FUNCTION guardrail.import_frozen(text) IS 'Adds the lines of guardrail.export_frozen() to the baseline and returns how many were new';
REVOKE EXECUTE ON FUNCTION guardrail.import_frozen(text) FROM PUBLIC;

-- The journal: what was let through.

CREATE TABLE guardrail.journal (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_journal PRIMARY KEY,
    written_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    session_user_name text NOT NULL,
    current_user_name text NOT NULL,
    application_name text NOT NULL,
    tag text NOT NULL,
    rule text NOT NULL,
    level text NOT NULL,
    object_kind text NOT NULL,
    schema_name text,
    table_name text,
    object_name text,
    fingerprint text NOT NULL,
    message text NOT NULL,
    exemption bigint
);
COMMENT ON TABLE guardrail.journal IS 'The violations that were let through while guardrail.journal was on';
COMMENT ON COLUMN guardrail.journal.id IS 'The number of the entry';
COMMENT ON COLUMN guardrail.journal.written_at IS 'When it was written, in the transaction that it is about';
COMMENT ON COLUMN guardrail.journal.session_user_name IS 'The session''s user';
COMMENT ON COLUMN guardrail.journal.current_user_name IS 'The user whose rights the statement had, as SET ROLE or a SECURITY DEFINER function has set it';
COMMENT ON COLUMN guardrail.journal.application_name IS 'The application, as it calls itself';
COMMENT ON COLUMN guardrail.journal.tag IS 'The command tag of the statement; COMMIT for what was found at the commit';
COMMENT ON COLUMN guardrail.journal.rule IS 'The rule';
COMMENT ON COLUMN guardrail.journal.level IS 'The rule''s level: notice or warning; error in mode warn, or with an exemption';
COMMENT ON COLUMN guardrail.journal.object_kind IS 'What the violation is about: table, column, constraint, index and so on';
COMMENT ON COLUMN guardrail.journal.schema_name IS 'The schema of the table or type; NULL where the violation is about none';
COMMENT ON COLUMN guardrail.journal.table_name IS 'The table or type; NULL where the violation is about none';
COMMENT ON COLUMN guardrail.journal.object_name IS 'The name of the column, constraint or index; NULL for the table as a whole';
COMMENT ON COLUMN guardrail.journal.fingerprint IS 'The fingerprint of the violation';
COMMENT ON COLUMN guardrail.journal.message IS 'The message of the violation';
COMMENT ON COLUMN guardrail.journal.exemption IS 'The id of the exemption that covers it; NULL for what was reported';
COMMENT ON SEQUENCE guardrail.journal_id_seq IS 'The numbers of the entries of the journal';
-- It is in no dump: who may not read it could not dump the database.

CREATE FUNCTION guardrail.prune_journal() RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'guardrail_prune_journal';
COMMENT ON FUNCTION guardrail.prune_journal() IS 'Removes the entries of the journal that are older than guardrail.journal_keep and returns how many';
REVOKE EXECUTE ON FUNCTION guardrail.prune_journal() FROM PUBLIC;

-- Whatever the role that runs this grants by default (ALTER DEFAULT PRIVILEGES): nobody else may exempt or freeze, write to
-- the tables, read the journal, or make a table in this schema, where nothing is checked.

DO LANGUAGE plpgsql $$
DECLARE
    revoke_all text;
BEGIN
    FOR revoke_all IN
        SELECT format('REVOKE %s FROM %s CASCADE', what, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
        FROM (
            SELECT format('CREATE ON SCHEMA %s', oid::regnamespace), nspowner, nspacl
            FROM pg_namespace WHERE nspname = 'guardrail'
            UNION ALL
            SELECT format('ALL ON %s %s', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass), relowner, relacl
            FROM pg_class WHERE oid IN (
                'guardrail.exemptions'::regclass, 'guardrail.exemptions_id_seq'::regclass,
                'guardrail.unused_exemptions'::regclass, 'guardrail.frozen'::regclass,
                'guardrail.journal'::regclass, 'guardrail.journal_id_seq'::regclass)
            UNION ALL
            SELECT format('ALL ON FUNCTION %s', oid::regprocedure), proowner, proacl
            FROM pg_proc WHERE oid IN (
                'guardrail.exempt'::regproc, 'guardrail.freeze'::regproc, 'guardrail.thaw'::regproc,
                'guardrail.import_frozen'::regproc, 'guardrail.prune_journal'::regproc)
        ) AS objects (what, owner, privileges), aclexplode(privileges)
        WHERE grantee <> owner
        GROUP BY what, grantee
    LOOP
        EXECUTE revoke_all;
    END LOOP;
END $$;
GRANT SELECT ON guardrail.exemptions, guardrail.unused_exemptions, guardrail.frozen TO PUBLIC;
-- Without this an ordinary user could no longer dump the database.
GRANT SELECT ON SEQUENCE guardrail.exemptions_id_seq TO PUBLIC;
