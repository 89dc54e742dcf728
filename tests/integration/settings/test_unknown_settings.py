"""A setting that does not exist does nothing, so a typing error is told. From PostgreSQL 15 on the prefix is reserved, and
PostgreSQL refuses the name, or removes it with a warning when it loads the library. 13 and 14 accept any name under the
prefix, so the library warns of it once a session."""

import pytest
import server
from guard import Guard

TABLE = "CREATE TABLE t_{} (id bigint)"
NAME = "guardrail.fk_without_indx"


@pytest.fixture
def accepts(guard):
    """Skips where PostgreSQL reserves the prefix."""
    if guard.version >= 15:
        pytest.skip("PostgreSQL reserves the prefix")


def take_warnings(session):
    """The warnings of settings that do not exist, as the name and the hint. They are forgotten then."""
    told = [message for message in session.messages if "configuration parameter" in message.primary]
    session.messages.clear()
    assert {(message.severity, message.sqlstate) for message in told} <= {("WARNING", "42704")}, told
    return [(message.primary.split('"')[1], message.hint) for message in told]


def meant(name):
    return f'Did you mean "{name}"?'


def test_a_name_set_before_the_library_is_loaded_is_told_when_it_is(late_guard):
    session = late_guard.session
    session.run(f"SET {NAME} = 'off'")
    for number in range(2):
        session.run(TABLE.format(number))
    told = [message for message in session.messages if "configuration parameter" in message.primary]
    assert [message.severity for message in told] == ["WARNING"], told
    assert f'"{NAME}"' in told[0].primary
    if late_guard.version < 15:
        assert told[0].detail == "pg_guardrail has no such setting. The value has no effect."
        assert told[0].hint == meant("guardrail.fk_without_index")


def test_a_name_set_later_is_told_by_the_next_statement(either_guard, accepts):
    session = either_guard.session
    session.run(TABLE.format(0))
    session.run("SET guardrail.mod = 'off'")
    assert take_warnings(session) == []
    session.run(TABLE.format(1))
    assert take_warnings(session) == [("guardrail.mod", meant("guardrail.mode"))]
    session.run("SET guardrail.mod = 'enforce'")
    session.run(TABLE.format(2))
    assert take_warnings(session) == []


def test_a_statement_that_is_refused_tells_too(guard, accepts):
    guard.session.run("SET guardrail.naive_timestamp = 'off'")
    message = guard.session.expect_refusal("CREATE TABLE t (made timestamp)")
    assert message.rule == "timestamp_without_time_zone"
    (told,) = take_warnings(guard.session)
    assert told[0] == "guardrail.naive_timestamp"


def test_each_session_is_told_of_a_name_in_the_database(either_guard, accepts):
    guard = either_guard.configure(fk_without_indx="error")
    for number in range(2):
        guard.reconnect()
        guard.session.run(TABLE.format(number))
        guard.session.run(TABLE.format(number + 2))
        assert take_warnings(guard.session) == [(NAME, meant("guardrail.fk_without_index"))]


@pytest.mark.parametrize(
    "name, told, hint",
    [
        ("guardrail.Modee", "guardrail.modee", meant("guardrail.mode")),
        ('"GuardRail".perset', "GuardRail.perset", meant("guardrail.preset")),
        ("guardrail.mode.x", "guardrail.mode.x", meant("guardrail.mode")),
    ],
)
def test_letters_and_dots(guard, accepts, name, told, hint):
    guard.session.run(f"SET {name} = 'off'")
    guard.session.run(TABLE.format(0))
    assert take_warnings(guard.session) == [(told, hint)]


def test_a_name_that_is_like_none_is_told_with_the_way_to_all(guard, accepts):
    guard.session.run("SET guardrail.something_else_altogether = 1")
    guard.session.run(TABLE.format(0))
    ((name, hint),) = take_warnings(guard.session)
    assert name == "guardrail.something_else_altogether"
    query = hint.removeprefix("All settings: ")
    listed = {row[0] for row in guard.session.rows(query)}
    assert {"guardrail.mode", "guardrail.unnamed_constraint"} <= listed
    assert name not in listed


def test_many_names_are_told_each_once(guard, accepts):
    guard.session.run("SELECT set_config('guardrail.x' || n, '1', false) FROM generate_series(1, 300) AS n")
    for number in range(2):
        guard.session.run(TABLE.format(number))
    assert len(take_warnings(guard.session)) == 300


def test_what_was_taken_back_is_not_told(guard, accepts):
    session = guard.session
    session.run(f"BEGIN; SET {NAME} = 'off'; ROLLBACK")
    session.run("SET guardrail.mod = 'off'; RESET guardrail.mod")
    session.run("BEGIN; SET LOCAL guardrail.persets = 'core'; COMMIT")
    session.run(TABLE.format(0))
    assert take_warnings(session) == []
    session.run(f"SET {NAME} = 'off'")
    session.run(TABLE.format(1))
    assert [name for name, _ in take_warnings(session)] == [NAME]


def test_other_prefixes_are_nobodys_business(guard):
    guard.session.run("SET guardrails.mode = 'off'; SET guardrai.mode = 'off'; SET my.guardrail = 'x'")
    guard.session.run(TABLE.format(0))
    assert take_warnings(guard.session) == []


def test_parallel_workers_say_nothing(late_guard, accepts):
    guard = late_guard.configure(mod="off")
    guard.session.run(TABLE.format(0))
    assert [name for name, _ in take_warnings(guard.session)] == ["guardrail.mod"]
    guard.session.force_parallel()
    guard.session.rows("SELECT count(*) FROM pg_class")
    assert take_warnings(guard.session) == []


def test_where_nothing_is_checked_nothing_is_told(preloaded_guard):
    if preloaded_guard.version >= 15:
        pytest.skip("PostgreSQL reserves the prefix")
    guard = preloaded_guard.configure(mode="off", mod="enforce")
    guard.session.run(TABLE.format(0))
    assert take_warnings(guard.session) == []


def test_a_name_in_postgresql_conf_is_told_in_the_log_and_to_each_session(bindir):
    cluster = server.Cluster(bindir, shared_preload_libraries="pg_guardrail", **{NAME: "off"}).initialize().launch()
    try:
        count = cluster.log.read_text(errors="replace").count(f'"{NAME}"')
        assert count == 1, cluster.log_tail()
        cluster.furnish()
        guard = Guard(cluster, cluster.create_database())
        expected = [(NAME, meant("guardrail.fk_without_index"))] if guard.version < 15 else []
        for number in range(2):
            guard.reconnect()
            guard.session.run(TABLE.format(number))
            assert take_warnings(guard.session) == expected
        guard.close()
    finally:
        cluster.stop()
