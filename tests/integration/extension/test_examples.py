"""The bad example on the page of each rule violates exactly this rule, and the good example violates none."""

import contextlib
import re

import psycopg
import pytest
from pages import PAGES, clear_stage, examples, set_stage


@contextlib.contextmanager
def stage(guard, page):
    """Sets the stage for the examples, under preset core with the rule at error. Gives the session."""
    session = set_stage(guard, page)
    session.run("SET guardrail.mode = enforce")
    yield session
    clear_stage(session)


def is_found_by_the_audit_alone(session, page):
    return session.rows(f"SELECT moment FROM guardrail.rules WHERE id = '{page.stem}'") == [("audit",)]


def check(guard, page, which):
    """Runs an example. Returns the rules that it violates."""
    with stage(guard, page) as session:
        in_audit = is_found_by_the_audit_alone(session, page)
        try:
            session.run(examples(page)[which])
        except psycopg.Error as error:
            # No statement is refused for what the audit alone finds; one may fail by itself.
            assert (error.sqlstate == "42R01") != in_audit, error
        found = [row[0] for row in session.rows("SELECT rule FROM guardrail.last_violations()")]
        if in_audit:
            assert found == []
            found = [row[0] for row in session.rows("SELECT rule FROM guardrail.audit()")]
        return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_bad_example(guard, page):
    assert check(guard, page, "Bad") == [page.stem]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_good_example(guard, page):
    assert check(guard, page, "Good") == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_call_that_the_refusal_names(guard, page):
    """Pasted as it is, it lacks a reason; with one, the bad example passes."""
    with stage(guard, page) as session:
        if is_found_by_the_audit_alone(session, page):
            pytest.skip("no statement is refused for it")
        bad = examples(page)["Bad"]
        [call] = re.findall(r"^To exempt it: (SELECT guardrail\.exempt\(.*\);)$", session.expect_refusal(bad).detail, re.M)
        assert "the exemption has no reason" in session.expect_error(call)[1]
        session.run(call.replace("…", "as it was"))
        session.run(bad)
