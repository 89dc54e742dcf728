"""Every kind of fix can be run as it is by a driver and by psql, whatever the names are: nothing in a name is run."""

import cases
import fixes
import pytest
from psycopg import sql

TS = "timestamp_without_time_zone"
IX = "fk_without_index"
ODD = [
    "new\nline",
    "x\n; DROP TABLE victim; --",
    "x\r; DROP TABLE victim; --",
    '"; DROP TABLE victim; --',
    "'; DROP TABLE victim; --",
    "-- x",
    "/* x",
    "*/ DROP TABLE victim; /*",
    "$$; DROP TABLE victim; --",
    "x\n\\echo leaked",
    ":victim :'victim'",
    "a, b",
    "a); DROP TABLE victim; --",
]

odd_names = pytest.mark.parametrize("name", ODD)


def fill(statement, name):
    """The statement with the name in the place of {0}."""
    return sql.SQL(statement).format(sql.Identifier(name)).as_string(None)


@pytest.fixture
def guard(guard):
    """A table that must remain. Running what a name holds would drop it."""
    guard.prepare("CREATE TABLE victim ()")
    yield guard
    assert guard.observe("SELECT to_regclass('victim')::text") == [("victim",)]


@pytest.fixture
def psql(guard, tmp_path):
    """Runs a script as psql does, as the test's role."""

    def run(script):
        path = tmp_path / "script.sql"
        path.write_bytes(script.encode())
        done = guard.cluster.client("psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", str(path), dbname=guard.dbname, user="app")
        assert done.returncode == 0, f"{done.stderr}\n{script!r}"
        assert "leaked" not in done.stdout.splitlines()
        return done.stderr

    return run


INSTEAD = [
    ("column", "CREATE TABLE t ({0} timestamp UNIQUE, id int)"),
    ("table", "CREATE TABLE {0} (at timestamp DEFAULT now(), CHECK (at > 'epoch'))"),
    ("both", "CREATE TABLE {0} ({0} timestamp, CONSTRAINT {0} CHECK ({0} > 'epoch'), PRIMARY KEY ({0}))"),
    ("generated", "CREATE TABLE {0} ({0} timestamp, day date GENERATED ALWAYS AS ({0}::date) STORED)"),
    ("partitioned", "CREATE TABLE {0} ({0} timestamp) PARTITION BY RANGE (date_trunc('day', {0}))"),
    ("alter", "ALTER TABLE old ADD {0} timestamp, ADD CHECK (id > 0)"),
    ("type", "CREATE TYPE {0} AS ({0} timestamp)"),
    ("domain", "CREATE DOMAIN {0} AS timestamp"),
]


@odd_names
@cases.parametrize("statement", INSTEAD)
def test_instead(guard, psql, statement, name):
    guard.prepare("CREATE TABLE old (id int)")
    statement = fill(statement, name)
    found = fixes.refuse(guard.check_only(TS, "unnamed_constraint"), statement)
    rewritten = fixes.write_again(found, statement)
    psql(";\n".join(["BEGIN", *(line.removesuffix(";") for line in rewritten), "ROLLBACK"]) + ";")
    guard.passes(*rewritten)


@odd_names
def test_an_enum_that_is_made_first(guard, psql, name):
    table = sql.SQL("CREATE TABLE {0} ({0} text CONSTRAINT {0} CHECK ({0} IN ({1}, 'b')))")
    table = table.format(sql.Identifier(name), name).as_string(None)
    found = fixes.refuse(guard.check_only("check_instead_of_enum"), table)
    make, *rest = fixes.write_again(found, table)
    assert make.startswith("CREATE TYPE ")
    psql(f"BEGIN;\n{make}\n{rest[0]};\nROLLBACK;")
    guard.passes(make, *rest)


BEFORE_COMMIT = [
    ("index", IX, "CREATE TABLE {0} ({0} bigint CONSTRAINT {0} REFERENCES customers ON DELETE CASCADE)"),
    ("key", "table_without_primary_key", "CREATE TABLE {0} ({0} bigint)"),
    ("not_null", "nullable_column", "CREATE TABLE {0} ({0} bigint)"),
    ("column_name", "misnamed_column", "CREATE TABLE {0} ({0} bigint)"),
    ("table_name", "misnamed_table", "CREATE TABLE {0} ({0} bigint)"),
    ("constraint_name", "misnamed_constraint", "CREATE TABLE {0} ({0} bigint CONSTRAINT {0} CHECK ({0} > 0))"),
]


@odd_names
@cases.parametrize("rule, statement", BEFORE_COMMIT)
def test_before_commit(guard, psql, rule, statement, name):
    statement = fill(statement, name)
    found = fixes.refuse(guard.check_only(rule), statement)
    assert {fix.applies for fix in found} == {"same transaction"}
    psql("\n".join([f"BEGIN;\n{statement};", *(fix.text for fix in found), "COMMIT;"]))


IN_PLACE = [
    *BEFORE_COMMIT,
    ("time_zone", TS, "CREATE TABLE {0} ({0} timestamp DEFAULT now())"),
    ("action", "fk_without_on_delete", "CREATE TABLE {0} ({0} bigint CONSTRAINT {0} REFERENCES customers)"),
    ("constraint", "unnamed_constraint", "CREATE TABLE {0} ({0} bigint UNIQUE)"),
    ("quotes", "identifier_needs_quotes", "CREATE TABLE {0} ({0} bigint, \"A\" int)"),
    ("logged", "unlogged_table", "CREATE UNLOGGED TABLE {0} ({0} bigint)"),
    ("serial", "serial_column", "CREATE TABLE {0} ({0} bigserial)"),
    ("money", "inexact_money", "CREATE TABLE {0} ({0} money)"),
    ("row_security", "rls_disabled", "CREATE TABLE {0} ({0} bigint)"),
]  # fmt: skip


@odd_names
@cases.parametrize("rule, statement", IN_PLACE)
def test_in_place(guard, psql, rule, statement, name):
    found = fixes.warn(guard.check_only(rule).configure(mode="warn"), fill(statement, name))
    assert {fix.applies for fix in found} == {"in place"}
    psql("\n".join(fix.text for fix in found))


BY_HAND = [
    ("partition_key", TS, "CREATE TABLE {0} ({0} timestamp) PARTITION BY RANGE ({0})"),
    ("generated", TS, "CREATE TABLE {0} ({0} timestamp, day date GENERATED ALWAYS AS ({0}::date) STORED)"),
    ("check", "inexact_money", "CREATE TABLE {0} ({0} money CONSTRAINT {0} CHECK ({0} > 0::money))"),
    ("actions", "fk_without_on_delete", "CREATE TABLE {0} ({0} bigint NOT NULL CONSTRAINT {0} REFERENCES customers)"),
]


@odd_names
@cases.parametrize("rule, statement", BY_HAND)
def test_by_hand(guard, psql, rule, statement, name):
    guard.configure(fk_on_delete_actions="set null")
    found = fixes.warn(guard.check_only(rule).configure(mode="warn"), fill(statement, name))
    for fix in found:
        cases.expect_comment(guard, fix)
        psql(fix.text)


@odd_names
def test_what_is_in_the_way_has_such_a_name(guard, psql, name):
    guard.prepare("CREATE TABLE t (at timestamp)", fill("CREATE VIEW {0} AS SELECT at FROM t", name))
    guard.check_only(TS).configure(mode="warn", exempt_tables="t")
    (fix,) = fixes.warn(guard, "ALTER TABLE t RENAME TO u")
    cases.expect_comment(guard, fix)
    assert len(fix.text.splitlines()) == 1
    psql(fix.text)


SHADOWS = """CREATE FUNCTION setval(text, bigint, boolean) RETURNS bigint LANGUAGE sql AS 'DROP TABLE victim; SELECT 1';
    CREATE FUNCTION pg_get_serial_sequence(text, text) RETURNS text LANGUAGE sql AS 'DROP TABLE victim; SELECT $1'"""


def test_functions_of_others_that_fit_better_are_not_called(guard, psql):
    guard.prepare(SHADOWS)
    found = fixes.warn(guard.check_only("serial_column").configure(mode="warn"), "CREATE TABLE t (id serial)")
    psql("\n".join(fix.text for fix in found))


FOREIGN_CAST = """CREATE TYPE pair AS (a timestamp, b int);
    CREATE FUNCTION as_text(pair) RETURNS text LANGUAGE sql AS $$ DROP TABLE victim; SELECT '("2020-01-01",1)' $$;
    CREATE CAST (pair AS text) WITH FUNCTION as_text(pair)"""


def test_casts_of_others_are_not_called(guard, psql):
    guard.prepare(FOREIGN_CAST)
    (fix,) = fixes.warn(guard.check_only(TS).configure(mode="warn"), "CREATE TABLE t (p pair)")
    cases.expect_comment(guard, fix)
    assert "The cast of its values is not PostgreSQL's own" in fix.text
    psql(fix.text)


RULE = "CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE RULE r AS ON UPDATE TO t DO ALSO DELETE FROM t"


def test_no_update_is_proposed_where_a_rule_makes_something_else_of_it(guard):
    guard.prepare(RULE)
    (fix,) = fixes.warn(guard.check_only("nullable_boolean").configure(mode="warn"), "ALTER TABLE t ADD ok boolean")
    cases.expect_comment(guard, fix)


CONTROLS = ["new\nline", "x\n; DROP TABLE victim; --", "x\r\ny\\", "x\x03; DROP TABLE victim; --", 'x"\u2028y', "\x1b[2Kx", "\u202ex"]


@cases.parametrize("name", [(ascii(name), name) for name in CONTROLS])
def test_a_statement_is_one_line(guard, psql, name):
    """A tool that reads lines, or a terminal, finds nothing in a name that it could take for its own."""
    table = fill("CREATE TABLE {0} ({0} timestamp DEFAULT now(), id serial CONSTRAINT {0} CHECK (id > 0))", name)
    found = fixes.warn(guard.check_only(TS, "misnamed_constraint", "serial_column").configure(mode="warn"), table)
    lines = [line for fix in found for line in fix.text.splitlines()]
    assert all(line.endswith(";") and line.isprintable() for line in lines), lines
    psql("\n".join(lines))
