"""Rows for every table of a finished database, so that its fixes meet data.

A row has the same number in all of its columns, or what stands for it there, so that every foreign key finds its row.
"""

from psycopg import sql

NUMBERS = (1, 2)
VALUES = {
    "bool": "true",
    "date": "2020-01-0{}",
    "interval": "{} hours",
    "json": "[{}]",
    "jsonb": "[{}]",
    "timestamp": "2020-01-0{}",
    "timestamptz": "2020-01-0{} UTC",
    "uuid": "00000000-0000-0000-0000-00000000000{}",
}
# With the strings that a check allows for a column.
COLUMNS = """
    SELECT relname, attname, typname, ARRAY(
        SELECT string[1]
        FROM pg_constraint, regexp_matches(pg_get_constraintdef(pg_constraint.oid), '''(.*?)''', 'g') AS string
        WHERE conrelid = attrelid AND contype = 'c' AND attnum = ANY (conkey))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND relname !~ '^alembic_version|^django_migrations$'
"""


def value(type_name, allowed, number):
    return allowed[number % len(allowed)] if allowed else VALUES.get(type_name, "{}").format(number)


def fill(connection):
    """Adds rows to each table, and replaces the nulls that the migrations have left."""
    # What a row refers to may come later.
    connection.execute("SET session_replication_role = replica")
    tables = {}
    for table, column, *kind in connection.execute(COLUMNS).fetchall():
        tables.setdefault(table, []).append((sql.Identifier(column), kind))
    for name, columns in tables.items():
        table = sql.Identifier("public", name)
        names = sql.SQL(", ").join(column for column, _ in columns)
        for number in NUMBERS:
            values = sql.SQL(", ").join(value(*kind, number) for _, kind in columns)
            connection.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(table, names, values)
            )
        for column, kind in columns:
            update = sql.SQL("UPDATE {} SET {column} = {} WHERE {column} IS NULL")
            connection.execute(update.format(table, value(*kind, NUMBERS[0]), column=column))
    connection.execute("RESET session_replication_role")
