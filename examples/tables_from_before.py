"""The chapter of the demo about what was there before: audit, baseline and exemption, on a small table.

Needs the database "shop" as shop_demo.py leaves it.
"""

import psycopg
from showing import check, heading, prose, rules_of, show_message

FROM_BEFORE = """CREATE TABLE before.visits (
    id uuid CONSTRAINT pk_visits PRIMARY KEY,
    customer_id uuid NOT NULL CONSTRAINT fk_visits_customer_id REFERENCES customers ON DELETE CASCADE,
    seen_at timestamp NOT NULL
)"""
NEW_COLUMN = "ALTER TABLE before.visits ADD COLUMN left_at timestamp"
EXEMPT = """SELECT guardrail.exempt('timestamp_without_time_zone', 'before.visits', 'left_at',
    reason => 'the counter at the door knows no time zone', expires_at => now() + interval '1 year')"""


def rows(connection: psycopg.Connection, query: str) -> list[tuple]:
    """Runs a query that is shown as in psql, with the rows that it returns."""
    print(f"shop=# {query};")
    found = connection.execute(query).fetchall()
    for row in found:
        print(f"  {' | '.join('' if value is None else str(value) for value in row)}")
    print()
    return found


def refusal_of(connection: psycopg.Connection, sql: str) -> list[str] | None:
    """Runs a statement. Returns the rules for which it was refused, and None if it passes."""
    print(f"shop=# {sql};")
    try:
        connection.execute(sql)
    except psycopg.Error as error:
        show_message(error)
        return rules_of(error)
    finally:
        print()
    return None


def tables_from_before(number: int) -> None:
    heading(f"{number}. A table from before, and an exception")
    prose(
        """What was there before pg_guardrail came is never refused. The audit finds it. Frozen, it is accepted as it is,
        while everything new is checked; an exemption, with its reason, is for what must be different."""
    )
    with psycopg.connect(dbname="shop", autocommit=True) as connection:
        check(
            not rows(connection, "SELECT rule, table_name FROM guardrail.audit()"),
            "the audit finds nothing in the tables of the revisions",
        )
        # Made as if pg_guardrail had not been there, in a schema that Alembic does not look at.
        connection.execute("SET guardrail.mode = off")
        connection.execute("CREATE SCHEMA before")
        connection.execute(FROM_BEFORE)
        connection.execute("SET guardrail.mode = enforce")
        # Without the rule that every change is a migration: this is done by hand.
        connection.execute("SET guardrail.preset = 'core'")
        print(f"-- from before\n{FROM_BEFORE};\n")

        found = rows(connection, "SELECT rule, column_name, status FROM guardrail.audit(schemas => 'before')")
        check(
            sorted(row[0] for row in found) == ["fk_without_index", "timestamp_without_time_zone"],
            "the audit finds fk_without_index and timestamp_without_time_zone in the table from before",
        )
        frozen = rows(connection, "SELECT guardrail.freeze()")
        check(frozen == [(2,)], "both are frozen")
        check(refusal_of(connection, "SELECT guardrail.assert_clean()") is None, "so the database counts as clean")

        check(
            refusal_of(connection, NEW_COLUMN) == ["timestamp_without_time_zone"],
            "a new column of the same kind is refused all the same",
        )
        rows(connection, EXEMPT)
        check(refusal_of(connection, NEW_COLUMN) is None, "with an exemption it passes")
        status = "SELECT column_name, status FROM guardrail.audit(rules => 'timestamp_without_time_zone') ORDER BY status"
        check(
            rows(connection, status) == [("left_at", "exempt"), ("seen_at", "frozen")],
            "and the audit tells the two apart",
        )
