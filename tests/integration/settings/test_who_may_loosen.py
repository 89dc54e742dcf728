"""An ordinary user cannot loosen the guard, not even before the library is loaded."""

import psycopg
import pytest
import server

TS = "timestamp_without_time_zone"
BAD = "CREATE TABLE t (made timestamp)"
ADDS = f"{TS} t.made"

LOOSENED = [
    ("mode", "off"),
    ("preset", "none"),
    (TS, "off"),
    (TS, "notice"),
    ("exempt_tables", ".*"),
    ("exempt_schemas", "public"),
    ("exempt_roles", "app"),
]
WAYS = [
    "SET guardrail.{} = '{}'",
    "SET SESSION guardrail.{} = '{}'",
    "SELECT set_config('guardrail.{}', '{}', false)",
    "ALTER ROLE app SET guardrail.{} = '{}'",
    "ALTER ROLE CURRENT_USER IN DATABASE {dbname} SET guardrail.{} = '{}'",
    "ALTER DATABASE {dbname} SET guardrail.{} = '{}'",
    "DO $$ BEGIN SET guardrail.{} = '{}'; END $$",
]


def attempt(session, sql):
    """Runs a statement that tries to loosen the guard. PostgreSQL may refuse it, or ignore it later."""
    try:
        session.run(sql)
    except psycopg.Error as error:
        assert error.sqlstate == "42501", error


@pytest.mark.parametrize("setting, value", LOOSENED)
def test_an_ordinary_user_s_attempts(either_guard, setting, value):
    guard = either_guard
    for way in WAYS:
        guard.reconnect()
        attempt(guard.session, way.format(setting, value, dbname=guard.dbname))
        guard.refuses(BAD, adds=ADDS)
        guard.reconnect()
        guard.refuses(BAD, adds=ADDS)
        guard.administer(
            "ALTER ROLE app RESET ALL",
            f"ALTER ROLE app IN DATABASE {guard.dbname} RESET ALL",
            f"ALTER DATABASE {guard.dbname} RESET ALL",
            server.GUARDED.format(name=guard.dbname, mode="enforce"),
        )


@pytest.mark.parametrize("setting, value", LOOSENED)
def test_in_the_same_transaction(either_guard, setting, value):
    guard = either_guard
    for sql in (
        f"SET LOCAL guardrail.{setting} = '{value}'",
        f"SET guardrail.{setting} = '{value}'",
        f"SELECT set_config('guardrail.{setting}', '{value}', true)",
    ):
        guard.reconnect()
        session = guard.session
        session.run("BEGIN")
        attempt(session, sql)
        if session.connection.info.transaction_status.name == "INTRANS":
            assert str(session.expect_refusal(BAD)) == ADDS
        session.run("ROLLBACK")


@pytest.mark.parametrize("setting, value", LOOSENED)
def test_in_a_function_s_settings(either_guard, setting, value):
    guard = either_guard
    attempt(
        guard.session,
        f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SET guardrail.{setting} = '{value}' AS 'BEGIN {BAD}; END'",
    )
    guard.reconnect()
    with pytest.raises(psycopg.Error) as raised:
        guard.session.run("SELECT f()")
    assert raised.value.sqlstate in ("42R01", "42501", "42883")
    assert guard.session.rows("SELECT to_regclass('t')") == [(None,)]


@pytest.mark.parametrize("setting, value", LOOSENED)
def test_in_the_connection_s_options(either_guard, setting, value):
    guard = either_guard
    try:
        session = guard.connect(options=f"-c guardrail.{setting}={value}")
    except psycopg.OperationalError as error:
        assert "permission denied" in str(error)
        return
    assert str(session.expect_refusal(BAD)) == ADDS


def test_loaded_by_hand(late_guard):
    session = late_guard.session
    session.run("SET guardrail.mode = off")
    try:
        session.run("LOAD 'pg_guardrail'")
    except psycopg.Error:
        pass
    assert str(session.expect_refusal(BAD)) == ADDS


def test_error_after_the_library_is_loaded(preloaded_guard):
    sqlstate, text = preloaded_guard.session.expect_error("SET guardrail.mode = off")
    assert sqlstate == "42501"
    assert 'permission denied to set parameter "guardrail.mode"' in text


def test_reset_is_no_way_round(either_guard):
    guard = either_guard
    for sql in ("RESET guardrail.mode", "RESET ALL", "DISCARD ALL", "SET SESSION AUTHORIZATION DEFAULT"):
        guard.reconnect()
        attempt(guard.session, sql)
        guard.refuses(BAD, adds=ADDS)


def test_the_machinery_is_not_the_user_s(either_guard):
    session = either_guard.session
    for sql in (
        "ALTER EVENT TRIGGER pg_guardrail_ddl_command_end DISABLE",
        "DROP EVENT TRIGGER pg_guardrail_ddl_command_end",
        "DROP EXTENSION pg_guardrail",
        "DROP SCHEMA guardrail CASCADE",
        "DROP FUNCTION guardrail.ddl_command_end() CASCADE",
        "CREATE OR REPLACE FUNCTION guardrail.ddl_command_end() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE TABLE guardrail.t (made timestamp)",
        "SET session_replication_role = replica",
        "ALTER SCHEMA guardrail RENAME TO g",
    ):
        assert session.expect_error(sql)[0] == "42501", sql
    either_guard.refuses(BAD, adds=ADDS)


def test_granted_parameter(either_guard, needs):
    needs(15)
    guard = either_guard
    guard.administer("GRANT SET ON PARAMETER guardrail.mode TO app")
    try:
        guard.passes("SELECT * FROM guardrail.rules", "SET guardrail.mode = off", BAD, "DROP TABLE t")
        guard.passes("RESET guardrail.mode")
        guard.refuses(BAD, adds=ADDS)
    finally:
        guard.administer("REVOKE SET ON PARAMETER guardrail.mode FROM app")


def test_set_role_takes_the_superuser_s_settings_along(guard):
    """A superuser who loosened the session and then became someone else keeps the settings."""
    guard.as_superuser().passes("SET guardrail.mode = off", "SET ROLE app", BAD)
