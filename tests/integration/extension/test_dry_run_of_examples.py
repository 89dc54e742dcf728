"""A dry run of the examples on the pages of the rules finds what running them finds."""

import re

import pytest
from pages import PAGES, clear_stage, examples, set_stage

COLUMNS = (
    "rule, level, moment, object_kind, schema_name, table_name, column_name, constraint_name, index_name, data_type,"
    " message, fingerprint"
)
TRANSACTION_CONTROL = re.compile(r"^(BEGIN|COMMIT);\n?", re.MULTILINE)


def example(page, which):
    """The example as one transaction."""
    return TRANSACTION_CONTROL.sub("", examples(page)[which])


def have_example(page, which):
    return "CONCURRENTLY" not in examples(page)[which]


@pytest.mark.parametrize("which", ["Bad", "Good"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_an_example(guard, page, which):
    if not have_example(page, which):
        pytest.skip("cannot be run in a transaction")
    session = set_stage(guard, page)
    sql = example(page, which)
    dry = session.connection.execute(f"SELECT {COLUMNS} FROM guardrail.dry_run(%s)", (sql,)).fetchall()
    session.run("SET guardrail.mode = warn")
    session.run(sql)
    real = session.rows(f"SELECT {COLUMNS} FROM guardrail.last_violations()")
    clear_stage(session)
    assert sorted(dry, key=str) == sorted(real, key=str)
    assert [row[0] for row in dry] == ([page.stem] if which == "Bad" else [])
