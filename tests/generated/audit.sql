-- The rows of guardrail.audit() with the numbers of the objects that they are about.
SELECT json_build_object('rows', coalesce(json_agg(json_build_object(
    'rule', a.rule, 'level', a.level, 'moment', a.moment, 'kind', a.object_kind, 'schema', a.schema_name,
    'table', a.table_name, 'column', a.column_name, 'constraint', a.constraint_name, 'index', a.index_name,
    'type', a.data_type, 'message', a.message, 'fingerprint', a.fingerprint, 'certain', a.certain, 'status', a.status,
    'relation_id', coalesce(c.oid, t.oid)::int8, 'column_id', f.attnum, 'constraint_id', k.oid::int8,
    'index_id', i.oid::int8,
    'definition', coalesce(
        concat_ws(' ', k.contype, k.conkey, k.confrelid, k.confkey),
        (SELECT concat_ws(' ', indkey, indisunique, indclass) FROM pg_index WHERE indexrelid = i.oid)))), '[]'),
    'inherits', (SELECT coalesce(json_agg(json_build_array(inhrelid::int8, inhparent::int8)), '[]') FROM pg_inherits),
    'names', (
        SELECT coalesce(json_object_agg(key, name), '{}') FROM (
            SELECT 'index ' || oid, relname FROM pg_class WHERE oid >= 16384 AND relkind IN ('i', 'I')
            UNION ALL SELECT 'relation ' || oid, relname FROM pg_class
                      WHERE oid >= 16384 AND relkind IN ('r', 'p', 'f', 'c')
            UNION ALL SELECT 'constraint ' || oid, conname FROM pg_constraint WHERE oid >= 16384
            UNION ALL SELECT 'column ' || attrelid || ' ' || attnum, attname FROM pg_attribute
                      WHERE attrelid >= 16384 AND attnum > 0) AS named (key, name)))
FROM guardrail.audit() AS a
LEFT JOIN pg_namespace n ON n.nspname = a.schema_name
LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.table_name
LEFT JOIN pg_type t ON c.oid IS NULL AND t.typnamespace = n.oid AND t.typname = a.table_name
LEFT JOIN pg_attribute f ON f.attrelid = c.oid AND f.attname = a.column_name
LEFT JOIN pg_constraint k
    ON k.conname = a.constraint_name AND (k.conrelid = c.oid AND c.oid <> 0 OR k.contypid = t.oid AND t.oid <> 0)
LEFT JOIN pg_class i ON i.relnamespace = n.oid AND i.relname = a.index_name
