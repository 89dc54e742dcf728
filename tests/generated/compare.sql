-- What two databases must have in common that have run the same statements: one line an object, by names.
SELECT coalesce(json_agg(DISTINCT regexp_replace(line, 'pg_temp_\d+', 'pg_temp', 'g')), '[]') FROM (
    SELECT concat_ws(' ', 'class', relnamespace::regnamespace, relname, relkind, relowner::regrole, relpersistence,
                     relispartition, relreplident, relrowsecurity, reloptions, reloftype::regtype,
                     pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid))
        FROM pg_class WHERE oid >= 16384 AND relkind <> 't' AND relpersistence <> 't'
          AND relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT concat_ws(' ', 'attribute', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
                     attinhcount, attislocal, attidentity, attgenerated, attstorage, pg_get_expr(adbin, adrelid),
                     col_description(attrelid, attnum))
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND relpersistence <> 't' AND attnum > 0
          AND NOT attisdropped
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(k.oid),
                     coninhcount, conislocal, convalidated)
        FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = conrelid
        WHERE k.oid >= 16384 AND coalesce(relpersistence, 'p') <> 't'
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisready, indislive, indisprimary,
                     indisreplident, indisclustered)
        FROM pg_index JOIN pg_class c ON c.oid = indrelid
        WHERE indexrelid >= 16384 AND relkind <> 't' AND relpersistence <> 't'
    UNION ALL
    -- An index by its table: which of two equal indexes gets which made-up name when PostgreSQL makes
    -- them anew depends on the order of rows in pg_depend.
    SELECT concat_ws(' ', 'inherits', coalesce(indrelid, inhrelid)::regclass, inhparent::regclass)
        FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid LEFT JOIN pg_index ON indexrelid = inhrelid
        WHERE relpersistence <> 't'
    UNION ALL
    SELECT concat_ws(' ', 'type', typnamespace::regnamespace, typname, typtype, typnotnull,
                     format_type(typbasetype, typtypmod))
        FROM pg_type
        WHERE oid >= 16384 AND typtype <> 'c' AND typcategory <> 'A' AND typnamespace::regnamespace::text !~ '^pg_temp'
    UNION ALL
    SELECT concat_ws(' ', 'function', oid::regprocedure, proowner::regrole) FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT concat_ws(' ', 'namespace', nspname, nspowner::regrole) FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL
    SELECT concat_ws(' ', 'trigger', tgrelid::regclass,
                     CASE WHEN tgisinternal THEN tgfoid::regproc::text ELSE tgname END)
        FROM pg_trigger
) AS catalog (line)
