"""The rules about what is done rather than what is there then, followed through whole histories.

Each report is in a journal of the statements and transactions, and everything of the kind that is there is reported.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RULES = ["direct_ddl", "unrecorded_migration", "destructive_change", "identifier_too_long"]
SETTINGS = {"mode": "warn", "preset": "none", "ddl_applications": "migrator", **dict.fromkeys(RULES, "warning")}
LONG = "long" * 16

HISTORIES = {
    "wagtail": lambda database: database.django(**SETTINGS),
    "mlflow": lambda database: database.mlflow(**SETTINGS),
}
# What the tools do not do.
BY_HAND = [
    "CREATE TABLE extra (id bigint, note text, more text, most text)",
    "INSERT INTO extra (id, more, most) VALUES (1, 'x', 'y')",
    "ALTER TABLE extra DROP COLUMN note, DROP COLUMN IF EXISTS other",
    "ALTER TABLE extra DROP COLUMN more, ADD COLUMN note text, DROP COLUMN IF EXISTS most",
    f"CREATE INDEX {LONG} ON extra (id)",
    f"""CREATE INDEX "By {LONG}" ON extra (note) WHERE note <> '{LONG}' -- {LONG}""",
    f"ALTER TABLE extra ADD COLUMN a{LONG[:62]} text DEFAULT '{LONG}', ADD COLUMN b{LONG} text",
    "CREATE MATERIALIZED VIEW seen AS SELECT id FROM extra",
    "REFRESH MATERIALIZED VIEW seen",
    "REINDEX TABLE extra",
    "CREATE TEMPORARY TABLE passing (id bigint)",
    "SET application_name = 'migrator'",
    "CREATE TABLE by_the_migrator (id bigint)",
    "DROP TABLE by_the_migrator",
    "RESET application_name",
    "DROP MATERIALIZED VIEW seen",
    "DROP TABLE IF EXISTS extra",
    "DROP TABLE IF EXISTS extra",
]
# How a report says what it is about.
ABOUT = {
    "direct_ddl": r'application "" is not meant to run (.+)',
    "destructive_change": r'(?:column "(.+)" of )?table "public\.(.+)" holds data that DROP \w+ would lose',
    "identifier_too_long": r'name "(.+)" is longer than 63 bytes',
    "unrecorded_migration": r'transaction changes table "public\.(.+?)"(?: and (\d+) more)? without .+',
}


@pytest.fixture(scope="module", params=HISTORIES)
def database(migrations, request):
    """A history under the rules about statements, and some more by hand."""
    database = migrations()
    database.execute(HERE / "steps.sql")
    for done in (HISTORIES[request.param](database), database.statements(*BY_HAND, **SETTINGS)):
        assert done.returncode == 0, done.stderr
    return database


def reports(database, wanted):
    """The parts of the reports of a rule, last one first."""
    messages = [notice["message_primary"] for rule, notice in database.warnings() if rule == wanted]
    found = [re.fullmatch(ABOUT[wanted], message) for message in messages]
    assert found and all(found), messages
    return [one.groups()[::-1] for one in found]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "unrecorded_migration"])
def test_each_statement(database, rule):
    reported = Counter(".".join(filter(None, parts)) for parts in reports(database, rule))
    found = Counter(
        about for (about,) in database.rows(f"SELECT about FROM truth.statement_violations WHERE rule = '{rule}'")
    )
    assert reported - found == Counter(), "reported, but not so"
    assert found - reported == Counter(), "so, but not reported"


def test_each_transaction(database):
    """In their order, each with one of its tables and how many others."""
    reported = reports(database, "unrecorded_migration")
    found = database.rows("SELECT tables, names FROM truth.unrecorded_transactions ORDER BY transaction")
    assert [int(others or 0) + 1 for others, _ in reported] == [tables for tables, _ in found]
    assert [table for (_, table), (_, names) in zip(reported, found) if table not in names] == []


def test_recorded_transactions_pass(database):
    changed, unrecorded = database.rows(
        "SELECT (SELECT count(DISTINCT transaction) FROM truth.changes), count(*) FROM truth.unrecorded_transactions"
    )[0]
    assert 0 < unrecorded < changed
