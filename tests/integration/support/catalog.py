"""Reads the catalog without the extension: a digest shows whether a refused statement left something behind.

TRUTH has the core rules as queries over the catalog.
"""

import pathlib

TRUTH = pathlib.Path(__file__).with_name("truth.sql")

# Columns that PostgreSQL changes in place, outside the transaction, are left out.
DIGEST = """
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
        SELECT concat_ws(' ', 'class', oid, relname, relnamespace, relkind, relowner, relpersistence,
                         relispartition, relfilenode) FROM pg_class WHERE oid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'attribute', attrelid, attnum, attname, atttypid, attnotnull, attisdropped,
                         attinhcount) FROM pg_attribute WHERE attrelid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'constraint', oid, conname, conrelid, contypid, conkey, confdeltype, convalidated,
                         condeferrable) FROM pg_constraint WHERE oid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'index', indexrelid, indisvalid, indisready, indislive)
            FROM pg_index WHERE indexrelid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'type', oid, typname, typnamespace) FROM pg_type WHERE oid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'namespace', oid, nspname) FROM pg_namespace WHERE oid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'extension', oid, extname) FROM pg_extension
        UNION ALL
        SELECT concat_ws(' ', 'trigger', oid, evtname, evtenabled) FROM pg_event_trigger
    ) AS catalog (line)
"""


def digest(guard):
    return guard.observe(DIGEST)
