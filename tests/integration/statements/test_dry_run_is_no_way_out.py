"""Nothing that happens in a dry run, or ends one, lets a real statement go unchecked."""

import catalog
import psycopg
import pytest
from dry import dry_run

BAD = "CREATE TABLE bad (id bigint CONSTRAINT pk_bad PRIMARY KEY, at timestamp)"
VIOLATION = "timestamp_without_time_zone bad.at"
NO_KEY = "CREATE TABLE nokey (x int)"


@pytest.fixture(autouse=True)
def require_keys(guard):
    guard.configure(table_without_primary_key="error")


def still_checks(guard):
    guard.refuses(BAD, adds=VIOLATION)
    guard.refuses_at_commit(NO_KEY, adds="table_without_primary_key nokey")


def make_swallow(guard):
    """A function that runs a dry run and then other SQL, whatever becomes of the dry run."""
    guard.prepare("""
        CREATE FUNCTION swallow(dry text, rest text) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE was text := 'passed';
        BEGIN
            BEGIN PERFORM guardrail.dry_run(dry);
            EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN was := SQLSTATE; END;
            EXECUTE rest;
            RETURN was;
        END $$""")


ENDS = {
    "passed": "SELECT 1",
    "22012": f"{NO_KEY}; SELECT 1/0",
    "42601": "CREATE TABEL",
    "0A000": "COMMIT",
    "2D000": "DO $$ BEGIN CREATE TABLE x (y int); COMMIT; END $$",
    "P0004": "DO $$ BEGIN ASSERT false; END $$",
    "57014": "SELECT pg_sleep(10)",
    "55000": "SELECT guardrail.dry_run('SELECT 1')",
    "P0001": "DO $$ BEGIN RAISE EXCEPTION 'x'; END $$",
    "25001": "DO $$ BEGIN EXECUTE 'VACUUM'; END $$",
}


@pytest.mark.parametrize("state", ENDS)
def test_after_a_dry_run_that_was_caught(guard, state):
    make_swallow(guard)
    session = guard.session
    if state == "57014":
        session.run("SET statement_timeout = '100ms'")
    dry = ENDS[state].replace("'", "''")
    assert session.rows(f"SELECT swallow('{dry}', 'SELECT 1')") == [(state,)]
    still_checks(guard)
    assert str(session.expect_refusal(f"SELECT swallow('{dry}', '{BAD}')")) == VIOLATION
    no_key = session.expect_refusal(f"SELECT swallow('{dry}', '{NO_KEY}')")
    assert str(no_key) == "table_without_primary_key nokey"


def test_after_a_dry_run_in_a_savepoint(guard):
    session = guard.session
    session.run("BEGIN")
    session.run("SAVEPOINT s")
    with pytest.raises(psycopg.Error):
        dry_run(session, f"{NO_KEY}; SELECT 1/0")
    session.run("ROLLBACK TO s")
    assert str(session.expect_refusal(BAD)) == VIOLATION
    session.run("ROLLBACK")
    still_checks(guard)


def test_after_an_error_that_nobody_has_caught(guard):
    with pytest.raises(psycopg.Error):
        dry_run(guard.session, f"{BAD}; SELECT 1/0")
    still_checks(guard)


def test_under_warn_nothing_is_refused_afterwards(guard):
    guard.configure(mode="warn")
    dry_run(guard.session, BAD)
    guard.warns(BAD, adds=VIOLATION)


def test_in_the_query_of_a_new_table(guard):
    make_swallow(guard)
    for dry in ["SELECT 1", NO_KEY, "SELECT 1/0"]:
        query = f"SELECT 1 AS x, now()::timestamp AS at, swallow('{dry}', 'SELECT 1')"
        rules = guard.session.expect_refusal(f"CREATE TABLE bad AS {query}").rules
        assert rules == ["timestamp_without_time_zone"]
        rules = guard.session.expect_refusal(f"EXPLAIN ANALYZE CREATE TABLE bad AS {query}").rules
        assert rules == ["timestamp_without_time_zone"]


def test_names_given_in_a_dry_run_are_not_given(guard):
    """A name that PostgreSQL has made up stays made up, although a dry run gives it to the constraint."""
    guard.administer("""
        CREATE FUNCTION rename() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM guardrail.dry_run('ALTER TABLE bad RENAME CONSTRAINT bad_pkey TO x;
                ALTER TABLE bad RENAME CONSTRAINT x TO bad_pkey');
        END $$;
        CREATE EVENT TRIGGER a_rename ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION rename()""")
    try:
        message = guard.session.expect_refusal("CREATE TABLE bad (id bigint PRIMARY KEY)")
    finally:
        guard.administer("DROP EVENT TRIGGER a_rename; DROP FUNCTION rename()")
    assert message.rules == ["unnamed_constraint"]


def test_what_a_transaction_has_touched_is_still_checked(guard):
    session = guard.session
    for dry in ["DROP TABLE nokey", "ALTER TABLE nokey ADD PRIMARY KEY (x)", "SELECT 1/0", "TRUNCATE nokey"]:
        make = ["BEGIN", NO_KEY, "SAVEPOINT s"]
        for sql in make:
            session.run(sql)
        try:
            dry_run(session, dry)
        except psycopg.Error:
            session.run("ROLLBACK TO s")
        assert str(session.expect_refusal("COMMIT")) == "table_without_primary_key nokey"


def test_a_migration_that_a_dry_run_records_is_not_recorded(guard):
    guard.prepare("CREATE TABLE alembic_version (version_num text CONSTRAINT pk_alembic PRIMARY KEY)")
    guard.configure(unrecorded_migration="error", migration_tables="alembic_version")
    session = guard.session
    session.run("BEGIN")
    session.run("CREATE TABLE good (id bigint CONSTRAINT pk_good PRIMARY KEY)")
    assert dry_run(session, "INSERT INTO alembic_version VALUES ('1')") == []
    assert session.expect_refusal("COMMIT").rules == ["unrecorded_migration"]


def test_a_cursor_does_not_keep_a_dry_run_open(guard):
    session = guard.session
    session.run("BEGIN")
    session.run(f"DECLARE c CURSOR FOR SELECT rule FROM guardrail.dry_run('{BAD}; {NO_KEY}')")
    assert session.rows("FETCH 1 FROM c") == [("timestamp_without_time_zone",)]
    assert str(session.expect_refusal(BAD)) == VIOLATION
    session.run("ROLLBACK")
    still_checks(guard)


def test_a_cursor_that_is_read_in_a_dry_run_makes_nothing_that_lasts(guard):
    guard.prepare("CREATE FUNCTION make() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN " + BAD + "; RETURN 1; END $f$")
    session = guard.session
    session.run("BEGIN")
    session.run("DECLARE c CURSOR FOR SELECT make() FROM generate_series(1, 3)")
    assert dry_run(session, "FETCH 1 FROM c") == ["1:1 " + VIOLATION]
    session.run("SAVEPOINT s")
    with pytest.raises(psycopg.Error):
        session.run("FETCH 1 FROM c")
    session.run("ROLLBACK TO s")
    session.run("COMMIT")
    assert session.rows("SELECT FROM pg_class WHERE relname = 'bad'") == []


def test_deferred_triggers_are_fired_again_at_the_real_commit(guard):
    guard.prepare(
        "CREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + BAD + "; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER make AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION make()",
    )
    session = guard.session
    session.run("BEGIN")
    session.run("INSERT INTO customers VALUES (1, 1)")
    assert dry_run(session, "SELECT 1") == ["- " + VIOLATION]
    assert str(session.expect_refusal("COMMIT")) == VIOLATION


def test_deferred_constraints_are_checked_again_at_the_real_commit(guard):
    guard.prepare(
        "CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, c bigint CONSTRAINT fk_a_c REFERENCES customers"
        " DEFERRABLE INITIALLY DEFERRED)"
    )
    session = guard.session
    session.run("BEGIN")
    session.run("INSERT INTO a VALUES (1, 5)")
    assert dry_run(session, "INSERT INTO customers VALUES (5, 5)") == []
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        session.run("COMMIT")


def test_exceptions_that_the_sql_catches(guard):
    digest = catalog.digest(guard)
    sql = f"""DO $$ BEGIN
            BEGIN {NO_KEY}; PERFORM 1/0; EXCEPTION WHEN OTHERS THEN {BAD}; END;
            BEGIN PERFORM guardrail.dry_run('SELECT 1'); EXCEPTION WHEN OTHERS THEN NULL; END;
            BEGIN COMMIT; EXCEPTION WHEN OTHERS THEN NULL; END;
        END $$; {NO_KEY}"""
    assert dry_run(guard.session, sql) == ["1:1 " + VIOLATION, "2:5 table_without_primary_key nokey"]
    assert catalog.digest(guard) == digest
    still_checks(guard)


def test_the_role_and_the_settings_are_as_before(guard):
    guard.as_superuser()
    session = guard.session
    sql = f"SET guardrail.mode = off; SET guardrail.exempt_roles = 'app'; SET ROLE app; {BAD}"
    assert dry_run(session, sql) == []
    assert session.rows("SELECT current_user") == [("postgres",)]
    with pytest.raises(psycopg.Error):
        dry_run(session, f"{sql}; SELECT 1/0")
    assert session.rows("SELECT current_user") == [("postgres",)]
    still_checks(guard)


def test_an_ordinary_role_cannot_loosen_anything_by_it(guard):
    for sql in ["SET guardrail.mode = off", "SELECT set_config('guardrail.mode', 'off', false)"]:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            dry_run(guard.session, sql)
    still_checks(guard)


def test_locks_are_released(guard):
    session = guard.session
    session.run("BEGIN")
    dry_run(session, "ALTER TABLE customers ADD COLUMN x int; LOCK customers")
    other = guard.connect("app")
    other.run("SET lock_timeout = '1s'")
    assert other.rows("SELECT count(*) FROM customers") == [(0,)]
    session.run("ROLLBACK")


def test_a_backend_that_ends_in_a_dry_run_leaves_nothing(guard):
    digest = catalog.digest(guard)
    with pytest.raises(psycopg.OperationalError):
        guard.as_superuser().session.connection.execute(
            "SELECT guardrail.dry_run(%s)", (f"{BAD}; SELECT pg_terminate_backend(pg_backend_pid())",)
        )
    assert catalog.digest(guard) == digest
