"""What each rule reports on the finished databases is what an independent query finds, object by object."""

from collections import Counter
from pathlib import Path

import pytest
from checks import OF_STATEMENTS, TRUTH, find_violations
from guard import Session, name_violation

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

# What the audit finds for certain, without the migration tools' own tables, which the queries leave out.
AUDITED = """
    SELECT rule, schema_name, table_name, coalesce(column_name, constraint_name, index_name), NULL
    FROM guardrail.audit(schemas => 'public') WHERE certain AND table_name NOT IN ('alembic_version', 'django_migrations')
"""
# No statement is told of these.
OF_THE_AUDIT = """
    SELECT rule, schema_name, table_name, index_name, NULL FROM guardrail.audit(schemas => 'public') WHERE moment = 'audit'
"""
REFERENCES = """
    SELECT quote_ident(own.relname), quote_ident(other.relname)
    FROM pg_constraint JOIN pg_class own ON own.oid = conrelid JOIN pg_class other ON other.oid = confrelid
    WHERE contype = 'f' AND own.oid <> other.oid
"""


def sort_by_references(objects, references):
    """A table comes after those that it references: what refers to an exempt table is checked like any column."""
    waiting, ordered = list(objects), []
    while waiting:
        blocked = {own for own, other in references if other in {name for _, name in waiting}}
        ready = [entry for entry in waiting if entry[1] not in blocked] or waiting[:1]
        ordered += ready
        waiting = [entry for entry in waiting if entry not in ready]
    return ordered


def check_every_rule(session):
    """Sets every rule whose violations a finished database shows to a warning."""
    session.run("LOAD 'pg_guardrail'")
    for (rule,) in session.rows("SELECT id FROM guardrail.rules"):
        session.run(f"SET guardrail.{rule} = {'off' if rule in OF_STATEMENTS else 'warning'}")
    session.run("SELECT set_config('guardrail.tenant_column', truth.tenant_column(), false)")


def audit(database):
    """Counts what the audit finds."""
    with database.cluster.connect(database.dbname) as connection:
        session = Session(connection)
        check_every_rule(session)
        return Counter(name_violation(*row) for row in session.rows(AUDITED))


def check_anew(database):
    """Counts what is reported when everything leaves an exempt schema: each object is checked in its final state."""
    objects = sort_by_references(database.rows(OBJECTS), database.rows(REFERENCES))
    moves = [f"ALTER {kind} public.{name} SET SCHEMA aside" for kind, name in objects]
    with database.connect() as admin:
        admin.execute("; ".join(["CREATE SCHEMA aside", *moves]))
    with database.cluster.connect(database.dbname) as connection:
        session = Session(connection)
        check_every_rule(session)
        session.run("SET guardrail.exempt_schemas = 'aside'")
        session.run("SET guardrail.max_messages = 1000000")
        for kind, name in objects:
            session.run(f"ALTER {kind} aside.{name} SET SCHEMA public")
        reported = Counter(map(str, session.take_messages()))
        return reported + Counter(name_violation(*row) for row in session.rows(OF_THE_AUDIT))


@pytest.fixture(scope="module")
def compared(migrations):
    """For each finished database: what was reported, what the audit finds, and what the queries find."""
    comparisons = {}
    for finished, finish in FINISHED.items():
        database = migrations()
        finish(database)
        database.execute(*TRUTH)
        audited = audit(database)
        comparisons[finished] = check_anew(database), audited, find_violations(database)
    return comparisons


@pytest.mark.parametrize("finished", FINISHED)
def test_reported_is_what_the_queries_find(compared, finished):
    reported, _, expected = compared[finished]
    assert "\n".join(sorted((reported - expected).elements())) == "", "reported, but no violation"
    assert "\n".join(sorted((expected - reported).elements())) == "", "a violation, but not reported"


@pytest.mark.parametrize("finished", FINISHED)
def test_the_audit_finds_what_the_queries_find(compared, finished):
    _, audited, expected = compared[finished]
    assert "\n".join(sorted((audited - expected).elements())) == "", "in the audit, but no violation"
    assert "\n".join(sorted((expected - audited).elements())) == "", "a violation, but not in the audit"


def rules_of(violations):
    return {violation.split()[0] for violation in violations}


@pytest.mark.parametrize("finished", ["wagtail", "mlflow"])
def test_the_tools_break_many_rules(compared, finished):
    for violations in compared[finished]:
        assert len(rules_of(violations)) >= 12
        assert violations.total() > 1000


def test_no_rule_is_compared_in_vain(compared, guard):
    listed = {row[0] for row in guard.observe("SELECT id FROM guardrail.rules")}
    for violations in compared["seeds"]:
        assert rules_of(violations) == listed - OF_STATEMENTS
