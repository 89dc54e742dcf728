"""The examples on the pages of the rules."""

import re

from server import ROOT

PAGES = sorted((ROOT / "docs" / "rules").glob("*.md"))
SECTION = re.compile(r"^## (Given|Bad|Good)\n\n```sql\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def examples(page):
    return dict(SECTION.findall(page.read_text()))


def set_stage(guard, page):
    """Sets the stage for the examples, under preset core with the rule at error and the mode off. Returns the session."""
    session = guard.as_superuser().session
    session.run("LOAD 'pg_guardrail'")
    session.run("SET guardrail.preset = core")
    session.run(f"SET guardrail.{page.stem} = error")
    session.run("SET guardrail.mode = off")
    session.run("DROP TABLE customers CASCADE")
    session.run(examples(page).get("Given", ""))
    return session


def clear_stage(session):
    """Drops what outlives the database: the role of an example."""
    session.run("SET guardrail.mode = off")
    if session.rows("SELECT FROM pg_roles WHERE rolname = 'deploy'"):
        session.run("DROP OWNED BY deploy; DROP ROLE deploy")
