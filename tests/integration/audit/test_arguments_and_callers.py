"""How the audit is called: its arguments, by whom, and in which kind of transaction."""

import psycopg
import pytest
import told

NAMES = ['a"b', "<b>&", "two\nlines", "a😀", "é" * 31 + "x", "DROP TABLE", "{}.*", " ", "'"]
AUDIT = "SELECT schema_name, table_name FROM guardrail.audit({}) ORDER BY 1, 2"


def audit(session, **arguments):
    call = ", ".join(f"{name} => %({name})s" for name in arguments)
    return session.connection.execute(AUDIT.format(call), arguments).fetchall()


@pytest.fixture
def three(guard):
    """Two schemas with alike tables."""
    guard.prepare(
        "CREATE SCHEMA app2; CREATE TABLE t (a timestamp); CREATE TABLE tt (a timestamp, b int REFERENCES customers);"
        "CREATE TABLE app2.t (a timestamp)"
    )
    return guard


@pytest.mark.parametrize(
    "arguments, tables",
    [
        ({}, ["app2.t", "public.t", "public.tt", "public.tt", "public.tt", "public.tt"]),
        ({"schemas": "app2"}, ["app2.t"]),
        ({"schemas": "app"}, []),
        ({"schemas": "pp2"}, []),
        ({"schemas": "app.|x"}, ["app2.t"]),
        ({"schemas": "x|app2"}, ["app2.t"]),
        ({"tables": "t"}, ["app2.t", "public.t"]),
        ({"tables": "t", "schemas": "public"}, ["public.t"]),
        ({"tables": "T"}, []),
        ({"tables": "t+", "rules": "timestamp.*"}, ["app2.t", "public.t", "public.tt"]),
        ({"rules": "fk_.*"}, ["public.tt", "public.tt"]),
        ({"rules": "fk"}, []),
        ({"rules": "no_such_rule"}, []),
        ({"rules": "destructive_change|identifier_too_long|unrecorded_migration"}, []),
        ({"tables": ""}, []),
        ({"tables": "a, t"}, []),
    ],
)
def test_the_arguments_are_patterns_for_whole_names(three, arguments, tables):
    assert [f"{schema}.{table}" for schema, table in audit(three.session, **arguments)] == tables


@pytest.mark.parametrize("name", ["schemas", "tables", "rules"])
def test_a_bad_argument_is_named(guard, name):
    for bad in ("(", "a{", "[z", "*", "\\"):
        with pytest.raises(psycopg.errors.InvalidRegularExpression, match=f'"{name}"'):
            audit(guard.session, **{name: bad})
    with pytest.raises(psycopg.errors.NullValueNotAllowed, match=f'"{name}"'):
        audit(guard.session, **{name: None})


def test_names_come_as_they_are(guard):
    quoted = ['"' + name.replace('"', '""') + '"' for name in NAMES]
    for name in quoted:
        guard.prepare(f"CREATE SCHEMA {name}", f"CREATE TABLE {name}.{name} ({name} timestamp)")
    guard.check_only("timestamp_without_time_zone")
    found = guard.session.rows("SELECT schema_name, table_name, column_name, fix FROM guardrail.audit()")
    assert sorted(row[:3] for row in found) == sorted((name, name, name) for name in NAMES)
    for *_, fix in found:
        guard.passes(fix)
    assert audit(guard.session) == []


def test_anyone_sees_the_same(three):
    rows = told.read(three.session, "audit")
    three.administer("REVOKE ALL ON SCHEMA public, app2 FROM PUBLIC, app", "ALTER TABLE app2.t OWNER TO postgres")
    stranger = three.connect("stranger")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        stranger.run("SELECT * FROM app2.t")
    seen = told.read(stranger, "audit")
    # What a fix costs depends on the rows, of which nobody is told who may not read them.
    assert {key: violation.about for key, violation in seen.items()} == {key: row.about for key, row in rows.items()}
    assert told.read(three.connect("postgres"), "audit") == rows


def test_a_read_only_transaction(three):
    three.session.run("SET default_transaction_read_only = on")
    assert len(audit(three.session)) == 6


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_old_snapshot(three, isolation):
    """The audit sees what is committed by now, as PostgreSQL's own looks into its catalogs do."""
    reader = three.connect()
    reader.run(f"BEGIN ISOLATION LEVEL {isolation}")
    reader.rows("SELECT FROM customers")
    three.prepare(
        "ALTER TABLE t DROP a", "ALTER TABLE app2.t ADD CHECK (a > '2000-01-01'), ALTER a SET DEFAULT '2001-01-01'"
    )
    assert [f"{schema}.{table}" for schema, table in audit(reader, tables="t")] == ["app2.t", "app2.t"]
    reader.run("COMMIT")


def test_a_failed_transaction(three):
    three.session.run("BEGIN")
    three.session.expect_error("SELECT 1 / 0")
    assert three.session.expect_error("SELECT * FROM guardrail.audit()")[0] == "25P02"
    three.session.run("ROLLBACK")
    assert len(audit(three.session)) == 6


def test_what_this_transaction_has_made(guard):
    guard.configure(mode="warn")
    session = guard.session
    session.run("BEGIN")
    session.run("CREATE TABLE fresh (a timestamp, b int, CHECK (b > 0))")
    assert audit(session) == [("public", "fresh")] * 2
    assert session.rows("SELECT rule, certain FROM guardrail.audit() ORDER BY 1") == [
        ("timestamp_without_time_zone", True),
        ("unnamed_constraint", False),
    ]
    assert audit(guard.connect()) == []
    session.run("SAVEPOINT s")
    session.run("ALTER TABLE fresh ALTER a TYPE timestamptz")
    assert audit(session, rules="timestamp.*") == []
    session.run("ROLLBACK TO s")
    assert audit(session, rules="timestamp.*") == [("public", "fresh")]
    session.run("ROLLBACK")
    assert audit(session) == []


@pytest.mark.parametrize("sql", [
    "SELECT count(*)::int FROM guardrail.audit() AS a, guardrail.audit(tables => a.table_name) AS b",
    "SELECT count(*)::int FROM (SELECT (guardrail.audit()).*) AS a",
    "SELECT count(*)::int FROM (SELECT guardrail.audit() LIMIT 4) AS a",
    "WITH a AS MATERIALIZED (SELECT * FROM guardrail.audit()) SELECT count(*)::int FROM a",
])  # fmt: skip
def test_ways_to_call_it(three, sql):
    assert three.session.rows(sql)[0][0] > 1


def test_a_cursor_and_a_function(three):
    three.prepare(
        "CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM guardrail.audit()); END'"
    )
    three.session.run("BEGIN")
    three.session.run("DECLARE c CURSOR WITH HOLD FOR SELECT rule FROM guardrail.audit()")
    three.session.run("COMMIT")
    assert len(three.session.rows("FETCH ALL FROM c")) == 6
    assert three.session.rows("SELECT f()") == [(6,)]
