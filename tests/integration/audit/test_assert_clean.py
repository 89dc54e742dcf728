"""What assert_clean() says, and when."""

import psycopg
import pytest

MADE = """
    CREATE TABLE t (a timestamp);
    CREATE UNLOGGED TABLE u (a int);
    CREATE TABLE "V w" (a int, CHECK (a > 0));
"""
LEVELS = {"timestamp_without_time_zone": "error", "unlogged_table": "warning", "identifier_needs_quotes": "notice"}


@pytest.fixture
def guard(guard):
    guard.prepare(MADE)
    return guard.configure(preset="none", **LEVELS)


def refuse(guard, arguments=""):
    with pytest.raises(psycopg.Error) as refusal:
        guard.session.run(f"SELECT guardrail.assert_clean({arguments})")
    assert refusal.value.sqlstate == "42R01"
    return refusal.value.diag


def passes(guard, arguments=""):
    guard.session.run(f"SELECT guardrail.assert_clean({arguments})")


@pytest.mark.parametrize("arguments, message, tables", [
    ("", "the database has 2 open violations at level warning or above", ["t", "u"]),
    ("'error'", "the database has 1 open violation at level error", ["t"]),
    ("'notice'", "the database has 3 open violations at level notice or above", ["t", "u", "V w"]),
    ("'ERROR'", "the database has 1 open violation at level error", ["t"]),
    ("only_new => false", "the database has 2 violations at level warning or above", ["t", "u"]),
])  # fmt: skip
def test_levels(guard, arguments, message, tables):
    diag = refuse(guard, arguments)
    assert diag.message_primary == message
    lines = diag.message_detail.splitlines()
    assert len(lines) == len(tables)
    for line, table in zip(lines, tables, strict=True):
        assert f'"public.{table}"' in line
    assert "SELECT * FROM guardrail.audit()" in diag.message_hint


def test_frozen_and_exempt(guard):
    guard.administer("SELECT guardrail.freeze(tables => 't')", "ALTER TABLE u SET LOGGED")
    passes(guard)
    passes(guard, "'error'")
    assert refuse(guard, "only_new => false").message_primary.startswith("the database has 1 violation at")
    assert refuse(guard, "'notice'").message_primary.startswith("the database has 1 open violation at level notice")
    guard.administer("SELECT guardrail.exempt('timestamp_without_time_zone', 't', reason => 'old')")
    passes(guard, "only_new => false")


def test_what_is_not_certain_is_marked(guard):
    guard.check_only("unnamed_constraint")
    detail = refuse(guard).message_detail
    assert " (not certain: PostgreSQL would choose the same name). Rule: unnamed_constraint" in detail


def test_the_first_ten_are_named(guard):
    guard.prepare(*(f"CREATE TABLE n{number:02} (a timestamp)" for number in range(20)))
    diag = refuse(guard, "'error'")
    assert diag.message_primary == "the database has 21 open violations at level error"
    lines = diag.message_detail.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "… and 11 more"


def test_the_call_of_the_hint_runs(guard):
    for arguments, count in (("", 2), ("only_new => false", 2), ("'notice'", 3)):
        hint = refuse(guard, arguments).message_hint
        assert len(guard.session.rows(hint.partition(": ")[2])) == count


def test_bad_arguments(guard):
    for level, hint in (("'warnin'", 'Did you mean "warning"?'), ("'off'", "Available values: "), ("''", "Available values:")):
        state, text = guard.session.expect_error(f"SELECT guardrail.assert_clean({level})")
        assert state == "22023"
        assert hint in text
    for arguments in ("NULL", "only_new => NULL"):
        assert guard.session.expect_error(f"SELECT guardrail.assert_clean({arguments})")[0] == "22004"


def test_anyone_may_ask(guard):
    stranger = guard.connect("stranger")
    stranger.run("SET default_transaction_read_only = on")
    assert stranger.expect_error("SELECT guardrail.assert_clean()")[0] == "42R01"
