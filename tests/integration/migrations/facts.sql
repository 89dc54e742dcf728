-- What the queries in every_rule.sql ask about: tables, columns, types and indexes, out of the catalog and without the
-- extension, on top of truth.sql.

CREATE FUNCTION truth.is_not_judged(schema_name name) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT schema_name IN ('pg_catalog', 'information_schema', 'guardrail', 'truth') OR schema_name ~ '^pg_toast'
$$;

-- What a domain (of domains) is over; with `into_arrays`, also what arrays are made of.
CREATE FUNCTION truth.base(type_id oid, modifier integer, into_arrays boolean, OUT id oid, OUT length integer)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below (id, length, depth) AS (
        SELECT type_id, modifier, 0
        UNION ALL
        SELECT CASE typtype WHEN 'd' THEN typbasetype ELSE typelem END,
               CASE typtype WHEN 'd' THEN typtypmod ELSE length END, depth + 1
        FROM below JOIN pg_type ON oid = id
        WHERE typtype = 'd' OR into_arrays AND typcategory = 'A'
    )
    SELECT id, length FROM below ORDER BY depth DESC LIMIT 1
$$;

-- The conditions of a check that hold together: those joined by AND, where nothing is joined by OR.
CREATE FUNCTION truth.conditions(check_id oid) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT btrim(part, '()')
    FROM regexp_replace(pg_get_constraintdef(check_id), '^CHECK | NOT VALID$', '', 'g') AS definition,
         regexp_split_to_table(definition, ' AND ') AS part
    WHERE definition !~ ' OR '
$$;

-- The strings that a check lists for a column, where it does nothing else.
CREATE FUNCTION truth.listed_strings(check_id oid, column_name name) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT DISTINCT one[1] FROM regexp_matches(plain, '''([^'']*)''', 'g') AS one)
    FROM regexp_replace(pg_get_constraintdef(check_id),
             '[()]|::(text|character varying|bpchar|character)(\[\])?|^CHECK | NOT VALID$', '', 'g') AS plain
    WHERE plain ~ format('^%s = ANY ARRAY\[(''[^'']*''(, )?)+\]$', quote_ident(column_name))
       OR plain ~ format('^%1$s = ''[^'']*''( OR %1$s = ''[^'']*'')*$', quote_ident(column_name))
$$;

CREATE VIEW truth.entities AS
SELECT t.*, c.relkind, c.relpersistence, c.relispartition AS is_partition, c.relrowsecurity,
       coalesce(p.partattrs::smallint[], '{}') AS partition_columns,
       t.table_name IN ('alembic_version', 'django_migrations', 'schema_migrations') AS is_migration_table
FROM truth.tables t JOIN pg_class c ON c.oid = t.relid LEFT JOIN pg_partitioned_table p ON p.partrelid = t.relid;

-- The columns of tables, those that come from a parent among them.
CREATE VIEW truth.all_columns AS
SELECT t.*, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attinhcount, a.attgenerated <> '' AS is_generated,
       a.attidentity, b.id AS base_type, b.length AS base_modifier,
       coalesce(col_description(t.relid, a.attnum), '') AS comment,
       a.atthasdef OR a.attidentity <> '' OR d.typdefault IS NOT NULL AS has_default,
       NOT (a.attnotnull
            OR EXISTS (
                WITH RECURSIVE domains (id) AS (
                    SELECT a.atttypid UNION SELECT typbasetype FROM domains JOIN pg_type ON oid = id AND typtype = 'd')
                SELECT FROM domains JOIN pg_type ON oid = id WHERE typnotnull)
            OR EXISTS (
                SELECT FROM pg_constraint, truth.conditions(oid) AS condition
                WHERE conrelid = t.relid AND contype = 'c' AND convalidated
                  AND condition = format('%I IS NOT NULL', a.attname))) AS may_be_null,
       EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.relid AND contype = 'f' AND a.attnum = ANY (conkey))
           AS is_in_foreign_key
FROM truth.entities t JOIN pg_attribute a ON a.attrelid = t.relid JOIN pg_type d ON d.oid = a.atttypid,
     LATERAL truth.base(a.atttypid, a.atttypmod, false) AS b
WHERE a.attnum > 0 AND NOT a.attisdropped;

CREATE VIEW truth.columns AS SELECT * FROM truth.all_columns WHERE attinhcount = 0;

-- Types other than those of tables, and their attributes; a type stands where a table does elsewhere.
CREATE VIEW truth.types AS
SELECT t.oid AS relid, t.typtype, t.typbasetype, t.typrelid, n.nspname AS schema_name, t.typname AS table_name
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c') AND NOT truth.is_not_judged(n.nspname);

CREATE VIEW truth.attributes AS
SELECT t.*, a.attname, a.atttypid
FROM truth.types t JOIN pg_attribute a ON a.attrelid = t.typrelid WHERE a.attnum > 0 AND NOT a.attisdropped;

-- Indexes. `own` is what a partition does not have from the partitioned table; `likeness` is what makes two of them
-- equal; `reading` is, for each key column, what makes two indexes serve the same search.
CREATE VIEW truth.indexes AS
SELECT t.*, c.oid AS index_id, c.relname AS index_name, m.amname, i.indisunique, i.indisprimary,
       coalesce(k.contype, '') AS contype, NOT c.relispartition AS own, i.indisvalid OR t.relkind = 'p' AS counts,
       -- An int2vector counts from 0; a part of it counts from 1, like other arrays.
       (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS key, (i.indkey::smallint[])[i.indnkeyatts:] AS included,
       ARRAY(SELECT (number, class, collation_id, way)::text
             FROM unnest(i.indkey::smallint[], i.indclass::oid[], i.indcollation::oid[], i.indoption::smallint[])
                 WITH ORDINALITY AS u (number, class, collation_id, way, place)
             WHERE place <= i.indnkeyatts ORDER BY place) AS reading,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       (m.amname, i.indkey, i.indclass, i.indcollation, i.indoption, i.indnkeyatts, i.indisunique, i.indimmediate,
        to_jsonb(i) ->> 'indnullsnotdistinct',  -- from PostgreSQL 15
        pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid))::text AS likeness
FROM truth.entities t JOIN pg_index i ON i.indrelid = t.relid JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = t.relid AND k.contype IN ('p', 'u', 'x');

CREATE FUNCTION truth.tenant_column() RETURNS name LANGUAGE sql IMMUTABLE AS $$ SELECT 'locale_id'::name $$;

-- The columns of the foreign keys of a table, without the key of the tenant column alone and keys within others.
CREATE VIEW truth.foreign_keys AS
WITH keys AS (
    SELECT DISTINCT conrelid AS relid, ARRAY(SELECT unnest(conkey) ORDER BY 1) AS key
    FROM pg_constraint
    WHERE contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = conrelid AND ARRAY[attnum] = conkey AND attname = truth.tenant_column())
)
SELECT * FROM keys a
WHERE NOT EXISTS (SELECT FROM keys b WHERE b.relid = a.relid AND a.key <@ b.key AND a.key <> b.key);

-- A unique index, of a constraint or not, holds for all rows when its condition is nothing but NOT NULL.
CREATE VIEW truth.unique_keys AS
SELECT relid, key FROM truth.indexes
WHERE indisunique AND counts AND 0 <> ALL (key)
  AND regexp_replace(coalesce(predicate, ''), '[()"]|\w+ IS NOT NULL| AND ', '', 'g') = '';

-- A table that only links rows of others: nothing but the columns of two or more foreign keys, a key of its own over
-- one column, the required columns and the tenant column. It is an entity when it has a key of its own and a foreign
-- key that may be empty, or when one of the foreign keys alone tells its rows apart.
CREATE VIEW truth.links AS
SELECT t.*, ends
FROM truth.entities t,
     LATERAL (SELECT array_agg(number) AS ends
              FROM truth.foreign_keys f, unnest(f.key) AS number
              WHERE f.relid = t.relid HAVING count(DISTINCT f.key) >= 2) AS found,
     LATERAL (SELECT coalesce(max(i.key), '{}') AS own_key
              FROM truth.indexes i
              WHERE i.relid = t.relid AND indisprimary AND cardinality(i.key) = 1 AND NOT i.key <@ ends) AS surrogate
WHERE NOT EXISTS (
      SELECT FROM truth.all_columns c
      WHERE c.relid = t.relid AND attnum <> ALL (ends || own_key)
        AND attname NOT IN ('created_at', 'updated_at', truth.tenant_column()))
  AND (own_key = '{}' OR NOT EXISTS (
      SELECT FROM truth.all_columns c WHERE c.relid = t.relid AND attnum = ANY (ends) AND may_be_null))
  AND NOT EXISTS (
      SELECT FROM truth.unique_keys u JOIN truth.foreign_keys f USING (relid)
      WHERE u.relid = t.relid AND u.key <@ f.key);
