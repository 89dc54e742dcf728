"""guardrail.exempt() reads names as SQL does, and says what is wrong with its arguments; so does the table."""

import datetime

import pytest
from psycopg import sql

TS = "timestamp_without_time_zone"
OD = "fk_without_on_delete"
UN = "unnamed_constraint"
REASON = "because"


@pytest.fixture
def admin(guard):
    """A session of the superuser, which is not guarded."""
    guard.administer("CREATE SCHEMA shop", 'CREATE SCHEMA "sh.op"')
    return guard.connect("postgres", options="-c guardrail.mode=off")


def stored(session, relation, obj=None):
    """Exempts a relation; returns the patterns that are stored for it."""
    call = sql.SQL("SELECT guardrail.exempt('*', {}, {}, {})").format(
        sql.Literal(relation), sql.Literal(obj), sql.Literal(REASON)
    )
    [(id_,)] = session.rows(call)
    [row] = session.rows(f"SELECT relation, object FROM guardrail.exemptions WHERE id = {id_}")
    return row if obj is not None else row[0]


# Names


@pytest.mark.parametrize(
    "text, pattern",
    [
        ("orders", r"public\.orders"),
        ("ORDERS", r"public\.orders"),
        (' Shop . "Orders" ', r"shop\.Orders"),
        ("nowhere.t", r"nowhere\.t"),
        ('"a.b"."c,d"', r'"a[.]b\.c,d"'),
        ('"say ""hi"""', r'"public\.say ""hi"""'),
        ("two words", r"public\.two words"),
        ("shop.two words", r"shop\.two words"),
        ('"no end', r'"public\.""no end"'),
        ("a+b", r"public\.a\+b"),
        ("x" * 70, r"public\." + "x" * 63),
        ("ordner.größe", r"ordner\.größe"),
    ],
)
def test_what_does_not_exist_yet(admin, text, pattern):
    assert stored(admin, text) == pattern


def test_the_database_may_stand_before_the_schema(guard, admin):
    assert stored(admin, f"{guard.dbname}.shop.t") == r"shop\.t"
    state, text = admin.expect_error("SELECT guardrail.exempt('*', 'other_database.shop.t', NULL, 'because')")
    assert state == "42602" and "other_database.shop.t" in text


def test_what_exists(admin):
    admin.run('CREATE TABLE "Orders" (a int); CREATE TABLE "sh.op"."t.u" (a int); CREATE TABLE shop."v.w" (a int)')
    admin.run("CREATE TABLE shop.orders (a int); CREATE DOMAIN shop.d AS int; CREATE TYPE shop.c AS (a int)")
    assert stored(admin, "Orders") == r"public\.Orders", "it is the only one"
    assert stored(admin, "sh.op.t.u") == r"sh[.]op\.t[.]u"
    assert stored(admin, "shop.v.w") == r"shop\.v[.]w"
    admin.run("CREATE TABLE orders (a int)")
    assert stored(admin, "Orders") == r"public\.orders", "as SQL reads it"
    assert stored(admin, '"Orders"') == r"public\.Orders"
    admin.run("SET search_path = nowhere, shop, public")
    assert stored(admin, "orders") == r"shop\.orders"
    assert stored(admin, "d") == r"shop\.d"
    assert stored(admin, "c") == r"shop\.c"
    assert stored(admin, "new") == r"shop\.new"


def test_parts(admin):
    admin.run('CREATE TABLE t (made int, "Made" int, "Only" int, "x.y" int CONSTRAINT "CK" CHECK (true), lower int)')
    for text, pattern in [
        ("made", "made"),
        ("Made", "Made"),
        ("MADE", "MADE"),
        ("LOWER", "lower"),
        ('"Made"', "Made"),
        ("Only", "Only"),
        ("x.y", r"x\.y"),
        ("CK", "CK"),
        ("ck", "ck"),
        ('"Later"', "Later"),
        ("Later", "Later"),
        ("a, b", '"a, b"'),
        ("ix_.*", r"ix_\.\*"),
    ]:
        expected = pattern if text != "MADE" else "made"
        assert stored(admin, "t", text) == (r"public\.t", expected), text


NAMES = [
    "Capital", "with blank", " blank ", "dot.ted", "d.o.t", 'quo"te', '"', "apo'strophe", "<b>", "back\\slash", "back\\.dot",
    "new\nline", "tab\t", "{1,2}", "(round)", "[.]", "a|b", "^$", "*", ".*", "select", "größe", "表", "🚲", "l" * 63, "é" * 31,
    "-- comment", "a, b", ",", "…", "%s%n",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_call_for_a_table_of_any_name(guard, name):
    """The call that a refusal names exempts what was refused, and nothing else."""
    guard.administer(sql.SQL("CREATE SCHEMA {} AUTHORIZATION app").format(sql.Identifier(name)))
    guard.administer("GRANT EXECUTE ON FUNCTION guardrail.exempt TO app")
    guard.check_only(TS, OD)
    for statement in ["CREATE TABLE {0}.{0} ({0} timestamp)", "CREATE TABLE {0}.t (a bigint CONSTRAINT {0} REFERENCES customers)"]:
        statement = sql.SQL(statement).format(sql.Identifier(name))
        *_, line = guard.session.expect_refusal(statement).detail.split("\n")
        assert line.startswith("To exempt it: SELECT "), line
        assert guard.session.expect_error(line.removeprefix("To exempt it: "))[0] == "22023"
        guard.session.run("reason => 'because'".join(line.removeprefix("To exempt it: ").rsplit("reason => '…'", 1)))
        guard.passes(statement)
    guard.refuses(
        sql.SQL("ALTER TABLE {0}.{0} ADD other timestamp").format(sql.Identifier(name)),
        adds=".".join([f"{TS} {name}.{name}", "other"]),
    )
    assert guard.session.expect_refusal(sql.SQL("CREATE TABLE {0} ({0} timestamp)").format(sql.Identifier(name)))


# What is refused


@pytest.mark.parametrize(
    "arguments, state, words",
    [
        ("NULL, 't', NULL, 'because'", "22004", 'argument "rule" must not be null'),
        ("'*', NULL, NULL, 'because'", "22004", 'argument "relation" must not be null'),
        ("'fk_without_indx', 't', NULL, 'because'", "42704", 'rule "fk_without_indx" does not exist Did you mean'),
        ("'', 't', NULL, 'because'", "42704", 'rule "" does not exist'),
        ("'.*', 't', NULL, 'because'", "42704", 'rule ".*" does not exist'),
        ("'*', '', NULL, 'because'", "42602", "the relation to exempt has no name"),
        ("'*', E' \\n', NULL, 'because'", "42602", "the relation to exempt has no name"),
        ("'*', '\"\"', NULL, 'because'", "42602", "the relation to exempt has no name"),
        ("'*', 't', '', 'because'", "42602", "the object to exempt has no name"),
        ("'*', 't', ' ', 'because'", "42602", "the object to exempt has no name"),
        ("'*', 't', '\"\"', 'because'", "42602", "the object to exempt has no name"),
        ("'*', 't'", "22004", "the exemption has no reason"),
        ("'*', 't', NULL, ''", "22004", "the exemption has no reason"),
        ("'*', 't', NULL, E' \\t\\n'", "22023", "the exemption has no reason"),
        ("'*', 't', NULL, '…'", "22023", "the exemption has no reason"),
        ("'*', 't', NULL, '-.?!'", "22023", "the exemption has no reason"),
        ("'*', 't', NULL, 'because', now()", "22023", "expires_at is not in the future"),
        ("'*', 't', NULL, 'because', '-infinity'", "22023", "expires_at is not in the future"),
        ("'*', 'a.b.c.d', NULL, 'because'", "42602", '"a.b.c.d" is not the name of a table or type'),
        ("'*', 'public.ix', NULL, 'because'", "42809", "public.ix is an index"),
        ("'*', 'passing', NULL, 'because'", "42809", 'relation "passing" is temporary'),
        ("'*', 'pg_temp.passing', NULL, 'because'", "42809", 'relation "pg_temp.passing" is temporary'),
    ],
)
def test_bad_arguments(admin, arguments, state, words):
    admin.run("CREATE TABLE t (a int); CREATE INDEX ix ON t (a); CREATE TEMP TABLE passing (a int)")
    error, text = admin.expect_error(f"SELECT guardrail.exempt({arguments})")
    assert error == state and words in text, text
    assert admin.rows("SELECT count(*) FROM guardrail.exemptions") == [(0,)]


def test_no_schema_to_create_in(admin):
    admin.run("SET search_path = nowhere")
    state, text = admin.expect_error("SELECT guardrail.exempt('*', 't', NULL, 'because')")
    assert state == "3F000" and 'relation "t" does not exist' in text


@pytest.mark.parametrize(
    "values, state, words",
    [
        ("'nul', 't', NULL, 'because'", "42704", 'rule "nul" does not exist'),
        ("'*', 'a, b(', NULL, 'because'", "22023", 'relation of the exemption is not a list of patterns "b(" is not'),
        ("'*', 'a', '[z-a]', 'because'", "22023", 'object of the exemption is not a list of patterns "[z-a]" is not'),
        ("'*', 'a,,b', NULL, 'because'", "22023", "Item 2 of the list is empty"),
        ("'*', '\"a', NULL, 'because'", "22023", "no closing quote"),
        ("'*', ' ', NULL, 'because'", "22023", "relation of the exemption is empty"),
        ("'*', 'a', '', 'because'", "22023", "object of the exemption is empty"),
        ("'*', 'a', NULL, ' '", "22023", "the exemption has no reason"),
        ("NULL, 'a', NULL, 'because'", "23502", '"rule"'),
        ("'*', NULL, NULL, 'because'", "23502", '"relation"'),
        ("'*', 'a', NULL, NULL", "23502", '"reason"'),
        ("'*', 'a{1000}{1000}{1000}', NULL, 'because'", "22023", "is not a"),
    ],
)
def test_bad_rows(admin, values, state, words):
    error, text = admin.expect_error(
        f"INSERT INTO guardrail.exemptions (rule, relation, object, reason) VALUES ({values})"
    )
    assert error == state and words in text, text


def test_a_row_cannot_become_bad(admin):
    stored(admin, "t")
    assert admin.expect_error("UPDATE guardrail.exemptions SET relation = '('")[0] == "22023"


def test_twice_is_two_rows(admin):
    stored(admin, "t")
    stored(admin, "t")
    assert admin.rows("SELECT count(DISTINCT id) FROM guardrail.exemptions") == [(2,)]


def test_an_end_of_ones_own(admin):
    end = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(hours=1)
    admin.run(f"SELECT guardrail.exempt('*', 't', reason => 'because', expires_at => '{end}')")
    assert admin.rows("SELECT expires_at FROM guardrail.exemptions") == [(end,)]


# What is shown


def test_explain(guard, admin):
    def section(rule):
        return guard.session.rows(f"SELECT substring(guardrail.explain('{rule}') from '## Exemptions\n\n(.*)$')")[0][0]

    assert section(TS) == "* none\n\nFrozen violations: 0\n"
    stored(admin, "t", "a\nb")
    admin.run(f"SELECT guardrail.exempt('{TS}', 'u', reason => repeat('x', 1000), expires_at => '2999-01-01 00:00+00')")
    admin.run(f"INSERT INTO guardrail.exemptions (rule, relation, reason, expires_at) VALUES ('{UN}', 'v', 'old', '2001-01-01Z')")
    admin.run(
        "INSERT INTO guardrail.frozen (fingerprint, rule, schema_name, table_name, object_kind)"
        f" SELECT to_char(n, 'FM0000000000000000'), '{TS}', 's', 't', 'table' FROM generate_series(1, 3) AS n"
    )
    guard.session.run("SET timezone = 'UTC'")
    lines = section(TS).splitlines()
    assert lines[0] == r"* public\.t, object a\nb: because (by postgres)"
    assert lines[1] == rf"* public\.u: {'x' * 500}… (by postgres, until 2999-01-01 00:00:00+00)"
    assert lines[2:] == ["", "Frozen violations: 3"]
    assert section(UN).splitlines()[1:] == [
        "* v: old (by postgres, over since 2001-01-01 00:00:00+00)",
        "",
        "Frozen violations: 0",
    ]
    for n in range(25):
        stored(admin, f"t{n}")
    assert section("fk_without_index").splitlines()[20:] == [
        "* and 6 more: SELECT * FROM guardrail.exemptions;",
        "",
        "Frozen violations: 0",
    ]


def test_unused(guard, admin):
    """What the audit cannot see is not called unused."""
    for rule in ("direct_ddl", "unrecorded_migration", "destructive_change", "identifier_too_long", TS):
        admin.run(f"SELECT guardrail.exempt('{rule}', 'nowhere', reason => 'because')")
    admin.run(f"INSERT INTO guardrail.exemptions (rule, relation, reason, expires_at) VALUES ('direct_ddl', 'v', 'x', now())")
    unused = guard.session.rows("SELECT rule, cause FROM guardrail.unused_exemptions ORDER BY id")
    assert unused == [(TS, "unused"), ("direct_ddl", "expired")]
