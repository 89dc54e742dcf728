"""What a dry run finds."""

import psycopg
from guard import name_violation

COLUMNS = "schema_name, table_name, coalesce(column_name, constraint_name, index_name), data_type"


def dry_run(session, sql):
    """A line for each violation: `statement:line rule table.object`, with a dash where no statement is named."""
    query = f"SELECT statement, line, rule, {COLUMNS} FROM guardrail.dry_run(%s)"
    rows = session.connection.execute(query, (sql,)).fetchall()
    place = "{0}:{1}".format
    return [f"{place(*row[:2]) if row[0] else '-'} {name_violation(*row[2:])}" for row in rows]


def dry_error(session, sql):
    """The error of a dry run."""
    try:
        dry_run(session, sql)
    except psycopg.Error as error:
        return error
    raise AssertionError(f"no error: {sql}")
