"""What each rule reports on the finished databases is what an independent query finds, object by object."""

from collections import Counter
from pathlib import Path

import pytest
from checks import OF_STATEMENTS, TRUTH, found
from guard import Session

SEEDS = Path(__file__).parent / "seeds.sql"
FINISHED = {
    "wagtail": lambda database: database.django(mode="off").check_returncode(),
    "mlflow": lambda database: database.mlflow(mode="off").check_returncode(),
    "seeds": lambda database: database.execute(SEEDS),
}
OBJECTS = """
    SELECT CASE relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, quote_ident(table_name) FROM truth.entities
    UNION ALL
    SELECT 'TYPE', quote_ident(table_name) FROM truth.types
"""


def judged_anew(database):
    """What is reported when everything leaves an exempt schema, each object in its final state."""
    objects = database.rows(OBJECTS)
    moves = [f"ALTER {kind} public.{name} SET SCHEMA aside" for kind, name in objects]
    with database.connect() as admin:
        admin.execute("; ".join(["CREATE SCHEMA aside", *moves]))
    with database.cluster.connect(database.dbname) as connection:
        session = Session(connection)
        session.run("LOAD 'pg_guardrail'")
        for (rule,) in session.rows("SELECT id FROM guardrail.rules"):
            session.run(f"SET guardrail.{rule} = {'off' if rule in OF_STATEMENTS else 'warning'}")
        session.run("SET guardrail.exempt_schemas = 'aside'")
        session.run("SELECT set_config('guardrail.tenant_column', truth.tenant_column(), false)")
        for kind, name in objects:
            session.run(f"ALTER {kind} aside.{name} SET SCHEMA public")
        return Counter(map(str, session.said()))


@pytest.fixture(scope="module")
def compared(migrations):
    """For each finished database what was reported and what the queries find."""
    comparisons = {}
    for finished, finish in FINISHED.items():
        database = migrations()
        finish(database)
        database.execute(*TRUTH)
        comparisons[finished] = judged_anew(database), found(database)
    return comparisons


@pytest.mark.parametrize("finished", FINISHED)
def test_reported_is_what_the_queries_find(compared, finished):
    reported, so = compared[finished]
    assert "\n".join(sorted((reported - so).elements())) == "", "reported, but not so"
    assert "\n".join(sorted((so - reported).elements())) == "", "so, but not reported"


def rules_of(violations):
    return {violation.split()[0] for violation in violations}


@pytest.mark.parametrize("finished", ["wagtail", "mlflow"])
def test_the_tools_break_many_rules(compared, finished):
    assert all(len(rules_of(side)) >= 12 and side.total() > 1000 for side in compared[finished])


def test_no_rule_is_compared_in_vain(compared, guard):
    listed = {row[0] for row in guard.observe("SELECT id FROM guardrail.rules")}
    for side in compared["seeds"]:
        assert rules_of(side) == listed - OF_STATEMENTS
