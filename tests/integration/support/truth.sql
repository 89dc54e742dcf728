-- The conventions, put as queries over the catalog and without the extension. truth.violations lists
-- every object that breaks one now: rule, table, object (a constraint's oid or a column's number), names.
-- Whether a constraint was named is not in the catalog; truth.constraints lists them all.

CREATE SCHEMA truth;

-- Without the migration tools' own, which are no violations whatever they look like.
CREATE VIEW truth.tables AS
SELECT c.oid AS relid, n.nspname AS schema_name, c.relname AS table_name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'guardrail', 'truth') AND n.nspname !~ '^pg_toast'
  AND c.relname NOT IN ('alembic_version', 'django_migrations');

CREATE VIEW truth.constraints AS
SELECT k.oid AS objid, k.contype, k.conname, k.conkey, k.confdeltype, t.*
FROM pg_constraint k JOIN truth.tables t ON t.relid = k.conrelid
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0 AND k.conislocal;

-- The columns that an index can be searched by, and the only conditions it may be limited to.
CREATE FUNCTION truth.supports(index_id oid, key smallint[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT i.indisvalid AND i.indisready AND i.indislive
       AND (m.amname = 'btree' OR m.amname = 'hash' AND cardinality(key) = 1)
       AND i.indnkeyatts >= cardinality(key)
       AND (SELECT array_agg(column_number ORDER BY column_number)
            FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (column_number, place)
            WHERE place <= cardinality(key))
         = (SELECT array_agg(column_number ORDER BY column_number) FROM unnest(key) AS column_number)
       AND NOT EXISTS (
            SELECT FROM regexp_split_to_table(pg_get_expr(i.indpred, i.indrelid), ' AND ') AS part
            WHERE btrim(part, '()') NOT IN (
                SELECT format('%I IS NOT NULL', attname) FROM pg_attribute
                WHERE attrelid = i.indrelid AND attnum = ANY (key)))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    WHERE i.indexrelid = index_id
$$;

-- Every type in which a timestamp without time zone is to be found.
CREATE VIEW truth.naive_types AS
WITH RECURSIVE made_of (whole, part) AS (
    SELECT oid, typelem FROM pg_type WHERE typcategory = 'A'
    UNION ALL SELECT oid, typbasetype FROM pg_type WHERE typtype = 'd'
    UNION ALL SELECT rngtypid, rngsubtype FROM pg_range
    UNION ALL SELECT (to_jsonb(r) ->> 'rngmultitypid')::oid, rngsubtype FROM pg_range r  -- from PostgreSQL 14
    UNION ALL SELECT reltype, atttypid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
              WHERE attnum > 0 AND NOT attisdropped
), naive (oid) AS (
    SELECT 'timestamp without time zone'::regtype::oid
    UNION
    SELECT whole FROM naive JOIN made_of ON part = naive.oid
)
SELECT oid FROM naive;

CREATE VIEW truth.violations AS
SELECT 'fk_without_on_delete' AS rule, relid, objid, schema_name, table_name, conname AS object_name
FROM truth.constraints WHERE contype = 'f' AND confdeltype = 'a'
UNION ALL
SELECT 'fk_without_index', relid, objid, schema_name, table_name, conname
FROM truth.constraints k
WHERE contype = 'f'
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.relid AND truth.supports(i.indexrelid, k.conkey))
UNION ALL
SELECT 'timestamp_without_time_zone', relid, attnum, schema_name, table_name, attname
FROM truth.tables JOIN pg_attribute ON attrelid = relid
WHERE attnum > 0 AND NOT attisdropped AND attinhcount = 0 AND atttypid IN (SELECT oid FROM truth.naive_types);

GRANT USAGE ON SCHEMA truth TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA truth TO PUBLIC;
