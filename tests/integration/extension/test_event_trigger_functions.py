"""What happens where somebody else uses the functions of the event triggers."""

import psycopg
import pytest

PROTOCOL_VIOLATED = "39P03"
FUNCTIONS = ["ddl_command_start", "sql_drop", "ddl_command_end"]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("event", [*FUNCTIONS, "table_rewrite"])
def test_for_another_event(guard, function, event):
    if function == event:
        pytest.skip("it is made for this event")
    guard.prepare("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
    guard.administer(f"CREATE EVENT TRIGGER x ON {event} EXECUTE FUNCTION guardrail.{function}()")
    sql = "DROP TABLE t" if event == "sql_drop" else "ALTER TABLE t ALTER id TYPE bigint"
    sqlstate, text = guard.session.expect_error(sql)
    assert sqlstate == PROTOCOL_VIOLATED
    assert f"guardrail.{function}() cannot be called for the event {event}" in text
    assert "log in" not in text
    guard.administer("DROP EVENT TRIGGER x")
    guard.passes("DROP TABLE t")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_for_login(guard, needs, function):
    needs(17)
    guard.administer(f"CREATE EVENT TRIGGER x ON login EXECUTE FUNCTION guardrail.{function}()")
    with pytest.raises(psycopg.Error) as caught:
        guard.connect()
    assert f"guardrail.{function}() cannot be called for the event login" in str(caught.value)
    assert "To log in, connect with event_triggers = off" in str(caught.value)
    with guard.cluster.connect(guard.dbname, options="-c event_triggers=off") as admin:
        admin.execute("DROP EVENT TRIGGER x")
    guard.connect()


@pytest.mark.parametrize("event", FUNCTIONS)
def test_a_second_trigger_for_the_same_event(guard, event):
    guard.administer(f"CREATE EVENT TRIGGER x ON {event} EXECUTE FUNCTION guardrail.{event}()")
    guard.prepare("CREATE TABLE t (id int)")
    guard.configure(mode="warn")
    guard.warns("ALTER TABLE t ADD made timestamp", adds="timestamp_without_time_zone t.made")
    guard.passes("DROP TABLE t")
