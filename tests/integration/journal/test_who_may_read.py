"""The journal is its owner's: others get at it only by a grant."""

import pytest

BAD = "CREATE TABLE {} (made timestamp)"
ENTRIES = "SELECT table_name FROM guardrail.journal ORDER BY id"


@pytest.fixture
def kept(guard):
    guard.configure(mode="warn", journal="on")
    guard.session.run(BAD.format("t"))
    yield guard
    guard.administer("REVOKE ALL ON guardrail.journal FROM app, stranger")


@pytest.mark.parametrize("user", ["app", "stranger"])
@pytest.mark.parametrize(
    "sql",
    [
        ENTRIES,
        "SELECT FROM guardrail.journal",
        "SELECT ctid FROM guardrail.journal",
        "SELECT 1 FROM guardrail.journal FOR UPDATE",
        "COPY guardrail.journal (rule) TO STDOUT",
        "INSERT INTO guardrail.journal (rule) VALUES ('mine')",
        "UPDATE guardrail.journal SET current_user_name = 'other'",
        "DELETE FROM guardrail.journal",
        "TRUNCATE guardrail.journal",
        "ANALYZE guardrail.journal (rule); SELECT FROM guardrail.journal",
        "SET guardrail.journal = off",
        "SET guardrail.journal_keep = '1 second'",
        "SELECT set_config('guardrail.journal', 'off', false)",
    ],
)
def test_an_ordinary_user_may_nothing(kept, user, sql):
    session = kept.connect(user)
    session.run("SELECT FROM guardrail.rules")
    assert session.expect_error(sql)[0] == "42501"


def test_statistics_tell_nothing(kept):
    kept.administer("ANALYZE guardrail.journal")
    assert kept.session.rows("SELECT 1 FROM pg_stats WHERE tablename = 'journal'") == []


def test_what_is_granted(kept):
    kept.administer("GRANT SELECT ON guardrail.journal TO stranger")
    stranger = kept.connect("stranger")
    assert stranger.rows(ENTRIES) == [("t",)]
    assert stranger.expect_error("DELETE FROM guardrail.journal")[0] == "42501"
    assert kept.session.expect_error(ENTRIES)[0] == "42501"


def test_who_writes_it_may_not_read_it(kept):
    """Nor does a function that makes a table leave more rights behind, whether it fails or not."""
    session = kept.session
    session.run(f"BEGIN; {BAD.format('u')}; SAVEPOINT s")
    assert session.expect_error(ENTRIES)[0] == "42501"
    session.run("ROLLBACK TO s; COMMIT")
    assert session.rows("SELECT current_user, session_user") == [("app", "app")]
    assert kept.observe(ENTRIES) == [("t",), ("u",)]


def test_a_user_who_puts_triggers_or_functions_in_the_way(kept):
    """What runs with the rights of the owner calls nothing of theirs."""
    kept.prepare(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql"
        " AS 'BEGIN RAISE EXCEPTION ''as %'', current_user; END'",
        "CREATE FUNCTION public.mine(text, text) RETURNS boolean LANGUAGE plpgsql"
        " AS 'BEGIN RAISE EXCEPTION ''as %'', current_user; END'",
        "CREATE OPERATOR public.= (FUNCTION = mine, LEFTARG = text, RIGHTARG = text)",
    )
    kept.session.run("SET search_path = public, pg_catalog")
    kept.session.run(BAD.format("u"))
    assert kept.observe(ENTRIES) == [("t",), ("u",)]
