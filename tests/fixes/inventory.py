"""What is in the schema `app`: every object in a form that renaming and converting leave as it is, and the data."""

import re
from collections import Counter

from model import quote

OBJECTS = """
WITH r AS (SELECT * FROM pg_class WHERE relnamespace = to_regnamespace('app')),
     a AS (SELECT a.*, r.relkind FROM r JOIN pg_attribute a ON attrelid = r.oid
           WHERE attnum > 0 AND NOT attisdropped AND r.relkind IN ('r', 'p', 'f'))
SELECT format('table <%s>', oid) FROM r WHERE relkind IN ('r', 'p', 'f')
UNION ALL SELECT concat_ws(' ', 'view', relname, relacl, reloptions) FROM r WHERE relkind IN ('v', 'm')
UNION ALL SELECT concat_ws(' ', 'grant on table', format('<%s>', oid), relacl) FROM r WHERE relkind IN ('r', 'p') AND relacl IS NOT NULL
UNION ALL SELECT concat_ws(' ', 'row security of', format('<%s>', oid), relrowsecurity, relforcerowsecurity) FROM r WHERE relrowsecurity
UNION ALL SELECT concat_ws(' ', 'replica identity of', format('<%s>', oid), relreplident) FROM r WHERE relkind IN ('r', 'p')
UNION ALL SELECT concat_ws(' ', 'column', format('<%s>', attrelid), attnum) FROM a
UNION ALL SELECT concat_ws(' ', 'default of', format('<%s>', attrelid), attnum) FROM a
          WHERE attgenerated = '' AND (atthasdef OR attidentity <> '')
UNION ALL SELECT concat_ws(' ', 'generated', format('<%s>', attrelid), attnum, attgenerated) FROM a WHERE attgenerated <> ''
UNION ALL SELECT concat_ws(' ', 'NOT NULL of', format('<%s>', attrelid), attnum) FROM a WHERE attnotnull
UNION ALL SELECT concat_ws(' ', 'grant on column', format('<%s>', attrelid), attnum, attacl) FROM a WHERE attacl IS NOT NULL
UNION ALL SELECT concat_ws(' ', 'statistics target of', format('<%s>', attrelid), attnum, attstattarget) FROM a WHERE attstattarget > 0
UNION ALL SELECT concat_ws(' ', 'comment', description) FROM pg_description d JOIN pg_class c ON c.oid = objoid
          WHERE d.classoid = 'pg_class'::regclass AND relnamespace = to_regnamespace('app')
UNION ALL SELECT concat_ws(' ', 'comment on constraint', description) FROM pg_description d
          JOIN pg_constraint c ON c.oid = objoid
          WHERE d.classoid = 'pg_constraint'::regclass AND connamespace = to_regnamespace('app')
UNION ALL SELECT concat_ws(' ', 'inherits', format('<%s>', inhrelid), format('<%s>', inhparent), pg_get_expr(relpartbound, r.oid))
          FROM pg_inherits JOIN r ON r.oid = inhrelid WHERE relkind IN ('r', 'p')
UNION ALL SELECT concat_ws(' ', 'policy', format('<%s>', polrelid), polname, polcmd, polqual IS NULL)
          FROM pg_policy JOIN r ON r.oid = polrelid
UNION ALL SELECT concat_ws(' ', 'trigger', format('<%s>', tgrelid), tgname, tgattr, tgqual IS NULL, tgenabled)
          FROM pg_trigger JOIN r ON r.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT concat_ws(' ', 'rule', format('<%s>', ev_class), rulename) FROM pg_rewrite JOIN r ON r.oid = ev_class
          WHERE rulename <> '_RETURN'
UNION ALL SELECT concat_ws(' ', 'statistics', format('<%s>', stxrelid), stxname, stxkeys, stxexprs IS NULL)
          FROM pg_statistic_ext JOIN r ON r.oid = stxrelid
UNION ALL SELECT concat_ws(' ', 'publication', pubname, format('<%s>', prrelid), prqual IS NULL, prattrs)
          FROM pg_publication_rel JOIN pg_publication p ON p.oid = prpubid JOIN r ON r.oid = prrelid
UNION ALL SELECT concat_ws(' ', 'constraint', format('<%s>', conrelid), contype, conkey, format('<%s>', confrelid), confkey, condeferrable)
          FROM pg_constraint JOIN r ON r.oid = conrelid WHERE contype <> 'n'
UNION ALL SELECT concat_ws(' ', 'index', format('<%s>', indrelid), indkey, indisunique, indpred IS NULL, indexprs IS NULL, indoption)
          FROM pg_index JOIN r ON r.oid = indexrelid
UNION ALL SELECT concat_ws(' ', 'replica identity index', format('<%s>', indrelid), indkey)
          FROM pg_index JOIN r ON r.oid = indexrelid WHERE indisreplident
UNION ALL SELECT concat_ws(' ', 'clustered on', format('<%s>', indrelid), indkey)
          FROM pg_index JOIN r ON r.oid = indexrelid WHERE indisclustered
UNION ALL SELECT concat_ws(' ', 'function', proname) FROM pg_proc WHERE pronamespace = to_regnamespace('app')
UNION ALL SELECT concat_ws(' ', 'type', typtype) FROM pg_type
          WHERE typnamespace = to_regnamespace('app') AND typtype IN ('d', 'e', 'r')
"""

TABLES = """
SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace('app') AND relkind IN ('r', 'p', 'f') ORDER BY oid
"""

COLUMNS = """
SELECT c.oid, relname, relkind, attnum, attname, atttypid, attgenerated, attidentity
FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
WHERE relnamespace = to_regnamespace('app') AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
  AND attnum > 0 AND NOT attisdropped
ORDER BY c.oid, attnum
"""

# The expressions that give the next value of a column with a sequence.
COUNTED = """
SELECT c.oid, format('%I.%I', nspname, relname), attnum, attname,
       CASE WHEN attidentity = '' THEN pg_get_expr(adbin, adrelid)
            ELSE format('nextval(%L)', pg_get_serial_sequence(format('%I.%I', nspname, relname), attname)) END
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = c.oid
     LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
WHERE nspname = 'app' AND relkind IN ('r', 'p') AND NOT relispartition AND NOT attisdropped
  AND (attidentity <> '' OR pg_get_expr(adbin, adrelid) LIKE 'nextval(%')
"""


def ranks(connection):
    """Numbers the tables in the order in which they were made, which is the same each time a case is run."""
    return {str(oid): f"table {number}" for number, (oid,) in enumerate(connection.execute(TABLES), 1)}


def objects(connection):
    rank = ranks(connection)
    entries = [entry for (entry,) in connection.execute(OBJECTS)]
    return Counter(re.sub(r"<(\d+)>", lambda match: rank.get(match[1], match[1]), entry) for entry in entries)


def relations(connection):
    """Returns for each table and view its name, its kind and its columns."""
    found = {}
    for oid, name, kind, *column in connection.execute(COLUMNS):
        found.setdefault(oid, (f"app.{quote(name)}", kind, []))[2].append(column)
    return found


def read_data(connection):
    """Returns for each column of each table its type, how many values it has, and a checksum; and the number of rows."""
    data, rank = {}, ranks(connection)
    for oid, (name, kind, columns) in relations(connection).items():
        if kind not in ("r", "p"):
            continue
        table = rank[str(oid)]
        columns = [column for column in columns if not column[3]]  # A generated column follows the others.
        sums = "".join(
            f", count({quote(column)}), md5(string_agg({quote(column)}::text, ' ' ORDER BY {quote(column)}::text))"
            for _, column, *_ in columns
        )
        rows, *found = connection.execute(f"SELECT count(*){sums} FROM {name}").fetchone()
        data[table] = rows
        for (number, _, type, *_), count, checksum in zip(columns, found[::2], found[1::2]):
            data[table, number] = (type, count, checksum)
    return data


def compare_data(before, after):
    """Names what is gone: a table, a column, values. A column that was converted keeps the number of its values."""
    for key, old in before.items():
        new = after.get(key)
        if new is None:
            return f"the data of {key} are gone"
        if isinstance(key, tuple):
            if new[1] < old[1] or new[0] == old[0] and new[1] == old[1] and new[2] != old[2]:
                return f"the values of column {key[1]} of {key[0]} have changed: {old} -> {new}"
        elif new != old:
            return f"{old} rows have become {new}"
    return None


def taken(connection):
    """Returns the columns whose next value is one that a row has already."""
    found, rank = set(), ranks(connection)
    for oid, table, number, column, next_value in connection.execute(COUNTED).fetchall():
        is_taken = f"WITH next AS MATERIALIZED (SELECT {next_value} AS value) SELECT FROM {table}, next WHERE {quote(column)} = value"
        if connection.execute(is_taken).rowcount:
            found.add((rank[str(oid)], number))
    return found


def read_views(connection):
    """Every view still answers."""
    for name, kind, _ in relations(connection).values():
        if kind == "m":
            connection.execute(f"REFRESH MATERIALIZED VIEW {name}")
        if kind in ("v", "m"):
            connection.execute(f"SELECT * FROM {name}").fetchall()


def write(connection):
    """Updates a row of the table with the marks, deletes another and inserts it again, published."""
    connection.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    for name, kind, columns in relations(connection).values():
        names = {column for _, column, *_ in columns}
        if kind not in ("r", "p") or "mark" not in names:
            continue
        written = [quote(column) for _, column, _, generated, _ in columns if not generated]
        updated = [quote(column) for _, column, _, generated, identity in columns if not generated and identity != "a"]
        sets = ", ".join(f"{column} = {column}" for column in updated)
        listed = ", ".join(written)
        connection.execute(f"UPDATE {name} SET {sets} WHERE mark = 2")
        connection.execute(
            f"WITH gone AS (DELETE FROM {name} WHERE mark = 3 RETURNING *)"
            f" INSERT INTO {name} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed} FROM gone"
        )
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return
