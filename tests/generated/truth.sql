-- Where the audit and queries that do not use the extension disagree about some rules. The queries of the core rules
-- are those of tests/integration/support/truth.sql; the others stand here.
WITH stated AS (
    SELECT rule, schema_name, table_name, object_name FROM truth.violations
    WHERE NOT (rule = 'fk_without_index' AND EXISTS (
        -- Such a key needs none. The column is there from PostgreSQL 18 on.
        SELECT FROM pg_constraint k WHERE k.oid = objid AND to_jsonb(k) ->> 'conenforced' = 'false'))
    UNION ALL
    SELECT 'table_without_primary_key', schema_name, table_name, NULL
    FROM truth.tables JOIN pg_class ON oid = relid
    WHERE relkind <> 'f' AND NOT relispartition
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relid AND contype = 'p')
      -- A table that is partitioned by an expression can have none.
      AND NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = relid AND 0 = ANY (partattrs))
    UNION ALL
    SELECT 'unlogged_table', schema_name, table_name, NULL
    FROM truth.tables JOIN pg_class ON oid = relid WHERE relpersistence = 'u'
), expected AS (
    SELECT rule, schema_name, table_name, object_name FROM stated
    -- Patterns of exempt tables are matched against schema.table, too.
    WHERE schema_name <> 'attic' AND schema_name !~ '^scratch_' AND table_name !~ '^scratch_'
      AND table_name !~ '^(alembic_version)$'
      -- Members of an extension are not checked.
      AND NOT EXISTS (SELECT FROM pg_depend
                      WHERE classid = 'pg_class'::regclass
                        AND objid = format('%I.%I', schema_name, table_name)::regclass
                        AND refclassid = 'pg_extension'::regclass AND deptype = 'e')
      AND rule IN (SELECT id FROM guardrail.rules WHERE level <> 'off')
      AND NOT (rule = 'fk_without_on_delete' AND current_setting('guardrail.fk_on_delete_actions') <> '{actions}')
      AND NOT (rule = 'fk_without_index' AND current_setting('guardrail.fk_index_ignored_columns') <> '')
), audited AS (
    SELECT rule, schema_name, table_name, coalesce(column_name, constraint_name) AS object_name
    FROM guardrail.audit(rules => '{rules}')
    WHERE (schema_name, table_name) IN (SELECT schema_name, table_name FROM truth.tables)
      AND NOT (rule = 'fk_without_on_delete' AND current_setting('guardrail.fk_on_delete_actions') <> '{actions}')
      AND NOT (rule = 'fk_without_index' AND current_setting('guardrail.fk_index_ignored_columns') <> '')
)
SELECT coalesce(json_agg(concat_ws(' ', who, rule, schema_name, table_name, object_name)), '[]')
FROM (
    SELECT 'only the audit:', * FROM (TABLE audited EXCEPT TABLE expected) AS more
    UNION ALL SELECT 'only the query:', * FROM (TABLE expected EXCEPT TABLE audited) AS less
) AS difference (who)
