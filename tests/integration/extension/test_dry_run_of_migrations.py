"""A dry run of whole migrations finds what running them in one transaction finds."""

import re

import pytest
from server import ROOT
from test_dry_run_of_examples import COLUMNS

TESTS = ROOT / "tests" / "integration"
FILES = sorted((TESTS / "presets").rglob("*.sql")) + [TESTS / "migrations" / "seeds.sql"]
# What a transaction cannot have in it.
OWN_TRANSACTIONS = re.compile(r"^(BEGIN|COMMIT);|(?<= INDEX) CONCURRENTLY", re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("preset", ["house", "none"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_migrations(guard, needs, file, preset):
    """Once with the rules of a preset, once with every rule."""
    since = re.search(r"^-- From PostgreSQL (\d+)\.$", file.read_text(), re.MULTILINE)
    needs(int(since[1]) if since else 0)
    guard.configure(mode="off", preset="house", tenant_column="tenant_id", ddl_roles="stranger")
    if preset == "none":
        rules = [rule for (rule,) in guard.session.rows("SELECT id FROM guardrail.rules")]
        guard.configure(**dict.fromkeys(rules, "error"))
    session = guard.as_superuser().session
    sql = OWN_TRANSACTIONS.sub("", file.read_text())
    if 'CREATE TABLE "customers"' in sql:
        session.run("DROP TABLE customers")
    dry = session.connection.execute(f"SELECT {COLUMNS} FROM guardrail.dry_run(%s)", (sql,)).fetchall()
    session.run("SET guardrail.mode = warn")
    session.run(sql)
    real = session.rows(f"SELECT {COLUMNS} FROM guardrail.last_violations()")
    assert len(real) < 1000, "there may be more"
    assert sorted(dry, key=str) == sorted(real, key=str)
