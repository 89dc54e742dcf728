"""The questions that the tools' databases and runs are put to."""

from collections import Counter
from pathlib import Path

import catalog
from guard import name_violation

HERE = Path(__file__).parent
TRUTH = [catalog.TRUTH, HERE / "facts.sql", HERE / "every_rule.sql"]
FOUND = "SELECT rule, schema_name, table_name, object_name, NULL FROM truth.every_violation"
# These rules are about what is done, and a finished database shows no violation of them.
DONE = ["direct_ddl", "unrecorded_migration", "destructive_change", "identifier_too_long"]
OF_STATEMENTS = {"unnamed_constraint", *DONE}


def find_violations(database):
    """Counts the violations that the queries find in a database."""
    return Counter(name_violation(*row) for row in database.rows(FOUND))


def expect_refusal(done):
    """The tool stopped, and its output shows one of the guard's refusals."""
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert "Rule: " in output or " conventions" in output, output
    assert "HINT:" in output, output
