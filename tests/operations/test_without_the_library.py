"""A server from which the library was removed while a database has the extension, and how it is repaired."""

import subprocess

import psycopg
import pytest
import server

TRIGGERS = [f"pg_guardrail_{event}" for event in ("ddl_command_start", "sql_drop", "ddl_command_end")]
DISABLE = [f"ALTER EVENT TRIGGER {name} DISABLE" for name in TRIGGERS]
MISSING = "58P01"
# What fires an event trigger, and what does not.
FAIL = [
    "CREATE TABLE z (a int)",
    "CREATE TEMP TABLE z (a int)",
    "SELECT 1 AS a INTO z",
    "CREATE SCHEMA z",
    "DROP OWNED BY app",
    "ALTER TABLE customers ADD x int",
    "DROP TABLE customers",
    "CREATE INDEX CONCURRENTLY ON customers (email)",
    "REFRESH MATERIALIZED VIEW mv",
    "GRANT SELECT ON customers TO app",
    "COMMENT ON TABLE customers IS 'x'",
    "CREATE EXTENSION pg_trgm",
    "DROP EXTENSION pg_guardrail",
    "ALTER EXTENSION pg_guardrail UPDATE",
    "DROP FUNCTION guardrail.ddl_command_end() CASCADE",
    "SELECT count(*) FROM guardrail.audit()",
    "SELECT guardrail.thaw()",
    "INSERT INTO guardrail.exemptions (rule, relation, reason) VALUES ('*', 'x', 'y')",
    "LOAD 'pg_guardrail'",
]
WORK = [
    "INSERT INTO customers VALUES (5, 5)",
    "UPDATE customers SET email = 'x'",
    "SELECT count(*) FROM customers",
    "TRUNCATE customers",
    "ANALYZE customers",
    "VACUUM customers",
    "SELECT count(*) FROM guardrail.exemptions",
    "SELECT count(*) FROM guardrail.frozen",
    "DELETE FROM guardrail.exemptions",
    "DELETE FROM guardrail.frozen",
    "CREATE ROLE brief",
    "DROP ROLE brief",
    "SET guardrail.mode = off",
]


@pytest.fixture(scope="module")
def broken(breakable_bindir):
    """A server without the library, whose template has the extension. Its file can be put back."""
    cluster = server.Cluster(breakable_bindir).start()
    with cluster.connect("guarded") as admin:
        admin.execute("CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a")
    library = next(breakable_bindir.parent.rglob("pg_guardrail.so"))
    cluster.library, cluster.away = library, library.with_suffix(".away")
    library.rename(cluster.away)
    yield cluster
    if cluster.away.exists():
        cluster.away.rename(library)
    cluster.stop()


@pytest.fixture
def dbname(broken):
    name = broken.create_database()
    yield name
    broken.drop_database(name)


def run(broken, dbname, *statements, **extra):
    with broken.connect(dbname, **extra) as session:
        for sql in statements:
            session.execute(sql)


def assert_works_again(broken, dbname):
    """The extension is gone, and tables can be created."""
    run(broken, dbname, "CREATE TABLE z (a timestamp)", "DROP TABLE z")
    with broken.connect(dbname) as session:
        assert session.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_guardrail'").fetchone() == (0,)


@pytest.mark.parametrize("sql", FAIL)
@pytest.mark.parametrize("user", ["postgres", "app"])
def test_what_fails(broken, dbname, sql, user):
    with broken.connect(dbname, user) as session, pytest.raises(psycopg.Error) as error:
        session.execute(sql)
    missing = error.value.sqlstate == MISSING
    # An ordinary user may not do all of it, but the missing file comes first for what fires the triggers.
    assert missing or user == "app", error.value
    if missing:
        assert 'could not access file "' in str(error.value)
        assert "pg_guardrail" in str(error.value)


@pytest.mark.parametrize("sql", WORK)
def test_what_works(broken, dbname, sql):
    run(broken, dbname, sql)


def test_reindex_fires_event_triggers_from_17_on(broken, dbname, major):
    done = broken.client("reindexdb", dbname=dbname)
    assert (done.returncode == 1) == ("could not access file" in done.stderr) == (major >= 17), done.stderr


def test_a_setting_does_not_help(broken, dbname):
    """The triggers call into the file before anything can look at the mode."""
    with broken.connect(dbname, options="-c guardrail.mode=off") as session, pytest.raises(psycopg.Error) as error:
        session.execute("CREATE TABLE z (a int)")
    assert error.value.sqlstate == MISSING


def test_a_dump_can_still_be_made(broken, dbname):
    done = broken.client("pg_dump", dbname=dbname)
    assert (done.returncode, done.stderr) == (0, "")
    assert "CREATE EXTENSION IF NOT EXISTS pg_guardrail" in done.stdout


# The ways out


def test_the_event_triggers_are_disabled(broken, dbname):
    run(broken, dbname, *DISABLE, "CREATE TABLE kept (a int)", "DROP EXTENSION pg_guardrail")
    assert_works_again(broken, dbname)


def test_the_event_triggers_are_disabled_until_the_file_is_back(broken, dbname):
    run(broken, dbname, *DISABLE, "CREATE TABLE meanwhile (a timestamp)")
    broken.away.rename(broken.library)
    try:
        run(broken, dbname, *[f"ALTER EVENT TRIGGER {name} ENABLE" for name in TRIGGERS])
        with broken.connect(dbname, "app") as session, pytest.raises(psycopg.Error) as error:
            session.execute("CREATE TABLE z (a timestamp)")
        assert error.value.sqlstate == "42R01"
        with broken.connect(dbname) as session:
            audit = session.execute("SELECT rule FROM guardrail.audit() WHERE table_name = 'meanwhile'").fetchall()
        assert audit == [("timestamp_without_time_zone",)]
    finally:
        broken.library.rename(broken.away)


def test_a_replica_session_drops_the_extension(broken, dbname):
    run(broken, dbname, "DROP EXTENSION pg_guardrail", options="-c session_replication_role=replica")
    assert_works_again(broken, dbname)


def test_event_triggers_are_switched_off_for_a_session(broken, dbname, major):
    if major < 17:
        pytest.skip("PostgreSQL 17 and later")
    run(broken, dbname, "DROP EXTENSION pg_guardrail", options="-c event_triggers=off")
    assert_works_again(broken, dbname)


def test_single_user_mode(broken, dbname):
    """No event trigger fires there."""
    broken.halt()
    try:
        command = server.as_server_user([str(broken.bindir / "postgres"), "--single", "-D", str(broken.data), dbname])
        sql = "CREATE TABLE kept (a int)\nDROP EXTENSION pg_guardrail\n"
        done = subprocess.run(command, input=sql, capture_output=True, text=True)
        assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
    finally:
        broken.launch()
    assert_works_again(broken, dbname)


def test_the_file_comes_back(broken, dbname):
    """No restart is needed, not even a new session."""
    with broken.connect(dbname, "app") as session:
        with pytest.raises(psycopg.Error) as error:
            session.execute("CREATE TABLE z (a timestamptz)")
        assert error.value.sqlstate == MISSING
        broken.away.rename(broken.library)
        try:
            session.execute("CREATE TABLE z (a timestamptz)")
            with pytest.raises(psycopg.Error) as error:
                session.execute("ALTER TABLE z ADD b timestamp")
            assert error.value.sqlstate == "42R01"
        finally:
            broken.library.rename(broken.away)


# Where it is preloaded


def test_preloaded_by_a_database(broken, dbname):
    with broken.connect("postgres") as admin:
        admin.execute(f"ALTER DATABASE {dbname} SET session_preload_libraries = 'pg_guardrail'")
        with pytest.raises(psycopg.OperationalError, match="could not access file"):
            broken.connect(dbname)
        run(broken, dbname, "SELECT 1", options="-c session_preload_libraries=")
        assert "could not access file" in broken.client("pg_dump", dbname=dbname).stderr
        done = broken.client("pg_dump", dbname=dbname, PGOPTIONS="-c session_preload_libraries=")
        assert (done.returncode, done.stderr) == (0, "")
        admin.execute(f"ALTER DATABASE {dbname} RESET session_preload_libraries")
    run(broken, dbname, "SELECT 1")


@pytest.mark.parametrize("where", ["postgresql.conf", "ALTER SYSTEM"])
def test_preloaded_by_the_server(broken, dbname, where):
    """It does not start. An option of the command takes precedence over both files, so that they can be put right."""
    line = "shared_preload_libraries = 'pg_guardrail'\n"
    if where == "ALTER SYSTEM":
        broken.away.rename(broken.library)
        run(broken, "postgres", f"ALTER SYSTEM SET {line}")
        broken.library.rename(broken.away)
    else:
        conf = broken.data / "postgresql.conf"
        kept = conf.read_text()
        conf.write_text(kept + line)
    broken.halt()
    with pytest.raises(RuntimeError, match="could not access file"):
        broken.launch()
    broken.settings["shared_preload_libraries"] = "''"
    broken.launch()
    run(broken, dbname, *DISABLE, "DROP EXTENSION pg_guardrail")
    if where == "ALTER SYSTEM":
        run(broken, "postgres", "ALTER SYSTEM RESET shared_preload_libraries")
    else:
        conf.write_text(kept)
    broken.halt()
    del broken.settings["shared_preload_libraries"]
    broken.launch()
    assert_works_again(broken, dbname)
