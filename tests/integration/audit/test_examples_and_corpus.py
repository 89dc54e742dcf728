"""The audit finds what the examples on the pages of the rules are told of, and nothing in the well-formed schemas."""

import re

import psycopg
import pytest
import told
from pages import PAGES, clear_stage, examples, set_stage
from server import ROOT

CORPUS = sorted((ROOT / "tests" / "integration" / "presets" / "corpus").glob("*.sql"))
# Nothing of it is left in the database.
IN_NO_AUDIT = {"destructive_change", "direct_ddl", "identifier_too_long", "unrecorded_migration"}


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def page(request):
    return request.param


def prepare(guard, page):
    session = set_stage(guard, page)
    session.run("SET guardrail.mode = warn")
    return session


def run(session, sql):
    """Runs an example; one makes an index that fails. Returns what the end of it was told."""
    try:
        session.run(sql)
    except psycopg.errors.UniqueViolation:
        return {}
    finally:
        clear_stage(session)
    return told.read(session, "last_violations")


def test_the_bad_example(guard, page):
    session = prepare(guard, page)
    reported = run(session, examples(page)["Bad"])
    found = told.read(session, "audit")
    if page.stem == "invalid_index":
        assert [one.about[0] for one in found.values()] == [page.stem]
    elif page.stem in IN_NO_AUDIT:
        assert found == {}
    else:
        assert [one.about[0] for one in found.values()] == [page.stem]
        assert found == reported


def test_the_good_example(guard, page):
    session = prepare(guard, page)
    run(session, examples(page)["Good"])
    assert told.read(session, "audit", "certain") == {}


@pytest.mark.parametrize("preset", ["core", "recommended", "house"])
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_corpus(guard, file, preset):
    since = int(re.search(r"^-- From PostgreSQL (\d+)\.$", file.read_text(), re.M)[1])
    if guard.version < since:
        pytest.skip(f"PostgreSQL {since} and later")
    guard.prepare("DROP TABLE customers", file.read_text())
    session = guard.configure(preset=preset).session
    assert told.read(session, "audit") == {}
