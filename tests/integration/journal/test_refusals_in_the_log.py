"""Each refusal is one line in the server's log, which a collector can parse."""

import psycopg
import pytest
from dry import dry_error, dry_run
from log import Log

TS = "timestamp_without_time_zone"
IX = "fk_without_index"

BAD = "CREATE TABLE t (made timestamp)"
ADDS = f"{TS} t.made"
CHILD = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
MISSING = f"{IX} child.fk"


@pytest.fixture
def log(guard):
    return Log(guard.cluster)


def test_a_statement(guard, log):
    guard.session.run("SET application_name = 'migrate'")
    message = guard.refuses(BAD, adds=ADDS)
    ((fingerprint,),) = guard.session.rows("SELECT fingerprint FROM guardrail.last_violations()")
    violation = {
        "rule": TS,
        "level": "error",
        "object_kind": "column",
        "schema_name": "public",
        "table_name": "t",
        "object_name": "made",
        "fingerprint": fingerprint,
        "message": message.primary,
    }
    assert log.refusals() == [
        {
            "database": guard.dbname,
            "session_user": "app",
            "current_user": "app",
            "application_name": "migrate",
            "tag": "CREATE TABLE",
            "violations": [violation],
            "left_out": 0,
        }
    ]


def tags_and_rules(log):
    return [(line["tag"], [violation["rule"] for violation in line["violations"]]) for line in log.refusals()]


def test_a_commit(guard, log):
    guard.refuses_at_commit(CHILD, adds=MISSING)
    guard.session.run("ROLLBACK")
    guard.refuses(CHILD, adds=MISSING)
    guard.session.run(f"BEGIN; {CHILD}")
    guard.session.expect_refusal("PREPARE TRANSACTION 'x'")
    assert tags_and_rules(log) == [("COMMIT", [IX])] * 3


def test_what_is_found_before_the_statement(guard, log):
    guard.prepare("CREATE TABLE filled AS SELECT 1 AS id")
    guard.check_only("destructive_change")
    guard.session.expect_refusal("DROP TABLE filled")
    assert tags_and_rules(log) == [("DROP TABLE", ["destructive_change"])]


def test_concurrently(guard, log):
    guard.prepare(CHILD, "CREATE INDEX ix ON child (c)")
    guard.session.expect_refusal("DROP INDEX CONCURRENTLY ix")
    assert tags_and_rules(log) == [("DROP INDEX", [IX])]


def test_a_refusal_that_is_caught(guard, log):
    guard.session.run(f"DO $$ BEGIN {BAD}; EXCEPTION WHEN OTHERS THEN END $$")
    assert tags_and_rules(log) == [("CREATE TABLE", [TS])]


def test_what_is_let_through_is_not_logged_so(guard, log):
    guard.configure(timestamp_without_time_zone="warning").warns(BAD, adds=ADDS)
    guard.configure(mode="warn", timestamp_without_time_zone="error").warns(BAD.replace(" t ", " u "), adds=f"{TS} u.made")
    guard.configure(mode="off").passes(BAD.replace(" t ", " v "))
    assert log.refusals() == []


def test_warnings_of_a_refused_statement_come_last(guard, log):
    guard.configure(timestamp_without_time_zone="notice")
    guard.session.expect_refusal("CREATE TABLE t (made timestamp, id int UNIQUE)")
    (line,) = log.refusals()
    assert [(one["rule"], one["level"]) for one in line["violations"]] == [("unnamed_constraint", "error"), (TS, "notice")]


def test_switched_off(guard, log):
    guard.configure(log_refusals="off").refuses(BAD, adds=ADDS)
    assert log.refusals() == []
    guard.as_superuser().passes("SET guardrail.log_refusals = on")
    guard.refuses(BAD, adds=ADDS)
    assert len(log.refusals()) == 1


def test_a_dry_run_logs_nothing(guard, log):
    assert dry_run(guard.session, f"{BAD}; {CHILD}") != []
    assert dry_error(guard.session, "SELECT 1 / 0").sqlstate == "22012"
    assert log.refusals() == []


def test_many_violations_are_capped(guard, log):
    columns = ", ".join(f"c{number} timestamp" for number in range(70))
    guard.session.expect_refusal(f"CREATE TABLE t ({columns})")
    (line,) = log.refusals()
    assert (len(line["violations"]), line["left_out"]) == (50, 20)


HOSTILE = ["a\nLOG:  pg_guardrail refusal: {}", 'q"uote', "back\\slash", "tab\t\r", "äöü🔒", "\u202eleft", "x" * 63, "%s%n"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_odd_names_do_not_break_the_line(guard, log, name):
    quoted = name.replace('"', '""')
    with pytest.raises(psycopg.Error, match="timestamp"):
        guard.session.run(f'CREATE TABLE "{quoted}" ("{quoted}" timestamp)')
    ((violation,),) = [line["violations"] for line in log.refusals()]
    assert (violation["table_name"], violation["object_name"]) == (name, name)


def test_the_client_does_not_get_it(guard, log):
    guard.session.run("SET client_min_messages = debug1")
    guard.session.expect_refusal(BAD)
    assert [message for message in guard.session.messages if "pg_guardrail refusal" in message.primary] == []
    assert len(log.refusals()) == 1


def test_neither_statement_nor_context_follows(guard, log):
    """They are logged with the error itself."""
    guard.as_superuser().passes("SET log_min_error_statement = debug5", "SET log_error_verbosity = default")
    guard.session.run(f"DO $$ BEGIN {BAD}; EXCEPTION WHEN OTHERS THEN END $$")
    lines = log.text().splitlines()
    (at,) = [at for at, line in enumerate(lines) if "pg_guardrail refusal" in line]
    assert not any(word in line for line in lines[at + 1 : at + 2] for word in ("STATEMENT", "CONTEXT"))


def test_an_ordinary_user_cannot_switch_it_off(guard, log):
    guard.session.run("SET guardrail.log_refusals = off")
    guard.refuses(BAD, adds=ADDS)
    assert guard.session.expect_error("SET guardrail.log_refusals = off")[0] == "42501", "the library is loaded"
    guard.refuses(BAD, adds=ADDS)
    assert len(log.refusals()) == 2


def test_every_violation_is_also_in_last_violations(guard, log):
    guard.session.expect_refusal("CREATE TABLE t (a timestamp, b timestamp, UNIQUE (a))")
    rows = guard.session.rows("SELECT fingerprint FROM guardrail.last_violations()")
    (line,) = log.refusals()
    assert sorted(one["fingerprint"] for one in line["violations"]) == sorted(fingerprint for (fingerprint,) in rows)
