"""Names that are too long, so that PostgreSQL cuts them."""

import cases
import psycopg
import pytest
from rule_test import RuleTest

RULE = "identifier_too_long"
# The rule is about a statement, and about no object.
ADDS = f"{RULE} "

LONG = "l" + "o" * 66 + "ng"
CUT = LONG[:63]
SETUP = "CREATE TABLE t (a int); CREATE TABLE ev (a int) PARTITION BY RANGE (a); CREATE DOMAIN d AS int"

# (id, statement that gives a name of more than 63 bytes)
TOO_LONG = [
    ("table", f"CREATE TABLE {LONG} (a int)"),
    ("column", f"CREATE TABLE x ({LONG} int)"),
    ("constraint", f"CREATE TABLE x (a int CONSTRAINT {LONG} CHECK (a > 0))"),
    ("table_constraint", f"CREATE TABLE x (a int, CONSTRAINT {LONG} UNIQUE (a))"),
    ("as", f"CREATE TABLE {LONG} AS SELECT 1 AS a"),
    ("as_column", f"CREATE TABLE x AS SELECT 1 AS {LONG}"),
    ("as_columns", f"CREATE TABLE x ({LONG}) AS SELECT 1"),
    ("into", f"SELECT 1 AS a INTO {LONG}"),
    ("add_column", f"ALTER TABLE t ADD {LONG} int"),
    ("add_constraint", f"ALTER TABLE t ADD CONSTRAINT {LONG} CHECK (a > 0)"),
    ("rename", f"ALTER TABLE t RENAME TO {LONG}"),
    ("rename_column", f"ALTER TABLE t RENAME a TO {LONG}"),
    ("index", f"CREATE INDEX {LONG} ON t (a)"),
    ("concurrently", f"CREATE INDEX CONCURRENTLY {LONG} ON t (a)"),
    ("partition", f"CREATE TABLE {LONG} PARTITION OF ev DEFAULT"),
    ("view", f"CREATE VIEW {LONG} AS SELECT 1 AS a"),
    ("view_column", f"CREATE VIEW v AS SELECT 1 AS {LONG} UNION SELECT 2"),
    ("view_columns", f"CREATE VIEW v ({LONG}) AS SELECT 1"),
    ("materialized_view", f"CREATE MATERIALIZED VIEW {LONG} AS SELECT 1 AS a"),
    ("sequence", f"CREATE SEQUENCE {LONG}"),
    ("schema", f"CREATE SCHEMA {LONG}"),
    ("in_schema", f"CREATE SCHEMA x CREATE TABLE a ({LONG} int)"),
    ("enum", f"CREATE TYPE {LONG} AS ENUM ('a')"),
    ("composite", f"CREATE TYPE pair AS ({LONG} int)"),
    ("range", f"CREATE TYPE {LONG} AS RANGE (subtype = int)"),
    ("attribute", f"CREATE TYPE pair AS (a int); ALTER TYPE pair ADD ATTRIBUTE {LONG} int"),
    ("domain", f"CREATE DOMAIN {LONG} AS int"),
    ("domain_check", f"CREATE DOMAIN x AS int CONSTRAINT {LONG} CHECK (VALUE > 0)"),
    ("domain_add", f"ALTER DOMAIN d ADD CONSTRAINT {LONG} CHECK (VALUE > 0)"),
    ("function", f"CREATE FUNCTION {LONG}() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("parameter", f"CREATE FUNCTION f({LONG} int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("aggregate", f"CREATE AGGREGATE {LONG} (int) (SFUNC = int4pl, STYPE = int)"),
    ("trigger", f"CREATE TRIGGER {LONG} BEFORE UPDATE ON t EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
    ("rule", f"CREATE RULE {LONG} AS ON DELETE TO t DO NOTHING"),
    ("policy", f"CREATE POLICY {LONG} ON t"),
    ("qualified", f"CREATE TABLE public.{LONG} (a int)"),
    ("quoted", f'CREATE TABLE "{LONG} X" (a int)'),
    ("capitals", f"CREATE TABLE {LONG.upper()} (a int)"),
    ("unicode", f'CREATE TABLE U&"\\006c{LONG[1:]}" (a int)'),
    ("unicode_uescape", f"CREATE TABLE U&\"!006c{LONG[1:]}\" UESCAPE '!' (a int)"),
    ("many_bytes", f"CREATE TABLE {'ä' * 32} (a int)"),
    ("quote_at_the_end", f'CREATE TABLE "{"x" * 63}""" (a int)'),
    ("second_statement", f"SELECT 'x'; CREATE TABLE {LONG} (a int)"),
    ("do", f"DO $$ BEGIN CREATE TABLE {LONG} (a int); END $$"),
    ("do_execute", f"DO $$ BEGIN EXECUTE 'CREATE TABLE {LONG} (a int)'; END $$"),
    ("do_format", f"DO $$ BEGIN EXECUTE format('CREATE TABLE %I (a int)', '{LONG}'); END $$"),
]
NOT_TOO_LONG = [
    ("63_bytes", f"CREATE TABLE {'x' * 63} ({'y' * 63} int)"),
    ("63_bytes_of_many", f"CREATE TABLE {'ä' * 31}x (a int)"),
    ("63_bytes_by_escapes", f'CREATE TABLE U&"\\0061{"b" * 62}" (a int)'),
    ("63_bytes_by_quotes", f'CREATE TABLE "{"x" * 62}""" (a int)'),
    ("comment", f"CREATE TABLE x (a int) -- {LONG}\n/* {LONG} /* {LONG} */ {LONG} */"),
    ("string", f"CREATE TABLE x (a text DEFAULT '{LONG}', b text DEFAULT E'\\'{LONG}', c text DEFAULT '''{LONG}')"),
    ("dollar_string", f"CREATE TABLE x (a text DEFAULT $${LONG}$$)"),
    ("dollar_comment", f"COMMENT ON TABLE t IS $a${LONG}$a$"),
    ("do_comment", f"DO $a$ BEGIN COMMENT ON TABLE t IS $${LONG}$$; END $a$"),
    ("variable", f"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ DECLARE {LONG} int; BEGIN RETURN 1; END $$"),
    ("do_variable", f"DO $$ DECLARE {LONG} int; BEGIN CREATE TABLE x (a int); END $$"),
    ("query", f"SELECT 1 AS {LONG}; CREATE TABLE x (a int)"),
    ("alias", f"CREATE VIEW v AS SELECT {LONG}.a FROM t AS {LONG}"),
    # PostgreSQL makes up the name of the constraint, and shortens it so that it fits.
    ("made_up", f"CREATE TABLE {'x' * 40} ({'y' * 40} int UNIQUE)"),
    ("temporary", f"CREATE TEMP TABLE {LONG} ({LONG} int)"),
]


class TestIdentifierTooLong(RuleTest):
    rule = RULE

    bad = [(case, SETUP, statement, "") for case, statement in TOO_LONG]
    good = [(case, SETUP, statement) for case, statement in NOT_TOO_LONG]


@pytest.fixture
def guarded(guard):
    """The tables are there, and the guard checks this rule alone."""
    guard.prepare(SETUP)
    return guard.check_only(RULE)


def test_message(guarded):
    message = guarded.refuses(f"CREATE TABLE {LONG} (a int)", adds=ADDS)
    assert message.primary == f'name "{LONG}" is longer than 63 bytes'
    assert message.hint == f"-- Choose a name of up to 63 bytes; PostgreSQL would keep \"{CUT}\"."
    message = guarded.refuses(f'CREATE TABLE "{"Ä" * 32}" (a int)', adds=ADDS)
    assert message.hint.endswith(f'would keep "{"Ä" * 31}".')


def test_each_name_once(guarded):
    other = LONG.replace("o", "u")
    guarded.refuses(f"CREATE TABLE {LONG} ({other} int, CONSTRAINT {other} CHECK ({other} > 0))", adds=[ADDS, ADDS])


# The table and its column are there under the cut name. These statements use the long name, but give it to nothing new.
LEGACY = [
    ("add", f"ALTER TABLE {LONG} ADD b int"),
    ("drop_column", f"ALTER TABLE {LONG} DROP {LONG}"),
    ("drop_constraint", f"ALTER TABLE {LONG} DROP CONSTRAINT ck_{LONG}"),
    ("rename", f"ALTER TABLE {LONG} RENAME TO short"),
    ("rename_column", f"ALTER TABLE {LONG} RENAME {LONG} TO short"),
    ("index", f"CREATE INDEX ix ON {LONG} ({LONG})"),
    ("refers", f"CREATE TABLE x (a int REFERENCES {LONG} ({LONG}))"),
    ("inherits", f"CREATE TABLE x () INHERITS ({LONG})"),
    ("comment", f"COMMENT ON COLUMN {LONG}.{LONG} IS 'x'"),
    ("grant", f"GRANT SELECT ON {LONG} TO stranger"),
    ("drop", f"DROP TABLE {LONG}"),
    ("drop_if_exists", f"DROP TABLE IF EXISTS {LONG}, {LONG}x"),
]


@cases.parametrize("sql", LEGACY)
def test_legacy(guard, sql):
    guard.prepare(f"CREATE TABLE {LONG} ({LONG} int PRIMARY KEY, CONSTRAINT ck_{LONG} CHECK (true))")
    guard.check_only(RULE).passes(sql)


def test_exempt(guarded):
    """Tables and what belongs to them are exempt by the names that PostgreSQL keeps."""
    guarded.configure(exempt_schemas="side", exempt_tables="t|lo{62}")
    guarded.passes("CREATE SCHEMA side", f"CREATE TABLE side.{LONG} ({LONG} int)", f"ALTER TABLE t ADD {LONG} int",
                   f"CREATE INDEX {LONG} ON t (a)", f"CREATE VIEW side.v AS SELECT 1 AS {LONG}")  # fmt: skip
    guarded.refuses(f"ALTER TABLE ev ADD {LONG} int", adds=ADDS)
    guarded.refuses(f"CREATE SCHEMA {LONG}", adds=ADDS)
    guarded.configure(exempt_roles="app").passes(f"ALTER TABLE ev ADD {LONG} int")


def test_partition(guarded):
    """A partition may have long names from its table, but the statement that makes it may give none."""
    guarded.prepare(f"ALTER TABLE ev ADD {LONG} int")
    guarded.passes("CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (1) TO (2)")
    guarded.refuses(f"CREATE TABLE ev2 PARTITION OF ev (CONSTRAINT {LONG} CHECK (a > 0)) DEFAULT", adds=ADDS)


def test_fixed_later(guarded):
    """The statement is checked before it runs, and refused although a later statement could rename the table."""
    guarded.refuses_in_transaction(f"CREATE TABLE {LONG} (a int)", adds=ADDS)


def test_a_stored_function_is_not_read(guarded):
    """The page of the rule says that it does not read the body of a function that is called."""
    make = f"BEGIN CREATE TABLE {LONG} (a int); END"
    guarded.passes(f"CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $${make}$$", "SELECT make()")


def test_the_extended_protocol(guarded):
    """The rule reads the text of the prepared statement."""
    with pytest.raises(psycopg.Error) as refusal:
        guarded.session.connection.execute(f"CREATE TABLE {LONG} (a int)", prepare=True)
    assert refusal.value.sqlstate == "42R01"


def test_the_only_message_is_postgresql_s_notice(guarded):
    """The guard adds nothing to PostgreSQL's own notice about the cut name where the rule finds no violation."""
    guarded.session.run(f"ALTER TABLE IF EXISTS {LONG} ADD b int")
    assert {(message.severity, message.sqlstate) for message in guarded.session.messages} <= {
        ("NOTICE", "42622"),
        ("NOTICE", "00000"),
    }


@pytest.fixture(params=["LATIN1", "EUC_JP"])
def encoded(cluster, guard, request):
    """A database in another encoding than UTF-8."""
    dbname = f"in_{request.param.lower()}"
    cluster.drop_database(dbname)
    with cluster.connect("postgres") as admin:
        admin.execute(f"CREATE DATABASE {dbname} OWNER app TEMPLATE template0 ENCODING {request.param} LOCALE 'C'")
    with cluster.connect(dbname) as admin:
        admin.execute("CREATE EXTENSION pg_guardrail")
    utf8, guard.dbname = guard.dbname, dbname
    yield guard.check_only(RULE).configure(mode="enforce")
    guard.close()
    cluster.drop_database(dbname)
    guard.dbname, guard.main, guard.observer, guard.opened = utf8, None, None, []


# For each database: a character and how often it fits into a name. An ä is one byte of LATIN1, an é three of EUC_JP and
# a 日 two.
FITTING = {"in_latin1": [("ä", 63), ("é", 63)], "in_euc_jp": [("é", 21), ("日", 31)]}


def test_another_encoding(encoded):
    """The limit is in bytes of the database's encoding, whether a character takes fewer bytes than in UTF-8 or more."""
    for character, fitting in FITTING[encoded.dbname]:
        encoded.passes(f"CREATE TABLE {character * fitting} (a int)")
        message = encoded.refuses(f"CREATE TABLE {character * (fitting + 1)} (b int)", adds=ADDS)
        assert message.hint.endswith(f'would keep "{character * fitting}".')


def test_bodies_within_bodies(guarded):
    """The server survives bodies within bodies, however deep they go."""
    tags = [f"$a{number}$" for number in range(100_000)]
    guarded.passes(f"CREATE TABLE x (a text DEFAULT {''.join(tags)} {LONG} {''.join(reversed(tags))})")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TYPE {} AS ENUM ('a')",
        "CREATE DOMAIN {} AS int",
        "CREATE FUNCTION {}() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_too_many_parts(guarded, sql):
    """PostgreSQL reports the error in its own words."""
    sqlstate, text = guarded.configure(mode="warn").session.expect_error(sql.format(f"a.b.c.{LONG}"))
    assert sqlstate == "42601", text
    assert "guard" not in text, text
