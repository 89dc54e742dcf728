-- After each statement the journal takes down what breaks a convention by then, according to truth.violations,
-- and which constraints there are. It is an event trigger of the test's own and knows nothing of the extension.

CREATE TABLE truth.journal (
    entry bigint GENERATED ALWAYS AS IDENTITY,
    transaction xid8 DEFAULT pg_current_xact_id(),
    statement text,
    violations jsonb,
    constraints jsonb);

CREATE FUNCTION truth.take_down() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO truth.journal (statement, violations, constraints) VALUES (
        current_query(),
        (SELECT jsonb_agg(jsonb_build_array(rule, relid, objid, schema_name, table_name, object_name))
         FROM truth.violations),
        (SELECT jsonb_agg(jsonb_build_array('unnamed_constraint', relid, objid, schema_name, table_name, conname))
         FROM truth.constraints));
END $$;

CREATE EVENT TRIGGER truth_journal ON ddl_command_end EXECUTE FUNCTION truth.take_down();
