"""Whole histories run under the rules about statements and transactions.

They report exactly what a journal of the statements shows.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from checks import DONE, TRUTH

STEPS = Path(__file__).parent / "steps.sql"
SETTINGS = {"mode": "warn", "preset": "none", "ddl_applications": "migrator", **dict.fromkeys(DONE, "warning")}
LONG = "long" * 16

HISTORIES = {
    "wagtail": lambda database, **settings: database.django(**settings),
    "mlflow": lambda database, **settings: database.mlflow(**settings),
}
# Statements of a kind that the tools do not run.
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
# How the message of each rule names what it is about.
ABOUT = {
    "direct_ddl": r'application "" is not meant to run (.+)',
    "destructive_change": r'(?:column "(.+)" of )?table "public\.(.+)" holds data that DROP \w+ would lose',
    "identifier_too_long": r'name "(.+)" is longer than 63 bytes',
    "unrecorded_migration": r'transaction changes table "public\.(.+?)"(?: and (\d+) more)? without .+',
}


@pytest.fixture(scope="module", params=HISTORIES)
def database(migrations, request):
    """A database after a history and some statements by hand."""
    database = migrations()
    database.execute(*TRUTH, STEPS)
    for done in (HISTORIES[request.param](database, **SETTINGS), database.statements(*BY_HAND, **SETTINGS)):
        assert done.returncode == 0, done.stderr
    return database


def read_reports(database, wanted):
    """Returns what each report of a rule is about: the parts of its message that ABOUT names, the last part first."""
    messages = [notice["message_primary"] for rule, notice in database.warnings() if rule == wanted]
    matches = [re.fullmatch(ABOUT[wanted], message) for message in messages]
    assert matches, messages
    assert all(matches), messages
    return [match.groups()[::-1] for match in matches]


@pytest.mark.parametrize("rule", [rule for rule in DONE if rule != "unrecorded_migration"])
def test_each_statement(database, rule):
    reported = Counter(".".join(filter(None, parts)) for parts in read_reports(database, rule))
    rows = database.rows(f"SELECT about FROM truth.statement_violations WHERE rule = '{rule}'")
    expected = Counter(about for (about,) in rows)
    assert reported - expected == Counter(), "reported, but no violation"
    assert expected - reported == Counter(), "a violation, but not reported"


def test_each_transaction(database):
    """The transactions are reported in their order, each with one of its tables and the number of the others."""
    reported = read_reports(database, "unrecorded_migration")
    expected = database.rows("SELECT tables, names FROM truth.unrecorded_transactions ORDER BY transaction")
    assert [int(others or 0) + 1 for others, _ in reported] == [tables for tables, _ in expected]
    assert [table for (_, table), (_, names) in zip(reported, expected, strict=True) if table not in names] == []


def test_recorded_transactions_pass(database):
    changed, unrecorded = database.rows(
        "SELECT (SELECT count(DISTINCT transaction) FROM truth.changes), count(*) FROM truth.unrecorded_transactions"
    )[0]
    assert 0 < unrecorded < changed
