-- The rules of the house and those that others expect, one query each, written from their pages. truth.every_violation
-- lists what breaks one now, with the options as they come and the tenant column of truth.tenant_column().

CREATE TABLE truth.keywords AS SELECT word, catcode FROM pg_get_keywords();

CREATE FUNCTION truth.needs_quotes(name text, of_type boolean) RETURNS boolean LANGUAGE sql STABLE AS $$
    -- Every character beyond ASCII is taken for a letter.
    SELECT name !~ '^([a-z_]|[^\x01-\x7f])([a-z0-9_$]|[^\x01-\x7f])*$'
        OR EXISTS (SELECT FROM truth.keywords
                   WHERE word = name AND (catcode IN ('R', 'T') OR catcode = 'C' AND of_type))
$$;

-- Whether a name is `beginning`, or begins so and goes on. Of a name that was cut, by PostgreSQL at 63 bytes (never
-- inside a character) or by a tool that put a hash at its end, the rest is compared.
CREATE FUNCTION truth.fits(name text, beginning text, goes_on boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT name = beginning AND NOT goes_on
        OR starts_with(name, beginning) AND length(name) > length(beginning) AND goes_on
        OR EXISTS (
            SELECT FROM (VALUES (name, octet_length(name) >= 60), (left(name, 55), name ~ '^.{55}_[0-9a-f]{4}$'))
                AS cut (rest, it_is)
            WHERE it_is AND (starts_with(beginning, rest) OR goes_on AND starts_with(rest, beginning)))
$$;

-- Types, written once with and once without their arrays.
CREATE FUNCTION truth.is_discouraged(type_id oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT typelem FROM pg_type WHERE oid = type_id AND typcategory = 'A'), type_id)
        IN ('money'::regtype, 'json'::regtype, 'character'::regtype, 'time with time zone'::regtype)
$$;

CREATE VIEW truth.column_violations (rule, relid, schema_name, table_name, object_name) AS
SELECT 'disallowed_primary_key_type', relid, schema_name, table_name, attname
FROM truth.columns c
WHERE NOT is_migration_table AND NOT is_in_foreign_key AND attnum <> ALL (partition_columns)
  AND EXISTS (SELECT FROM truth.indexes i WHERE i.relid = c.relid AND indisprimary AND attnum = ANY (i.key))
  AND format_type(base_type, base_modifier) NOT IN ('uuid', 'character varying(36)', 'bigint')
UNION ALL
SELECT 'nullable_column', relid, schema_name, table_name, attname
FROM truth.columns
WHERE may_be_null AND NOT is_migration_table AND relkind <> 'f' AND NOT is_generated AND comment !~ '^nullable:\s*\S'
  AND attname !~ '^(deleted_at|deleted_by|.*_at|.*_on|.*_until)$'
  AND NOT EXISTS (SELECT FROM pg_constraint
                  WHERE conrelid = relid AND contype = 'f' AND attnum = ANY (conkey)
                    AND ('n' IN (confdeltype, confupdtype) OR 'd' IN (confdeltype, confupdtype) AND NOT has_default
                         OR confrelid = conrelid))
UNION ALL
SELECT 'nullable_boolean', relid, schema_name, table_name, attname
FROM truth.columns
WHERE base_type = 'boolean'::regtype AND may_be_null
  AND NOT is_migration_table AND relkind <> 'f' AND NOT is_generated AND comment !~ '^nullable:\s*\S'
UNION ALL
SELECT 'inexact_money', relid, schema_name, table_name, attname
FROM truth.columns, LATERAL truth.base(atttypid, atttypmod, true) AS innermost
WHERE NOT is_migration_table
  AND (innermost.id = 'money'::regtype
       OR innermost.id IN ('real'::regtype, 'double precision'::regtype)
          AND attname ~ ('^(.*_)?(amount|price|cost|total|subtotal|balance|fee|fare|salary|salaries|wage|payment|'
              || 'refund|deposit|revenue|income|profit|expense|debt|budget)s?'
              || '(_(due|paid|net|gross|cents|usd|eur|gbp|chf|jpy|cny|inr))?$'))
UNION ALL
SELECT 'unbounded_string', relid, schema_name, table_name, attname
FROM truth.columns
WHERE (atttypid = 'text'::regtype OR atttypid = 'varchar'::regtype AND atttypmod = -1)
  AND NOT is_migration_table AND relkind <> 'f' AND NOT is_generated AND NOT is_in_foreign_key
  AND attname !~ ('^(.*_)?(description|note|body|content|comment|text|message|summary|bio|biography|about|detail|'
      || 'remark|reason|explanation|instruction|abstract|transcript|markdown|html)s?(_(html|markdown|plain|raw))?$')
  AND NOT EXISTS (
      SELECT FROM pg_constraint, truth.conditions(oid) AS condition
      WHERE conrelid = relid AND contype = 'c' AND attnum = ANY (conkey)
        AND regexp_replace(condition, '[()]|::(text|character varying)', '', 'g') ~ format(
            E'^((char_|octet_)?length%1$s <=? \\d|%1$s = ANY ARRAY|%1$s ~ ''\\^[^*+|]*[$]''$)', quote_ident(attname)))
  AND NOT EXISTS (
      SELECT FROM pg_constraint
      WHERE conrelid = relid AND contype = 'c' AND truth.listed_strings(oid, attname) IS NOT NULL)
UNION ALL
SELECT 'discouraged_type', relid, schema_name, table_name, attname
FROM truth.columns
WHERE truth.is_discouraged(atttypid)
UNION ALL
SELECT 'serial_column', relid, schema_name, table_name, attname
FROM truth.columns
WHERE NOT is_migration_table AND atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
      AND EXISTS (SELECT FROM pg_depend JOIN pg_class sequence ON sequence.oid = objid AND sequence.relkind = 'S'
                  WHERE classid = 'pg_class'::regclass AND refclassid = classid
                    AND refobjid = relid AND refobjsubid = attnum AND deptype = 'a')  -- an identity has 'i'
UNION ALL
SELECT 'column_without_comment', relid, schema_name, table_name, attname FROM truth.columns WHERE comment !~ '\S'
UNION ALL
SELECT 'misnamed_column', relid, schema_name, table_name, attname
FROM truth.columns WHERE NOT is_migration_table AND attname !~ '^[a-z][a-z0-9_]*$';

CREATE VIEW truth.table_violations (rule, relid, schema_name, table_name, object_name) AS
SELECT 'table_without_primary_key', relid, schema_name, table_name, NULL::name
FROM truth.entities
WHERE NOT is_migration_table AND NOT is_partition AND relkind <> 'f' AND 0 <> ALL (partition_columns)
  AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = relid AND indisprimary)
UNION ALL
SELECT 'missing_required_column', t.relid, t.schema_name, t.table_name, fault.name
FROM truth.entities t CROSS JOIN (VALUES ('created_at'), ('updated_at')) AS required (name)
LEFT JOIN truth.all_columns it ON it.relid = t.relid AND it.attname = required.name,
     LATERAL (SELECT NULL::name AS name WHERE it.attname IS NULL
              UNION SELECT it.attname WHERE it.base_type <> 'timestamp with time zone'::regtype
              UNION SELECT it.attname WHERE it.may_be_null
              UNION SELECT it.attname WHERE NOT it.has_default) AS fault
WHERE NOT t.is_migration_table AND NOT t.is_partition AND t.relkind <> 'f'
  AND NOT EXISTS (SELECT FROM truth.links WHERE links.relid = t.relid)
UNION ALL
SELECT 'join_table_without_composite_key', relid, schema_name, table_name, NULL
FROM truth.links t
WHERE NOT is_migration_table AND NOT is_partition AND 0 <> ALL (partition_columns)
  AND NOT EXISTS (SELECT FROM truth.unique_keys u WHERE u.relid = t.relid AND u.key <@ (ends || partition_columns))
UNION ALL
SELECT 'misnamed_table', relid, schema_name, table_name, NULL
FROM truth.entities WHERE NOT is_migration_table AND table_name !~ '^[a-z][a-z0-9_]*$'
UNION ALL
SELECT 'table_without_comment', relid, schema_name, table_name, NULL
FROM truth.entities WHERE NOT is_partition AND coalesce(obj_description(relid, 'pg_class'), '') !~ '\S'
UNION ALL
SELECT 'rls_disabled', relid, schema_name, table_name, NULL
FROM truth.entities WHERE NOT is_partition AND relkind <> 'f' AND NOT relrowsecurity
UNION ALL
SELECT 'unlogged_table', relid, schema_name, table_name, NULL
FROM truth.entities WHERE relkind = 'r' AND relpersistence = 'u';

CREATE VIEW truth.constraint_violations (rule, relid, schema_name, table_name, object_name) AS
SELECT 'check_instead_of_enum', k.relid, k.schema_name, k.table_name, k.conname
FROM truth.constraints k JOIN truth.columns c ON c.relid = k.relid AND k.conkey = ARRAY[c.attnum],
     truth.listed_strings(objid, attname) AS texts
WHERE k.contype = 'c' AND c.relkind <> 'f' AND NOT c.is_migration_table AND NOT c.is_generated
  AND base_type IN ('text'::regtype, 'character varying'::regtype, 'character'::regtype)
  AND cardinality(texts) >= 2 AND NOT EXISTS (SELECT FROM unnest(texts) AS one WHERE octet_length(one) > 63)
UNION ALL
SELECT 'misnamed_constraint', relid, schema_name, table_name, conname
FROM truth.constraints JOIN truth.entities USING (relid, schema_name, table_name),
     LATERAL (SELECT CASE contype WHEN 'u' THEN 'uq_' WHEN 'f' THEN 'fk_' WHEN 'c' THEN 'ck_' ELSE 'ex_' END
                     || table_name || '_') AS others (beginning)
WHERE NOT is_migration_table
  AND NOT CASE contype WHEN 'p' THEN truth.fits(conname, 'pk_' || table_name, false)
                       ELSE truth.fits(conname, beginning, true) END
UNION ALL
SELECT 'constraint_not_validated', k.relid, k.schema_name, k.table_name, k.conname
FROM truth.constraints k JOIN pg_constraint c ON c.oid = k.objid
WHERE k.contype IN ('f', 'c') AND NOT c.convalidated
  AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)  -- from PostgreSQL 18
UNION ALL
SELECT 'fk_type_mismatch', k.relid, k.schema_name, k.table_name, own.attname
FROM truth.constraints k JOIN pg_constraint c ON c.oid = k.objid, unnest(c.conkey, c.confkey) AS pair (here, there)
JOIN pg_attribute own ON own.attnum = here JOIN pg_attribute other ON other.attnum = there
WHERE k.contype = 'f' AND own.attrelid = c.conrelid AND other.attrelid = c.confrelid
  AND (truth.base(own.atttypid, -1, false)).id <> (truth.base(other.atttypid, -1, false)).id
  -- PostgreSQL converts nothing between these two.
  AND NOT ((truth.base(own.atttypid, -1, false)).id IN ('text'::regtype, 'varchar'::regtype)
           AND (truth.base(other.atttypid, -1, false)).id IN ('text'::regtype, 'varchar'::regtype))
UNION ALL
SELECT 'duplicate_fk', k.relid, k.schema_name, k.table_name, k.conname
FROM truth.constraints k JOIN pg_constraint c ON c.oid = k.objid
WHERE k.contype = 'f' AND EXISTS (
    SELECT FROM pg_constraint older
    WHERE older.conrelid = c.conrelid AND older.contype = 'f' AND older.oid < c.oid AND older.confrelid = c.confrelid
      AND ARRAY(SELECT (a, b)::text FROM unnest(older.conkey, older.confkey) AS pair (a, b) ORDER BY 1)
        = ARRAY(SELECT (a, b)::text FROM unnest(c.conkey, c.confkey) AS pair (a, b) ORDER BY 1));

CREATE VIEW truth.index_violations (rule, relid, schema_name, table_name, object_name) AS
SELECT 'misnamed_index', relid, schema_name, table_name, index_name
FROM truth.indexes
WHERE contype = '' AND own AND NOT is_migration_table AND NOT truth.fits(index_name, 'ix_' || table_name || '_', true)
  AND NOT (indisunique AND truth.fits(index_name, 'uq_' || table_name || '_', true))
UNION ALL
SELECT 'invalid_index', relid, schema_name, table_name, index_name FROM truth.indexes WHERE NOT counts
UNION ALL
SELECT 'duplicate_index', a.relid, a.schema_name, a.table_name, a.index_name
FROM truth.indexes a
WHERE own AND counts AND NOT indisprimary AND EXISTS (
    SELECT FROM truth.indexes b
    WHERE b.relid = a.relid AND b.counts AND b.likeness = a.likeness AND NOT (a.contype = 'x' AND b.contype = 'x')
      AND (NOT a.indisprimary, a.contype = '', a.own, a.index_id)
        > (NOT b.indisprimary, b.contype = '', b.own, b.index_id))
UNION ALL
SELECT 'redundant_index', a.relid, a.schema_name, a.table_name, a.index_name
FROM truth.indexes a
WHERE own AND counts AND amname = 'btree' AND NOT indisunique AND contype = '' AND predicate IS NULL AND 0 <> ALL (key)
  AND EXISTS (
      SELECT FROM truth.indexes b
      WHERE b.relid = a.relid AND b.index_id <> a.index_id AND b.counts AND b.amname = 'btree' AND b.predicate IS NULL
        AND b.reading[1:cardinality(a.reading)] = a.reading AND a.included <@ (b.key || b.included)
        AND b.likeness <> a.likeness
        -- Of two that cover each other the older one stays.
        AND NOT (b.reading = a.reading AND NOT b.indisunique AND b.included <@ (a.key || a.included)
                 AND b.index_id > a.index_id))
UNION ALL
SELECT 'tenant_index_too_short', i.relid, i.schema_name, i.table_name, index_name
FROM truth.indexes i JOIN truth.all_columns c ON c.relid = i.relid AND i.key = ARRAY[c.attnum]
WHERE own AND NOT indisunique AND contype = '' AND predicate IS NULL AND included = '{}' AND NOT i.is_migration_table
  AND attname = truth.tenant_column()
  AND EXISTS (SELECT FROM truth.all_columns other WHERE other.relid = i.relid AND other.attnum <> c.attnum);

-- A type stands where a table does, and the attributes of a composite one where columns do.
CREATE VIEW truth.type_violations (rule, relid, schema_name, table_name, object_name) AS
SELECT 'misnamed_type', relid, schema_name, table_name, NULL::name
FROM truth.types WHERE table_name !~ '^[a-z][a-z0-9_]*$'
UNION ALL
SELECT 'misnamed_column', relid, schema_name, table_name, attname
FROM truth.attributes WHERE attname !~ '^[a-z][a-z0-9_]*$'
UNION ALL
SELECT 'discouraged_type', relid, schema_name, table_name, NULL
FROM truth.types WHERE typtype = 'd' AND truth.is_discouraged(typbasetype)
UNION ALL
SELECT 'discouraged_type', relid, schema_name, table_name, attname
FROM truth.attributes WHERE truth.is_discouraged(atttypid)
UNION ALL
SELECT 'timestamp_without_time_zone', relid, schema_name, table_name, NULL
FROM truth.types WHERE typtype = 'd' AND typbasetype IN (SELECT oid FROM truth.naive_types)
UNION ALL
SELECT 'timestamp_without_time_zone', relid, schema_name, table_name, attname
FROM truth.attributes WHERE atttypid IN (SELECT oid FROM truth.naive_types);

-- All names of a table or type are one violation; of a single name it is the column's.
CREATE VIEW truth.name_violations (rule, relid, schema_name, table_name, object_name) AS
SELECT 'identifier_needs_quotes', relid, schema_name, table_name, CASE count(*) WHEN 1 THEN min(name)::name END
FROM (SELECT relid, schema_name, table_name, NULL::text FROM truth.entities WHERE truth.needs_quotes(table_name, false)
      UNION ALL
      SELECT relid, schema_name, table_name, NULL FROM truth.types WHERE truth.needs_quotes(table_name, true)
      UNION ALL
      SELECT relid, schema_name, table_name, attname FROM truth.columns WHERE truth.needs_quotes(attname, false)
      UNION ALL
      SELECT relid, schema_name, table_name, attname FROM truth.attributes WHERE truth.needs_quotes(attname, false)
     ) AS names (relid, schema_name, table_name, name)
GROUP BY relid, schema_name, table_name;

CREATE VIEW truth.every_violation AS
SELECT * FROM truth.column_violations
UNION ALL SELECT * FROM truth.table_violations
UNION ALL SELECT * FROM truth.constraint_violations
UNION ALL SELECT * FROM truth.index_violations
UNION ALL SELECT * FROM truth.type_violations
UNION ALL SELECT * FROM truth.name_violations
UNION ALL SELECT rule, relid, schema_name, table_name, object_name FROM truth.violations;
