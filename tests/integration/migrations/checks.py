"""The questions that every tool's history is put to."""

from collections import Counter
from pathlib import Path

import catalog
from guard import name
from history import History

HERE = Path(__file__).parent
TRUTH = [catalog.TRUTH, HERE / "facts.sql", HERE / "every_rule.sql"]
FOUND = "SELECT rule, schema_name, table_name, object_name, NULL FROM truth.every_violation"
# Rules about what is done, of which a finished database shows nothing.
DONE = ["direct_ddl", "unrecorded_migration", "destructive_change", "identifier_too_long"]
OF_STATEMENTS = {"unnamed_constraint", *DONE}

NOW = """
    SELECT rule || ' ' || schema_name || '.' || table_name || '.' || object_name FROM truth.violations
    WHERE schema_name <> 'truth'
"""


def reported_is_what_was_added(database):
    """Everything that the migrations added was reported in that moment, and nothing else, object by object."""
    with database.connect() as connection:
        added = History(connection).added
    reported = Counter(database.reported())
    assert sorted((reported - added).elements()) == [], "reported, but not so"
    assert sorted((added - reported).elements()) == [], "so, but not reported"
    return Counter(violation.split()[0] for violation in added.elements())


def standing_is_what_the_catalog_shows(database):
    """What was reported and neither mended nor dropped since is what the queries find now, and the other way round."""
    with database.connect() as connection:
        history = History(connection)
    by_catalog = [violation for violation in history.standing if not violation.startswith("unnamed_constraint")]
    assert by_catalog == sorted(row[0] for row in database.rows(NOW))
    return history.standing


def found(database):
    """What the queries find in a database, once for each time."""
    return Counter(name(*row) for row in database.rows(FOUND))


def refused(done):
    """The tool stopped at one of the guard's refusals."""
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Rule: " in said or " conventions" in said, said
    assert "HINT:" in said, said
