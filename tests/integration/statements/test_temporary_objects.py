"""What depends on a temporary object is gone when the session ends, so it counts as gone at the commit."""

import cases
import pytest

IX = "fk_without_index"
CHILD = "CREATE TABLE c (a bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"

WAYS = [
    ("included", ["CREATE DOMAIN pg_temp.d AS int", "ALTER TABLE c ADD x pg_temp.d", "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("array", ["CREATE DOMAIN pg_temp.d AS int", "ALTER TABLE c ADD x pg_temp.d[]", "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("composite", ["CREATE TYPE pg_temp.y AS (a int)", "ALTER TABLE c ADD x pg_temp.y", "CREATE INDEX ON c (a, x)"]),
    ("row_type", ["CREATE TEMP TABLE y (a int)", "ALTER TABLE c ADD x y", "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("domain_over_it", ["CREATE DOMAIN pg_temp.d AS int", "CREATE DOMAIN e AS pg_temp.d", "ALTER TABLE c ADD x e",
                        "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("array_of_domain_over_it", ["CREATE DOMAIN pg_temp.d AS int", "CREATE DOMAIN e AS pg_temp.d", "ALTER TABLE c ADD x e[]",
                                 "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("view_over_it", ["CREATE DOMAIN pg_temp.d AS int", "CREATE VIEW v AS SELECT 1::pg_temp.d AS x", "ALTER TABLE c ADD x v",
                      "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("generated", ["CREATE FUNCTION pg_temp.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'",
                   "ALTER TABLE c ADD x int GENERATED ALWAYS AS (pg_temp.f(1)) STORED", "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("generated_from_it", ["CREATE DOMAIN pg_temp.d AS int", "ALTER TABLE c ADD y pg_temp.d",
                           "ALTER TABLE c ADD x int GENERATED ALWAYS AS (y + 1) STORED", "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("function_over_it", ["CREATE DOMAIN pg_temp.d AS int",
                          "CREATE FUNCTION f(pg_temp.d) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'",
                          "ALTER TABLE c ADD x int GENERATED ALWAYS AS (f(1)) STORED", "CREATE INDEX ON c (a) INCLUDE (x)"]),
    ("key", ["CREATE DOMAIN pg_temp.d AS int", "ALTER TABLE c ADD x pg_temp.d", "ALTER TABLE c ADD CONSTRAINT k UNIQUE (a, x)"]),
]


@cases.parametrize("statements", WAYS)
def test_an_index_that_goes_with_it(guard, statements):
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.refuses_at_commit(CHILD, *statements, adds=f"{IX} c.fk")


def keep_one_index(guard):
    """A key with an index that stays and one that goes."""
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.passes_in_transaction(CHILD, "CREATE INDEX stays ON c (a)")
    guard.passes("CREATE DOMAIN pg_temp.d AS int", "ALTER TABLE c ADD x pg_temp.d", "CREATE INDEX ON c (a) INCLUDE (x)")


@cases.parametrize("sql", [("at_once", "DROP INDEX stays"), ("concurrently", "DROP INDEX CONCURRENTLY stays")])
def test_an_index_that_goes_with_it_stands_in_for_none(guard, sql):
    keep_one_index(guard)
    guard.refuses(sql, adds=f"{IX} c.fk")
    guard.passes("CREATE INDEX too ON c (a)", sql)


def test_an_index_that_goes_with_it_in_the_statement_that_makes_the_key(guard):
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    key = "CONSTRAINT fk REFERENCES customers ON DELETE CASCADE"
    table = f"CREATE TABLE c (a bigint {key}, x pg_temp.d, CONSTRAINT k UNIQUE (a) INCLUDE (x))"
    guard.refuses("CREATE DOMAIN pg_temp.d AS int", table, adds=f"{IX} c.fk")


WAYS_OF_A_CHECK = [
    ("function", ["CREATE FUNCTION pg_temp.f(text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'"], "pg_temp.f(n)"),
    ("operator", ["CREATE OPERATOR pg_temp.== (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)"],
     "n OPERATOR(pg_temp.==) n"),
    ("argument", ["CREATE DOMAIN pg_temp.d AS text", "CREATE FUNCTION f(text, pg_temp.d DEFAULT NULL) RETURNS bool "
     "LANGUAGE sql IMMUTABLE AS 'SELECT true'"], "f(n)"),
    ("result", ["CREATE TYPE pg_temp.y AS (ok bool)", "CREATE FUNCTION f(text) RETURNS pg_temp.y "
     "LANGUAGE sql IMMUTABLE AS 'SELECT true'"], "(f(n)).ok"),
    ("collation", ['CREATE COLLATION pg_temp.c FROM "C"'], "n COLLATE pg_temp.c < 'z'"),
]  # fmt: skip


@cases.parametrize("statements, condition", WAYS_OF_A_CHECK)
def test_a_check_that_goes_with_it(guard, statements, condition):
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.check_only("unbounded_string")
    table = f"CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND {condition}))"
    guard.refuses(*statements, table, adds="unbounded_string t.n")


def test_a_check_that_stays(guard):
    guard.check_only("unbounded_string")
    function = "CREATE FUNCTION f(text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'"
    table = "CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND f(n)))"
    guard.passes_in_transaction("CREATE TEMP TABLE y (a int)", function, table)


def test_a_default_that_goes_with_it(guard):
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.check_only("missing_required_column").configure(required_columns='{"n": {"type": "bigint", "default": true}}')
    table = "CREATE TABLE t (n bigint DEFAULT {})"
    guard.refuses_at_commit("CREATE TEMP SEQUENCE s", table.format("nextval('s')"), adds="missing_required_column t.n")
    guard.passes_in_transaction("CREATE TEMP SEQUENCE s", table.format("1"))


def test_an_index_that_stays(guard):
    guard.passes_in_transaction(
        "CREATE TEMP TABLE y (a int)", CHILD, "ALTER TABLE c ADD x int", "CREATE INDEX ON c (a) INCLUDE (x)"
    )


def test_an_index_that_stays_beside_what_goes(guard):
    """A composite type loses an attribute, a view of a kept table nothing."""
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.passes_in_transaction(
        "CREATE DOMAIN pg_temp.d AS int", "CREATE TYPE ty AS (a int, b pg_temp.d)", "CREATE VIEW v AS SELECT * FROM customers",
        CHILD, "ALTER TABLE c ADD x ty, ADD y v", "CREATE INDEX ON c (a) INCLUDE (x, y)",
    )


def test_a_table_that_goes_as_a_whole(guard):
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.check_only("table_without_primary_key")
    guard.passes_in_transaction(
        "CREATE TYPE pg_temp.ty AS (a int)", "CREATE TABLE c OF pg_temp.ty", "ALTER TABLE c ADD CONSTRAINT pk PRIMARY KEY (a)"
    )


def test_the_rows_of_another_session_are_not_looked_at(guard):
    """A temporary table may be the child of a lasting one, also that of another session."""
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.check_only("constraint_not_validated").prepare("CREATE TABLE t (a int)")
    other = guard.connect()
    other.run("CREATE TEMP TABLE c () INHERITS (t)")
    other.run("INSERT INTO c VALUES (1)")
    check = "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NO INHERIT NOT VALID"
    guard.refuses_at_commit(check, adds="constraint_not_validated t.x")
    assert guard.session.rows("SELECT fix_caution FROM guardrail.last_violations()") == [
        ("fails if a row violates the constraint",)
    ]


def test_what_depends_on_a_temporary_object_of_another_session(guard):
    """It goes when that session ends, and nobody is told then."""
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    other = guard.connect()
    other.run("CREATE DOMAIN pg_temp.d AS bigint")
    other.run("CREATE TABLE c (a bigint, x pg_temp.d)")
    other.run("CREATE INDEX ix ON c (a) INCLUDE (x)")
    key = "ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES customers ON DELETE CASCADE"
    guard.refuses(key, adds="fk_without_index c.fk")
    guard.passes_in_transaction(key, "CREATE INDEX lasting ON c (a)")
    guard.refuses("DROP INDEX lasting", adds="fk_without_index c.fk")


def test_an_old_fault_of_a_temporary_object_stays_old(guard):
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    other = guard.connect(options="-c guardrail.mode=off", user="postgres")
    other.run("CREATE DOMAIN pg_temp.d AS bigint")
    other.run("CREATE TABLE c (a bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE, x pg_temp.d)")
    other.run("CREATE INDEX ix ON c (a) INCLUDE (x)")
    other.run("ALTER TABLE c OWNER TO app")
    guard.passes("ALTER TABLE c ADD note text")
    guard.passes_in_transaction("ALTER TABLE c ADD more text", "CREATE TEMPORARY TABLE tmp (a int)")


TRUE = "RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true'"
F = f"CREATE FUNCTION f(text, bool DEFAULT true) {TRUE}"
G = f"CREATE FUNCTION pg_temp.g(text) {TRUE}"
BODY = "CREATE OR REPLACE FUNCTION f(text, bool DEFAULT true) RETURNS bool IMMUTABLE LANGUAGE sql RETURN {}"
CONFIGURATION = "CREATE TEXT SEARCH CONFIGURATION cfg (COPY = simple)"
DICTIONARY = "CREATE TEXT SEARCH DICTIONARY pg_temp.d (TEMPLATE = simple)"
# The PostgreSQL 13 of these tests has no contrib.
EXTENSION = "CREATE EXTENSION tcn SCHEMA {temporary}"
ROW_TYPE = f"CREATE FUNCTION f(b) {TRUE}"

LATER = [
    ("body", 14, [F], "f(n)", [G], BODY.format("pg_temp.g($1)")),
    ("argument", 13, [F], "f(n)", [G],
     f"CREATE OR REPLACE FUNCTION f(text, bool DEFAULT pg_temp.g('x')) {TRUE}"),
    ("operator_over_it", 13, [F, "CREATE FUNCTION two(text, bool) " + TRUE.replace("true", "f($1, $2)"),
     "CREATE OPERATOR === (FUNCTION = f, LEFTARG = text, RIGHTARG = bool)"], "n === true", [G],
     f"CREATE OR REPLACE FUNCTION f(text, bool DEFAULT pg_temp.g('x')) {TRUE}"),
    ("aggregate_in_a_body", 14,
     ["CREATE FUNCTION step(int, text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'",
      "CREATE AGGREGATE many(text) (SFUNC = step, STYPE = int)", F, BODY.format("(SELECT many($1) > 0)")], "f(n)",
     ["CREATE FUNCTION pg_temp.step(int, text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'"],
     "CREATE OR REPLACE AGGREGATE many(text) (SFUNC = pg_temp.step, STYPE = int)"),
    ("text_search", 13, [CONFIGURATION], "to_tsvector('cfg'::regconfig, n) IS NOT NULL", [DICTIONARY],
     "ALTER TEXT SEARCH CONFIGURATION cfg ALTER MAPPING FOR asciiword WITH pg_temp.d"),
    ("text_search_replaced", 13, [CONFIGURATION], "to_tsvector('cfg'::regconfig, n) IS NOT NULL", [DICTIONARY],
     "ALTER TEXT SEARCH CONFIGURATION cfg ALTER MAPPING REPLACE simple WITH pg_temp.d"),
    # From 19 on, this makes a temporary view beside the other one.
    ("view", range(13, 19), ["CREATE VIEW b AS SELECT true AS ok", ROW_TYPE], "f(NULL::b)", [G],
     "CREATE OR REPLACE VIEW b AS SELECT pg_temp.g('x') AS ok"),
    ("rule_of_a_view", 13, ["CREATE VIEW b AS SELECT true AS ok", ROW_TYPE], "f(NULL::b)", [G],
     "CREATE OR REPLACE RULE \"_RETURN\" AS ON SELECT TO b DO INSTEAD SELECT pg_temp.g('x') AS ok"),
    ("typed_table", 13, ["CREATE TABLE b (ok bool)", ROW_TYPE], "f(NULL::b)", ["CREATE TYPE pg_temp.ty AS (ok bool)"],
     "ALTER TABLE b OF pg_temp.ty"),
    ("generated_under_a_view", 17,
     ["CREATE TABLE a (n text, ok bool GENERATED ALWAYS AS (n > 'a') STORED)", "CREATE VIEW b AS SELECT ok FROM a", ROW_TYPE],
     "f(NULL::b)", [G], "ALTER TABLE a ALTER ok SET EXPRESSION AS (pg_temp.g(n))"),
    ("depends_on_extension", 14, [F], "f(n)", [EXTENSION], "ALTER FUNCTION f DEPENDS ON EXTENSION tcn"),
    ("member_of_extension", 14, [F], "f(n)", [EXTENSION], "ALTER EXTENSION tcn ADD FUNCTION f"),
]  # fmt: skip


def in_temporary_schema(guard, *statements):
    """The statements, with the name of the session's temporary schema."""
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.session.run("CREATE TEMP TABLE makes_the_schema (a int)")
    ((schema,),) = guard.session.rows("SELECT pg_my_temp_schema()::regnamespace::text")
    return [sql.replace("{temporary}", schema) for sql in statements]


@pytest.mark.parametrize("in_transaction", [False, True], ids=["autocommit", "transaction"])
@cases.parametrize("since, setup, condition, statements, change", LATER)
def test_what_a_check_depends_on_comes_to_depend_on_it_later(
    guard, needs, since, setup, condition, statements, change, in_transaction
):
    needs(since)
    guard.check_only("unbounded_string")
    guard.prepare(*setup, f"CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND {condition}))")
    statements = in_temporary_schema(guard, *statements, change)
    if in_transaction:
        guard.refuses_at_commit(*statements, adds="unbounded_string t.n")
    else:
        guard.refuses(*statements, adds="unbounded_string t.n")


@cases.parametrize("since, setup, condition, statements, change", LATER)
def test_what_comes_to_depend_on_it_really_goes(guard, needs, since, setup, condition, statements, change):
    """The refusals above are about what PostgreSQL does, and what was lost before is no fault of the next statement."""
    needs(since)
    guard.check_only("unbounded_string")
    guard.prepare(*setup, f"CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND {condition}))")
    guard.administer(f"ALTER ROLE app IN DATABASE {guard.dbname} SET guardrail.mode = off")
    guard.reconnect()
    for sql in in_temporary_schema(guard, *statements, change):
        guard.session.run(sql)
    other = guard.connect(options="-c guardrail.mode=enforce", user="postgres")
    other.run("ALTER TABLE t ADD note varchar(9)")
    other.run("CREATE TEMP TABLE y (a int)")
    other.run("ALTER TABLE t ADD more varchar(9)")
    guard.session.run("DISCARD TEMP")
    assert guard.observe("SELECT count(*) FROM pg_constraint WHERE conname = 'ck'") == [(0,)]
    guard.administer(f"ALTER ROLE app IN DATABASE {guard.dbname} RESET guardrail.mode")


def test_a_view_over_it_is_another_one(guard, needs):
    needs(19)
    guard.check_only("unbounded_string")
    guard.prepare("CREATE VIEW b AS SELECT true AS ok", ROW_TYPE)
    guard.prepare("CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND f(NULL::b)))")
    guard.passes(*in_temporary_schema(guard, G, "CREATE OR REPLACE VIEW b AS SELECT pg_temp.g('x') AS ok"))
    guard.session.run("DISCARD TEMP")
    assert guard.observe("SELECT rule FROM guardrail.audit() WHERE table_name <> 'customers'") == []


def test_an_index_comes_to_depend_on_it_later(guard, needs):
    needs(14)
    guard.prepare(
        F, CHILD, "ALTER TABLE c ADD x bool GENERATED ALWAYS AS (f('x')) STORED", "CREATE INDEX ix ON c (a) INCLUDE (x)"
    )
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.refuses(G, BODY.format("pg_temp.g($1)"), adds=f"{IX} c.fk")
    guard.passes_in_transaction(BODY.format("pg_temp.g($1)"), "CREATE INDEX too ON c (a)")


def test_what_went_with_it_comes_to_stay(guard, needs):
    """What was as good as gone did not count, and now it does."""
    needs(14)
    guard.check_only("duplicate_index", "misnamed_column")
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.prepare(F)
    through_temporary = [G, BODY.format("pg_temp.g($1)")]
    guard.passes(*through_temporary, "CREATE TABLE t (a text)")
    guard.passes("CREATE INDEX ix ON t (f(a))", "CREATE INDEX ix2 ON t (f(a))")
    guard.passes('ALTER TABLE t ADD "Bad" bool GENERATED ALWAYS AS (f(a)) STORED')
    guard.refuses(BODY.format("$1 > ''"), adds=["duplicate_index t.ix2", "misnamed_column t.Bad"])


def test_an_extension_that_moves_takes_its_members_along(guard, needs):
    needs(14)
    guard.check_only("unbounded_string")
    table = "CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND f(n)))"
    guard.prepare("CREATE EXTENSION tcn", F, table, "ALTER FUNCTION f DEPENDS ON EXTENSION tcn")
    guard.administer("ALTER EXTENSION tcn DROP FUNCTION triggered_change_notification")
    guard.passes("CREATE SCHEMA lasting", "ALTER EXTENSION tcn SET SCHEMA lasting")
    guard.refuses(*in_temporary_schema(guard, "ALTER EXTENSION tcn SET SCHEMA {temporary}"), adds="unbounded_string t.n")


def test_an_index_that_is_dropped_with_an_extension(guard, needs):
    needs(14)
    statements = ["CREATE INDEX ix ON c (a)", "ALTER INDEX ix DEPENDS ON EXTENSION tcn"]
    guard.prepare(CHILD)
    create, *statements = in_temporary_schema(guard, EXTENSION, *statements)
    guard.passes(create)
    guard.refuses(*statements, adds=f"{IX} c.fk")


def test_what_depends_on_an_extension_that_stays(guard, needs):
    """Nor do temporary objects beside it change anything."""
    needs(14)
    guard.check_only("unbounded_string")
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    lasting = f"CREATE FUNCTION h(text) {TRUE}"
    table = "CREATE TABLE t (n text CONSTRAINT ck CHECK (length(n) < 9 AND f(n)))"
    guard.passes("CREATE EXTENSION tcn", F, lasting, G, table)
    guard.passes("ALTER FUNCTION f DEPENDS ON EXTENSION tcn", BODY.format("h($1)"), "ALTER EXTENSION tcn ADD FUNCTION h")
    guard.passes("CREATE OR REPLACE FUNCTION pg_temp.g(text) " + TRUE.replace("true", "false"))
    guard.passes("ALTER EXTENSION tcn DROP FUNCTION h")
