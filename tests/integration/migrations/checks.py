"""The questions that every tool's history is put to."""

from collections import Counter
from pathlib import Path

import catalog
from guard import name_violation
from history import History

HERE = Path(__file__).parent
TRUTH = [catalog.TRUTH, HERE / "facts.sql", HERE / "every_rule.sql"]
FOUND = "SELECT rule, schema_name, table_name, object_name, NULL FROM truth.every_violation"
# These rules are about what is done, and a finished database shows no violation of them.
DONE = ["direct_ddl", "unrecorded_migration", "destructive_change", "identifier_too_long"]
OF_STATEMENTS = {"unnamed_constraint", *DONE}

NOW = """
    SELECT rule || ' ' || schema_name || '.' || table_name || '.' || object_name FROM truth.violations
    WHERE schema_name <> 'truth'
"""


def expect_reported_is_what_was_added(database):
    """Everything that the migrations added was reported in that moment, and nothing else, object by object."""
    with database.connect() as connection:
        added = History(connection).added
    reported = Counter(database.reported())
    assert sorted((reported - added).elements()) == [], "reported, but not added"
    assert sorted((added - reported).elements()) == [], "added, but not reported"
    return Counter(violation.split()[0] for violation in added.elements())


def expect_standing_is_what_the_catalog_shows(database):
    """What was reported and neither fixed nor dropped since is what the queries find now, and the other way round."""
    with database.connect() as connection:
        history = History(connection)
    by_catalog = [violation for violation in history.standing if not violation.startswith("unnamed_constraint")]
    assert by_catalog == sorted(row[0] for row in database.rows(NOW))
    return history.standing


def find_violations(database):
    """Counts the violations that the queries find in a database."""
    return Counter(name_violation(*row) for row in database.rows(FOUND))


def expect_refusal(done):
    """The tool stopped, and its output shows one of the guard's refusals."""
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert "Rule: " in output or " conventions" in output, output
    assert "HINT:" in output, output
