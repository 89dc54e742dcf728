"""Whole histories under every rule.

What is reported of what is done is in a journal of the statements and transactions, and the other way round. What
breaks a rule in the end was reported when it came.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from checks import DONE, OF_STATEMENTS, TRUTH, found

STEPS = Path(__file__).parent / "steps.sql"
SETTINGS = {"mode": "warn", "preset": "none", "ddl_applications": "migrator", **dict.fromkeys(DONE, "warning")}
LONG = "long" * 16

HISTORIES = {
    "wagtail": lambda database, **settings: database.django(**settings),
    "mlflow": lambda database, **settings: database.mlflow(**settings),
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
    """A history, and some more by hand. Unnamed constraints would not be reported as misnamed ones."""
    database = migrations()
    database.execute(*TRUTH, STEPS)
    rules = {rule for (rule,) in database.rows("SELECT id FROM guardrail.rules")} - OF_STATEMENTS
    (tenant,) = database.rows("SELECT truth.tenant_column()")[0]
    settings = SETTINGS | dict.fromkeys(rules, "warning") | {"tenant_column": tenant}
    for done in (HISTORIES[request.param](database, **settings), database.statements(*BY_HAND, **SETTINGS)):
        assert done.returncode == 0, done.stderr
    return database


def reports(database, wanted):
    """The parts of the reports of a rule, last one first."""
    messages = [notice["message_primary"] for rule, notice in database.warnings() if rule == wanted]
    matches = [re.fullmatch(ABOUT[wanted], message) for message in messages]
    assert matches and all(matches), messages
    return [match.groups()[::-1] for match in matches]


@pytest.mark.parametrize("rule", [rule for rule in DONE if rule != "unrecorded_migration"])
def test_each_statement(database, rule):
    reported = Counter(".".join(filter(None, parts)) for parts in reports(database, rule))
    rows = database.rows(f"SELECT about FROM truth.statement_violations WHERE rule = '{rule}'")
    so = Counter(about for (about,) in rows)
    assert reported - so == Counter(), "reported, but not so"
    assert so - reported == Counter(), "so, but not reported"


def test_each_transaction(database):
    """In their order, each with one of its tables and how many others."""
    reported = reports(database, "unrecorded_migration")
    so = database.rows("SELECT tables, names FROM truth.unrecorded_transactions ORDER BY transaction")
    assert [int(others or 0) + 1 for others, _ in reported] == [tables for tables, _ in so]
    assert [table for (_, table), (_, names) in zip(reported, so) if table not in names] == []


def test_recorded_transactions_pass(database):
    changed, unrecorded = database.rows(
        "SELECT (SELECT count(DISTINCT transaction) FROM truth.changes), count(*) FROM truth.unrecorded_transactions"
    )[0]
    assert 0 < unrecorded < changed


RENAMES = r"""
    SELECT name[1], name[2], name[3]
    FROM truth.statements,
         regexp_matches(statement, 'ALTER TABLE "?(\w+)"? RENAME (?:COLUMN "?(\w+)"? )?TO "?(\w+)') AS name
    ORDER BY entry DESC
"""


def names_so_far(violation, renames):
    """A violation of today under each name that its table and column have had, last one first."""
    rule, table, *part = re.split("[ .]", violation)
    yield violation
    for renamed, old, new in renames:
        if old is None and table == new:
            table = renamed
        elif table == renamed and part == [new]:
            part = [old]
        yield f"{rule} {'.'.join([table, *part])}"


def test_what_stands_was_reported(database):
    """When it came, and by the name that it had then."""
    reported = {violation.replace("public.", "").removesuffix(".None") for violation in database.reported()}
    renames, so = database.rows(RENAMES), found(database)
    assert len({violation.split()[0] for violation in so}) > 10
    assert [one for one in so if reported.isdisjoint(names_so_far(one, renames))] == []
