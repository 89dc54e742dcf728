"""Names that PostgreSQL cuts."""

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
    # Made up by PostgreSQL, which cuts with care.
    ("made_up", f"CREATE TABLE {'x' * 40} ({'y' * 40} int UNIQUE)"),
    ("temporary", f"CREATE TEMP TABLE {LONG} ({LONG} int)"),
]


class TestIdentifierTooLong(RuleTest):
    rule = RULE

    bad = [(case, SETUP, statement, "") for case, statement in TOO_LONG]
    good = [(case, SETUP, statement) for case, statement in NOT_TOO_LONG]


@pytest.fixture
def judged(guard):
    """The tables are there, and the guard checks this rule alone."""
    guard.legacy(SETUP)
    return guard.only(RULE)


def test_message(judged):
    message = judged.refused(f"CREATE TABLE {LONG} (a int)", adds=ADDS)
    assert message.primary == f'name "{LONG}" is longer than 63 bytes'
    assert message.hint == f"-- Choose a name of up to 63 bytes; PostgreSQL would keep {CUT}"
    message = judged.refused(f'CREATE TABLE "{"Ä" * 32}" (a int)', adds=ADDS)
    assert message.hint.endswith(f'would keep "{"Ä" * 31}"')


def test_each_name_once(judged):
    other = LONG.replace("o", "u")
    judged.refused(f"CREATE TABLE {LONG} ({other} int, CONSTRAINT {other} CHECK ({other} > 0))", adds=[ADDS, ADDS])


# Statements that name what there is under the cut name: to be rid of it is no violation.
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
    guard.legacy(f"CREATE TABLE {LONG} ({LONG} int PRIMARY KEY, CONSTRAINT ck_{LONG} CHECK (true))")
    guard.only(RULE).passes(sql)


def test_exempt(judged):
    """The tables and what belongs to them, by the names that PostgreSQL keeps."""
    judged.configure(exempt_schemas="side", exempt_tables="t|lo{62}")
    judged.passes("CREATE SCHEMA side", f"CREATE TABLE side.{LONG} ({LONG} int)", f"ALTER TABLE t ADD {LONG} int",
                 f"CREATE INDEX {LONG} ON t (a)", f"CREATE VIEW side.v AS SELECT 1 AS {LONG}")  # fmt: skip
    judged.refused(f"ALTER TABLE ev ADD {LONG} int", adds=ADDS)
    judged.refused(f"CREATE SCHEMA {LONG}", adds=ADDS)
    judged.configure(exempt_roles="app").passes(f"ALTER TABLE ev ADD {LONG} int")


def test_partition(judged):
    """A long name in a partition is the partitioned table's, unless the partition itself gives it."""
    judged.legacy(f"ALTER TABLE ev ADD {LONG} int")
    judged.passes("CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (1) TO (2)")
    judged.refused(f"CREATE TABLE ev2 PARTITION OF ev (CONSTRAINT {LONG} CHECK (a > 0)) DEFAULT", adds=ADDS)


def test_mended_later(judged):
    """Judged before it runs: the statement is refused although it could be renamed afterwards."""
    judged.refused_in_transaction(f"CREATE TABLE {LONG} (a int)", adds=ADDS)


def test_a_stored_function_is_not_read(judged):
    """The page says so."""
    make = f"BEGIN CREATE TABLE {LONG} (a int); END"
    judged.passes(f"CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $${make}$$", "SELECT make()")


def test_the_extended_protocol(judged):
    """What is read is the text of the prepared statement that is executed."""
    with pytest.raises(psycopg.Error) as refusal:
        judged.session.connection.execute(f"CREATE TABLE {LONG} (a int)", prepare=True)
    assert refusal.value.sqlstate == "42R01"


def test_nothing_but_postgresql_s_notice_is_said(judged):
    """Where the rule is silent, so is the guard; PostgreSQL's own notice says what it cut."""
    judged.session.run(f"ALTER TABLE IF EXISTS {LONG} ADD b int")
    assert {(message.severity, message.sqlstate) for message in judged.session.messages} <= {
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
    yield guard.only(RULE).configure(mode="enforce")
    guard.close()
    cluster.drop_database(dbname)
    guard.dbname, guard.main, guard.observer, guard.opened = utf8, None, None, []


# Characters and how often they fit: an ä is one byte of LATIN1, an é three of EUC_JP and a 日 two.
FITTING = {"in_latin1": [("ä", 63), ("é", 63)], "in_euc_jp": [("é", 21), ("日", 31)]}


def test_another_encoding(encoded):
    """The bytes are those of the database's encoding, whether they are fewer than in UTF-8 or more."""
    for character, fitting in FITTING[encoded.dbname]:
        encoded.passes(f"CREATE TABLE {character * fitting} (a int)")
        message = encoded.refused(f"CREATE TABLE {character * (fitting + 1)} (b int)", adds=ADDS)
        assert message.hint.endswith(f'would keep "{character * fitting}"')


def test_bodies_within_bodies(judged):
    """However deep they go, the server lives on."""
    tags = [f"$a{number}$" for number in range(100_000)]
    judged.passes(f"CREATE TABLE x (a text DEFAULT {''.join(tags)} {LONG} {''.join(reversed(tags))})")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TYPE {} AS ENUM ('a')",
        "CREATE DOMAIN {} AS int",
        "CREATE FUNCTION {}() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_too_many_parts(judged, sql):
    """PostgreSQL says so in its own words."""
    sqlstate, text = judged.configure(mode="warn").session.fails(sql.format(f"a.b.c.{LONG}"))
    assert sqlstate == "42601" and "guard" not in text, text
