"""Where memory or disk space is short, no session ends but by its own error, and in mode `warn` nothing is refused for it."""

import resource

import psycopg
import pytest

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
WIDE = f"CREATE TABLE wide ({', '.join(f'c{number} timestamp' for number in range(200))})"
SHORT = """
    CREATE FUNCTION public.short() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'there is no space left' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER short BEFORE INSERT ON guardrail.journal FOR EACH ROW EXECUTE FUNCTION public.short()
"""


def address_space(process):
    with open(f"/proc/{process}/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


@pytest.mark.parametrize("kilobytes", [0, 300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2700, 3000, 3300, 4000, 6000])
def test_memory(guard, kilobytes):
    session = guard.session
    session.connection.execute("ALTER TABLE customers ADD COLUMN note bigint")
    process = session.connection.info.backend_pid
    limit = address_space(process) + 1024 * kilobytes
    resource.prlimit(process, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    with pytest.raises(psycopg.Error) as caught:
        session.connection.execute(WIDE)
    resource.prlimit(process, resource.RLIMIT_AS, UNLIMITED)
    # Had PostgreSQL ended the session, and with it all others, there would be no SQLSTATE, or that of a crash.
    assert caught.value.sqlstate in ("53200", "42R01"), caught.value
    guard.refuses("CREATE TABLE t (made timestamp)", adds="timestamp_without_time_zone t.made")


def test_no_room_for_the_journal_in_warn(guard):
    guard.administer(SHORT)
    guard.configure(mode="warn", journal="on")
    guard.session.run("CREATE TABLE t (made timestamp)")
    told = [message.primary for message in guard.session.messages]
    assert "pg_guardrail failed: there is no space left" in told, told


def test_no_room_for_the_journal_in_enforce(guard):
    exempt = "SELECT guardrail.exempt('timestamp_without_time_zone', 't', reason => 'a test')"
    guard.administer(SHORT, exempt)
    guard.configure(journal="on")
    state, text = guard.session.expect_error("CREATE TABLE t (made timestamp)")
    assert state == "53100" and text.startswith("there is no space left"), text
