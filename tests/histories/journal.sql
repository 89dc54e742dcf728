-- What the judge asks, on top of the queries of the integration tests: the violations there are, each with what makes
-- it the same one later. The journal tells, after each statement, those that are checked at the end of a statement, by
-- a message that wire.py takes out of the stream: an event trigger of the test's own, which knows nothing of the
-- extension.

-- The identity of a part of a table: its number or oid; and what is left of it when PostgreSQL makes it anew.
CREATE FUNCTION truth.identity(relation oid, part name, OUT ids text[], OUT definition text) LANGUAGE sql STABLE AS $$
    SELECT array_agg(id ORDER BY id), string_agg(definition, ' ' ORDER BY definition)
    FROM (
        SELECT 'column ' || attnum, NULL FROM pg_attribute WHERE attrelid = relation AND attname = part
        UNION ALL
        SELECT 'constraint ' || oid, concat_ws(' ', contype, conkey, confrelid)
        FROM pg_constraint WHERE conrelid = relation AND conname = part
        UNION ALL
        SELECT 'index ' || indexrelid, concat_ws(' ', indkey, indisunique)
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = relation AND relname = part
    ) AS parts (id, definition)
$$;

CREATE VIEW truth.now AS
SELECT rule, relid, schema_name, table_name, object_name, ids, definition,
       rule IN ('fk_without_on_delete', 'timestamp_without_time_zone', 'unnamed_constraint',
                'disallowed_primary_key_type', 'inexact_money', 'check_instead_of_enum', 'discouraged_type',
                'serial_column', 'identifier_needs_quotes', 'unlogged_table') AS at_statement
FROM (
    SELECT rule, relid, schema_name, table_name, object_name FROM truth.every_violation
    UNION ALL
    SELECT 'unnamed_constraint', relid, schema_name, table_name, conname FROM truth.constraints WHERE contype <> 'p'
) AS found, LATERAL truth.identity(relid, object_name);

-- Statements of other kinds add nothing that is checked at their end. The context shows a statement inside a function.
CREATE FUNCTION truth.tell() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE context text;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    RAISE WARNING USING
        ERRCODE = 'TRUTH',
        MESSAGE = concat_ws(E'\n', current_query(), context),
        DETAIL = jsonb_build_object('tag', tg_tag, 'found', CASE
            WHEN tg_tag ~ 'TABLE|TYPE|DOMAIN|SCHEMA|SELECT INTO'
            THEN (SELECT coalesce(jsonb_agg(to_jsonb(one)), '[]') FROM truth.now AS one WHERE at_statement)
            END);
END $$;

CREATE EVENT TRIGGER truth_journal ON ddl_command_end EXECUTE FUNCTION truth.tell();
