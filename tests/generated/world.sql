-- What a session sees that the next statement may be about.
SELECT json_build_object(
    'relations', (
        SELECT coalesce(json_agg(json_build_object(
            'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
            'persistence', c.relpersistence, 'owner', c.relowner::regrole::text, 'is_partition', c.relispartition,
            'of_type', c.reloftype <> 0, 'strategy', p.partstrat, 'is_default', d.partrelid IS NOT NULL,
            'key', CASE WHEN p.partrelid IS NOT NULL THEN array_to_json(p.partattrs::int2[]) END,
            'parents', ARRAY(SELECT inhparent::int8 FROM pg_inherits WHERE inhrelid = c.oid),
            'columns', (
                SELECT coalesce(json_agg(json_build_object(
                    'number', attnum, 'name', attname, 'type', format_type(atttypid, atttypmod),
                    'not_null', attnotnull, 'has_default', atthasdef, 'identity', attidentity,
                    'generated', attgenerated, 'inherited', attinhcount > 0) ORDER BY attnum), '[]')
                FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
            'constraints', (
                SELECT coalesce(json_agg(json_build_object(
                    'name', conname, 'type', contype, 'columns', conkey, 'references', confrelid::int8,
                    'is_valid', convalidated, 'is_deferrable', condeferrable,
                    'inherited', conparentid <> 0 OR coninhcount > 0) ORDER BY conname), '[]')
                FROM pg_constraint WHERE conrelid = c.oid),
            'indexes', (
                SELECT coalesce(json_agg(json_build_object(
                    'name', x.relname, 'unique', indisunique, 'primary', indisprimary, 'is_valid', indisvalid,
                    'columns', array_to_json(indkey::int2[]), 'is_partial', indpred IS NOT NULL,
                    'has_expressions', indexprs IS NOT NULL,
                    'of_constraint', EXISTS (
                        SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x')),
                    'inherited', x.relispartition) ORDER BY x.relname), '[]')
                FROM pg_index JOIN pg_class x ON x.oid = indexrelid WHERE indrelid = c.oid)) ORDER BY c.oid), '[]')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
        LEFT JOIN pg_partitioned_table d ON d.partdefid = c.oid
        WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c', 'S')
          AND n.nspname NOT IN ('guardrail', 'truth') AND n.nspname !~ '^pg_toast'
          AND (n.nspname !~ '^pg_temp' OR n.oid = pg_my_temp_schema())),
    'types', (
        SELECT coalesce(json_agg(json_build_object(
            'schema', n.nspname, 'name', typname, 'type', typtype, 'base', format_type(typbasetype, typtypmod),
            'not_null', typnotnull,
            'constraints', ARRAY(SELECT conname FROM pg_constraint WHERE contypid = t.oid)) ORDER BY t.oid), '[]')
        FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
        WHERE t.oid >= 16384 AND typtype IN ('d', 'e', 'r') AND n.nspname NOT IN ('guardrail', 'truth')
          AND n.nspname !~ '^pg_temp'),
    'schemas', (
        SELECT json_agg(nspname ORDER BY oid) FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('guardrail', 'truth', 'information_schema', 'aside')),
    'role', current_user, 'temporary', pg_my_temp_schema()::int8)
