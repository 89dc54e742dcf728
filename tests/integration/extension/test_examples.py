"""The bad example on the page of each rule violates exactly this rule, and the good example violates none."""

import re

import psycopg
import pytest
from server import ROOT

PAGES = sorted((ROOT / "docs" / "rules").glob("*.md"))
SECTION = re.compile(r"^## (Given|Bad|Good)\n\n```sql\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def examples(page):
    return dict(SECTION.findall(page.read_text()))


def check(guard, page, which):
    """Runs an example under preset core with the rule at error. Returns the rules that it violates."""
    session = guard.as_superuser().session
    session.run("LOAD 'pg_guardrail'")
    session.run("SET guardrail.preset = core")
    session.run(f"SET guardrail.{page.stem} = error")
    session.run("SET guardrail.mode = off")
    session.run("DROP TABLE customers CASCADE")
    session.run(examples(page).get("Given", ""))
    session.run("SET guardrail.mode = enforce")
    (in_audit,) = session.rows(f"SELECT moment = 'audit' FROM guardrail.rules WHERE id = '{page.stem}'")[0]
    try:
        session.run(examples(page)[which])
    except psycopg.Error as error:
        # No statement is refused for what the audit alone finds; one may fail by itself.
        assert (error.sqlstate == "42R01") != in_audit, error
    found = [row[0] for row in session.rows("SELECT rule FROM guardrail.last_violations()")]
    if in_audit:
        assert found == []
        found = [row[0] for row in session.rows("SELECT rule FROM guardrail.audit()")]
    session.run("SET guardrail.mode = off")
    # A role outlives its database.
    if session.rows("SELECT FROM pg_roles WHERE rolname = 'deploy'"):
        session.run("DROP OWNED BY deploy; DROP ROLE deploy")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_bad_example(guard, page):
    assert check(guard, page, "Bad") == [page.stem]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_good_example(guard, page):
    assert check(guard, page, "Good") == []
