"""Objects may have names with quotes, dots, capitals, blanks and non-ASCII letters, of 63 bytes and more."""

import fixes
import psycopg
import pytest
from psycopg import sql

OD = "fk_without_on_delete"
IX = "fk_without_index"
TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"

LONG = "l" * 63
NAMES = [
    "Capital",
    "with blank",
    "dot.ted",
    'quo"te',
    "apo'strophe",
    "semi;colon",
    "back\\slash",
    "percent%s%n",
    "new\nline",
    "$$dollar$$",
    "{curly}",
    "(round)",
    "select",
    "größe",
    "表",
    "🚲",
    LONG,
    "é" * 31,
    "-- comment",
    "a, b",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_rule(guard, name):
    """The fields carry the bare names, and the fixes quote them so that they can be run."""
    ident = sql.Identifier(name)
    guard.administer(sql.SQL("CREATE SCHEMA {} AUTHORIZATION app").format(ident))
    guard.configure(mode="warn")
    session = guard.session
    session.run(
        sql.SQL(
            "CREATE TABLE {0}.{0} ({0} timestamp, other bigint CONSTRAINT {0} REFERENCES customers, UNIQUE (other))"
        ).format(ident)
    )
    session.run(
        sql.SQL("CREATE TABLE {0}.two ({0} bigint CONSTRAINT {0} REFERENCES customers ON DELETE CASCADE)").format(ident)
    )
    messages = {message.rule: message for message in session.take_messages()}
    assert set(messages) == {OD, IX, TS, UN}
    assert {message.schema for message in messages.values()} == {name}
    assert (messages[TS].table, messages[TS].column) == (name, name)
    assert (messages[OD].table, messages[OD].constraint) == (name, name)
    assert (messages[IX].table, messages[IX].constraint) == ("two", name)
    assert messages[UN].table == name
    for message in messages.values():
        session.run(message.hint)
        assert session.take_messages() == [], message
    assert (
        guard.session.rows(
            "SELECT conname FROM pg_constraint WHERE confrelid = 'customers'::regclass AND confdeltype = 'a'"
        )
        == []
    )
    columns = "SELECT count(*) FROM pg_attribute WHERE atttypid = 'timestamp'::regtype AND attrelid > 16384"
    assert guard.session.rows(columns) == [(0,)]


@pytest.mark.parametrize("name", NAMES)
def test_types(guard, name):
    ident = sql.Identifier(name)
    guard.configure(mode="warn")
    guard.session.run(sql.SQL("CREATE DOMAIN {} AS timestamp").format(ident))
    guard.session.run(sql.SQL("CREATE TYPE {} AS ({} timestamp)").format(sql.Identifier("x" + name[:60]), ident))
    domain, composite = guard.session.take_messages()
    assert domain.datatype.removeprefix("public.") == name
    assert name in composite.primary or "\n" in name


@pytest.mark.parametrize("name", NAMES)
def test_refused(guard, name):
    ident = sql.Identifier(name)
    table = sql.SQL("CREATE TABLE {0} (a timestamp, {0} timestamp, UNIQUE ({0}))").format(ident).as_string(None)
    found = fixes.refuse(guard, table)
    assert [fix.rule for fix in found] == [TS, TS, UN]
    guard.passes(*fixes.write_again(found, table))


def test_names_that_postgresql_cuts(guard):
    long = "x" * 80
    guard.refuses(f"CREATE TABLE t ({long} timestamp)", adds=f"{TS} t.{long[:63]}")
    guard.refuses(f"CREATE TABLE {long} (made timestamp)", adds=f"{TS} {long[:63]}.made")
    guard.refuses(f"CREATE TABLE t (c bigint CONSTRAINT {long} REFERENCES customers)", adds=f"{OD} t.{long[:63]}")
    guard.passes(f"CREATE TABLE t (id int CONSTRAINT {long} PRIMARY KEY)")


def test_a_cut_name_is_a_given_name(guard):
    """PostgreSQL cuts the name that it makes up for a constraint of a table with a long name."""
    table = "t" * 60
    made_up = f"{'t' * 58}_pkey"
    guard.refuses(f"CREATE TABLE {table} (id int PRIMARY KEY)", adds=f"{UN} {table}.{made_up}")
    guard.passes(f"CREATE TABLE {table} (id int CONSTRAINT {made_up} PRIMARY KEY)")


@pytest.mark.parametrize("name", ["Capital", "with blank", "größe", "quo''te", "select"])
def test_exempt_names(guard, name):
    quoted = '"' + name.replace("''", "'") + '"'
    guard.configure(exempt_schemas=name, exempt_tables=name)
    guard.administer(f"CREATE SCHEMA {quoted} AUTHORIZATION app")
    guard.passes(f"CREATE TABLE {quoted} (made timestamp)", f"CREATE TABLE {quoted}.t (made timestamp)")


def test_same_name_everywhere(guard):
    """A table, its column, its constraint and its index may share a name; so may tables of two schemas."""
    guard.administer("CREATE SCHEMA x AUTHORIZATION app")
    guard.prepare("CREATE TABLE x.x (x int, y timestamp)")
    guard.refuses("CREATE TABLE x (x timestamp, CONSTRAINT y UNIQUE (x))", adds=f"{TS} x.x")
    guard.refuses("ALTER TABLE x.x ADD x2 timestamp", adds=f"{TS} x.x.x2")


def test_a_search_path_with_tricks(guard):
    """The guard calls no functions and reads no tables that shadow PostgreSQL's own."""
    guard.prepare(
        "CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE sql AS 'SELECT (1 / 0)::text'",
        "CREATE TABLE public.pg_class (relname text, reloid oid)",
        "CREATE TABLE public.pg_constraint (conname text)",
    )
    guard.passes("SET search_path = public, pg_catalog")
    guard.refuses("CREATE TABLE t (made timestamp)", adds=f"{TS} t.made")
    guard.refuses("CREATE TABLE t (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)", adds=f"{IX} t.fk")


def test_an_empty_search_path(guard):
    guard.passes("SET search_path = ''")
    guard.refuses("CREATE TABLE public.t (made timestamp)", adds=f"{TS} t.made")
    guard.passes("CREATE TABLE public.t (made timestamptz)")


TRICKS = [
    "x\nDROP TABLE victim; --",
    "x\rDROP TABLE victim; --",
    "x\u2028DROP TABLE victim; --",
    "*/ DROP TABLE victim; /*",
    "'; DROP TABLE victim; --",
    '"; DROP TABLE victim; --',
    "\\'; DROP TABLE victim; --",
    "$$; DROP TABLE victim; --",
    "-- x\n; DROP TABLE victim;",
    "x\nRule: unlogged_table (error).",
]


@pytest.mark.parametrize("name", TRICKS)
def test_nothing_that_a_name_holds_is_run(guard, name):
    """Every fix of every rule can be run, whatever the names are; and no name makes a line of its own in a message."""
    rules = [rule for (rule,) in guard.observe("SELECT id FROM guardrail.rules")]
    guard.configure(mode="warn", max_messages=100, ddl_applications="nobody", **dict.fromkeys(rules, "warning"))
    guard.prepare("CREATE TABLE victim ()")
    session = guard.session
    names = {"name": sql.Identifier(name), "long": sql.Identifier(name + "x" * 64), "text": name}
    for statement in [
        "CREATE TABLE {name} ({name} timestamp, {long} serial, b text CHECK (b IN ({text}, 'y')),"
        " price float8, j json DEFAULT NULL, ok boolean, c bigint CONSTRAINT {name} REFERENCES customers)",
        "CREATE INDEX ON {name} ({name})",
        "CREATE INDEX ON {name} ({name}, b)",
        "CREATE INDEX CONCURRENTLY {name} ON {name} (b)",
        "ALTER TABLE {name} ADD UNIQUE (b), ADD CHECK (b <> {text})",
        "CREATE DOMAIN {long} AS timestamp CHECK (VALUE IS NOT NULL)",
        "CREATE TYPE {long} AS ({name} timestamp)",
        "ALTER TABLE {name} DROP COLUMN {name}",
    ]:
        try:
            session.run(sql.SQL(statement).format(**names))
        except (psycopg.errors.DuplicateObject, psycopg.errors.DuplicateTable):
            pass
    messages = session.take_messages()
    assert len({message.rule for message in messages}) > 15
    fixes = {message.hint for message in messages}
    for message in messages:
        assert not set("\n\r\u2028") & set(message.primary), message
        assert message.detail.count("Rule: ") - message.detail.count("\\nRule: ") == 1, message
    for fix in sorted(fixes):
        try:
            session.run(fix)
        except psycopg.Error as error:
            # A fix may have been overtaken by another one.
            assert error.sqlstate[:2] not in ("XX", "58") and error.sqlstate != "42601", f"{fix}: {error}"
    assert session.rows("SELECT to_regclass('victim')::text") == [("victim",)]
