-- A journal of what is done, kept by event triggers of the test's own: every statement as it begins, with what it is
-- about to drop and how many rows or values that has; the tables that each transaction has changed; the transactions
-- that wrote to a migration table.

CREATE SCHEMA IF NOT EXISTS truth;
CREATE TABLE truth.statements (
    entry bigint GENERATED ALWAYS AS IDENTITY, tag text, statement text, application text, drops jsonb,
    in_vain boolean);
CREATE TABLE truth.changes (transaction xid8 DEFAULT pg_current_xact_id(), relid oid, table_name text);
CREATE TABLE truth.records (transaction xid8 DEFAULT pg_current_xact_id());

CREATE FUNCTION truth.count_values(table_name text, column_name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE counted bigint := 0;
BEGIN
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = to_regclass(quote_ident(table_name)) AND attname = coalesce(column_name, 'ctid')) THEN
        EXECUTE format('SELECT count(%s) FROM %I', coalesce(quote_ident(column_name), '*'), table_name) INTO counted;
    END IF;
    RETURN counted;
END $$;

CREATE FUNCTION truth.statement_begins() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO truth.statements (tag, statement, application, drops, in_vain)
    SELECT tg_tag, current_query(), current_setting('application_name'),
           jsonb_agg(jsonb_build_array(dropped[1], dropped[2], truth.count_values(dropped[1], dropped[2]))),
           tg_tag = 'DROP TABLE' AND bool_and(to_regclass(quote_ident(dropped[1])) IS NULL)
    FROM (
        SELECT ARRAY[name[1], NULL]
        FROM regexp_matches(current_query(), '^\s*DROP TABLE (?:IF EXISTS )?"?(\w+)') AS name
        UNION ALL
        SELECT ARRAY[name[1], part[1]]
        FROM regexp_matches(current_query(), '^\s*ALTER TABLE (?:IF EXISTS )?"?(\w+)') AS name,
             regexp_matches(current_query(), 'DROP COLUMN (?:IF EXISTS )?"?(\w+)', 'g') AS part
    ) AS named (dropped);
    -- Once it is dropped nobody knows of which table it was.
    INSERT INTO truth.changes (relid, table_name)
    SELECT c.oid, c.relname
    FROM regexp_matches(current_query(), '^\s*DROP INDEX (?:IF EXISTS )?"?(\w+)') AS dropped
    JOIN pg_index ON indexrelid = to_regclass(quote_ident(dropped[1])) JOIN pg_class c ON c.oid = indrelid;
END $$;

CREATE FUNCTION truth.write_down_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO truth.records DEFAULT VALUES;
    RETURN NULL;
END $$;

CREATE FUNCTION truth.statement_ends() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE made regclass;
BEGIN
    INSERT INTO truth.changes (relid, table_name)
    SELECT c.oid, c.relname
    FROM pg_event_trigger_ddl_commands() AS command LEFT JOIN pg_index ON indexrelid = command.objid
    JOIN pg_class c ON c.oid = coalesce(indrelid, command.objid)
    WHERE command.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
      AND tg_tag <> 'REINDEX'
      AND c.relname NOT IN ('django_migrations', 'alembic_version');
    FOR made IN
        SELECT objid FROM pg_event_trigger_ddl_commands()
        WHERE tg_tag = 'CREATE TABLE' AND object_identity IN ('public.django_migrations', 'public.alembic_version')
              AND object_type = 'table'
    LOOP
        EXECUTE format('CREATE TRIGGER write_down AFTER INSERT OR UPDATE OR DELETE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION truth.write_down_record()', made);
    END LOOP;
END $$;

CREATE FUNCTION truth.things_went() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO truth.changes (relid, table_name)
    SELECT objid, object_name FROM pg_event_trigger_dropped_objects() WHERE object_type = 'table' AND NOT is_temporary;
END $$;

-- What the rules about statements are against: rule, what it is about.
CREATE VIEW truth.statement_violations AS
SELECT entry, 'direct_ddl' AS rule, tag AS about
FROM truth.statements
WHERE application <> 'migrator' AND tag NOT IN ('REFRESH MATERIALIZED VIEW', 'REINDEX')
  AND statement !~ '^CREATE TEMPORARY ' AND in_vain IS NOT TRUE
UNION ALL
SELECT entry, 'destructive_change', concat_ws('.', gone ->> 0, gone ->> 1)
FROM truth.statements, jsonb_array_elements(drops) AS gone WHERE (gone ->> 2)::bigint > 0
UNION ALL
SELECT DISTINCT entry, 'identifier_too_long', btrim(word[1], '"')
FROM truth.statements, regexp_replace(statement, '''[^'']*''|--[^\n]*', '', 'g') AS without_strings,
     regexp_matches(without_strings, '"[^"]+"|[\w$]+', 'g') AS word
WHERE octet_length(btrim(word[1], '"')) > 63;

-- The transactions that changed a table and wrote to no migration table, with all names that their tables have had.
CREATE VIEW truth.unrecorded_transactions AS
SELECT transaction, count(DISTINCT relid) AS tables, array_agg(DISTINCT table_name) AS names
FROM truth.changes WHERE transaction NOT IN (SELECT transaction FROM truth.records) GROUP BY transaction;

CREATE EVENT TRIGGER truth_begins ON ddl_command_start EXECUTE FUNCTION truth.statement_begins();
CREATE EVENT TRIGGER truth_ends ON ddl_command_end EXECUTE FUNCTION truth.statement_ends();
CREATE EVENT TRIGGER truth_drops ON sql_drop EXECUTE FUNCTION truth.things_went();
