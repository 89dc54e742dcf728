"""The baseline: what freeze() stores, what thaw() takes out, and what counts as open then."""

import psycopg
import pytest

RULE = "timestamp_without_time_zone"
STATUS = "SELECT table_name, column_name, status FROM guardrail.audit() ORDER BY 1, 2"
FROZEN = "SELECT table_name, object_name FROM guardrail.frozen ORDER BY 1, 2"


@pytest.fixture
def guard(guard):
    """A superuser, under one rule that two tables violate."""
    guard.prepare("CREATE TABLE t (a timestamp); CREATE TABLE u (a timestamp)")
    return guard.check_only(RULE).as_superuser()


def value(session, call):
    return session.rows(f"SELECT guardrail.{call}")[0][0]


def notices(session):
    texts = [message.primary for message in session.messages]
    session.messages.clear()
    return texts


def test_what_is_frozen_is_not_open(guard):
    session = guard.session
    assert value(session, "freeze()") == 2
    assert session.rows(STATUS) == [("t", "a", "frozen"), ("u", "a", "frozen")]
    assert session.rows(FROZEN) == [("t", "a"), ("u", "a")]
    assert session.rows("SELECT DISTINCT rule, schema_name, object_kind, frozen_by::text FROM guardrail.frozen") == [
        (RULE, "public", "column", "postgres")
    ]
    same = "SELECT count(*) FROM guardrail.audit() JOIN guardrail.frozen USING (fingerprint, rule, schema_name, table_name)"
    assert session.rows(same) == [(2,)]
    assert notices(session) == []


def test_it_only_grows_when_asked(guard):
    session = guard.session
    value(session, "freeze()")
    guard.prepare("CREATE TABLE v (a timestamp, b timestamp)")
    assert value(session, "freeze()") == 0
    assert notices(session) == [
        "2 open violations were left out, as there is a baseline already; add_new => true adds them"
    ]
    assert session.rows(STATUS)[2:] == [("v", "a", "open"), ("v", "b", "open")]
    assert value(session, "freeze(tables => 'v', rules => 'fk_.*', add_new => true)") == 0
    assert value(session, "freeze(add_new => true)") == 2
    assert value(session, "freeze(add_new => true)") == 0
    assert notices(session) == []


def test_a_part_is_frozen(guard):
    session = guard.session
    assert value(session, "freeze(tables => 'u')") == 1
    assert session.rows(STATUS) == [("t", "a", "open"), ("u", "a", "frozen")]
    # There is a baseline now, and another part is added like anything new.
    assert value(session, "freeze(tables => 't')") == 0
    assert len(notices(session)) == 1
    assert value(session, "freeze(tables => 't', add_new => true)") == 1


def test_what_is_gone_is_thawed(guard):
    session = guard.session
    value(session, "freeze()")
    assert value(session, "thaw()") == 0
    guard.prepare("ALTER TABLE t ALTER a TYPE timestamptz")
    assert value(session, "thaw()") == 1
    assert session.rows(FROZEN) == [("u", "a")]
    # It comes back, and is new.
    guard.prepare("ALTER TABLE t ALTER a TYPE timestamp")
    assert session.rows(STATUS) == [("t", "a", "open"), ("u", "a", "frozen")]


def test_what_is_not_checked_now_is_kept(guard):
    session = guard.session
    value(session, "freeze()")
    session.run(f"SET guardrail.{RULE} = off")
    assert value(session, "thaw()") == 0
    session.run(f"SET guardrail.{RULE} = error")
    for setting, pattern in (("exempt_tables", "t|u"), ("exempt_schemas", "public")):
        session.run(f"SET guardrail.{setting} = '{pattern}'")
        assert session.rows(STATUS) == []
        assert value(session, "thaw()") == 0
        session.run(f"RESET guardrail.{setting}")
    assert session.rows(STATUS) == [("t", "a", "frozen"), ("u", "a", "frozen")]


def test_an_exemption_comes_first(guard):
    """Exempt is not frozen, frozen and then exempt stays in the baseline."""
    session = guard.session
    session.run(f"SELECT guardrail.exempt('{RULE}', 't', reason => 'legacy')")
    assert value(session, "freeze()") == 1
    session.run(f"SELECT guardrail.exempt('{RULE}', 'u', reason => 'legacy')")
    assert session.rows(STATUS) == [("t", "a", "exempt"), ("u", "a", "exempt")]
    assert value(session, "thaw()") == 0
    session.run("DELETE FROM guardrail.exemptions")
    assert session.rows(STATUS) == [("t", "a", "open"), ("u", "a", "frozen")]


def test_one_of_two_equal_ones(guard):
    """Of equal violations as many are frozen as there were."""
    guard.prepare("CREATE TABLE k (c bigint)")
    key = "ALTER TABLE k ADD CONSTRAINT {} FOREIGN KEY (c) REFERENCES customers"
    guard.prepare(key.format("k_m"))
    guard.check_only("fk_without_on_delete")
    session = guard.session
    assert value(session, "freeze(tables => 'k')") == 1
    for name in ("k_a", "k_z"):
        guard.prepare(key.format(name))
    rows = "SELECT fingerprint LIKE '%:_', status, count(*) FROM guardrail.audit(tables => 'k') GROUP BY 1, 2 ORDER BY 1, 2"
    assert session.rows(rows) == [(False, "frozen", 1), (True, "open", 2)]
    guard.prepare("ALTER TABLE k DROP CONSTRAINT k_m", "ALTER TABLE k DROP CONSTRAINT k_z")
    assert value(session, "thaw()") == 0
    guard.prepare("ALTER TABLE k DROP CONSTRAINT k_a")
    assert value(session, "thaw()") == 1


def test_statements_are_checked_as_before(guard):
    guard.as_superuser()
    value(guard.session, "freeze()")
    guard.refuses("ALTER TABLE t ADD b timestamp", adds=f"{RULE} t.b")
    guard.refuses("CREATE TABLE w (a timestamp)", adds=f"{RULE} w.a")
    guard.passes("ALTER TABLE t ADD b timestamptz")


def test_a_rollback_takes_it_back(guard):
    session = guard.session
    session.run("BEGIN")
    assert value(session, "freeze()") == 2
    assert [status for *_, status in session.rows(STATUS)] == ["frozen"] * 2
    session.run("ROLLBACK")
    assert [status for *_, status in session.rows(STATUS)] == ["open"] * 2


@pytest.mark.parametrize("call", ["freeze()", "thaw()", "import_frozen('')"])
def test_who_may_change_it(guard, call):
    stranger = guard.connect("stranger")
    assert stranger.expect_error(f"SELECT guardrail.{call}")[0] == "42501"
    for sql in ("DELETE FROM guardrail.frozen", "TRUNCATE guardrail.frozen"):
        assert stranger.expect_error(sql)[0] == "42501"
    name = call.partition("(")[0]
    function = guard.observe(f"SELECT oid::regprocedure FROM pg_proc WHERE proname = '{name}'")[0][0]
    guard.administer(f"GRANT EXECUTE ON FUNCTION {function} TO stranger")
    assert value(stranger, call) == {"freeze": 2}.get(name, 0)
    assert stranger.rows("SELECT DISTINCT frozen_by::text FROM guardrail.frozen") in ([], [("stranger",)])
    guard.administer(f"REVOKE EXECUTE ON FUNCTION {function} FROM stranger")


def test_a_read_only_transaction(guard):
    session = guard.session
    value(session, "freeze(tables => 't')")
    guard.prepare("DROP TABLE t")
    line = session.rows("SELECT guardrail.export_frozen()")[0][0]
    guard.administer("DELETE FROM guardrail.frozen WHERE false")
    session.run("SET default_transaction_read_only = on")
    for call in ("freeze(add_new => true)", "thaw()"):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            value(session, call)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        session.connection.execute("SELECT guardrail.import_frozen(%s)", (line,))
    assert session.rows("SELECT count(*) FROM guardrail.export_frozen()") == [(1,)]


@pytest.mark.parametrize("arguments, name", [
    ("schemas => '('", "schemas"), ("tables => '('", "tables"), ("rules => '('", "rules"),
    ("schemas => NULL", "schemas"), ("add_new => NULL", "add_new"),
])  # fmt: skip
def test_bad_arguments(guard, arguments, name):
    assert f'"{name}"' in guard.session.expect_error(f"SELECT guardrail.freeze({arguments})")[1]
