"""Whatever a statement makes, the guard neither crashes, nor stays deaf to statement_timeout, nor takes for ever.

A time is no part of a test, as machines differ; what would take minutes fails by the statement_timeout.
"""

import re
import time

import cases
import psycopg
import pytest

TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"
TIMEOUT = "SET statement_timeout = '60s'"


def listed(template, size):
    return ", ".join(template.format(n=n) for n in range(size))


def repeated(template, size):
    """Blocks that run a statement for each number. A transaction cannot lock as many objects as one likes."""
    block = "DO $$ BEGIN FOR n IN {}..{} LOOP EXECUTE format('{}', n, n - 1); END LOOP; END $$"
    return [block.format(first, min(size, first + 1999), template) for first in range(1, size + 1, 2000)]


@pytest.fixture
def session(guard):
    """Every rule is on, and everything passes with warnings."""
    rules = [rule for (rule,) in guard.observe("SELECT id FROM guardrail.rules")]
    guard.configure(mode="warn", **dict.fromkeys(rules, "warning"))
    guard.session.run(TIMEOUT)
    return guard.session


def fixes(session, rule):
    query = f"SELECT fix FROM guardrail.last_violations() WHERE rule = '{rule}'"
    return [fix for (fix,) in session.rows(query)]


def test_domains_over_domains(guard, session):
    """Also temporary ones, which are not checked themselves."""
    guard.prepare("CREATE DOMAIN d_0 AS timestamp", *repeated("CREATE DOMAIN d_%s AS d_%s", 20_000))
    session.run("CREATE TABLE t (v d_20000, w d_19999, x d_20000[])")
    columns = "SELECT column_name FROM guardrail.last_violations() WHERE rule = 'timestamp_without_time_zone'"
    assert sorted(session.rows(columns)) == [("v",), ("w",), ("x",)]
    assert "timestamp with time zone" in fixes(session, TS)[0]


def test_composite_types_made_of_two_of_the_one_before(guard, session):
    guard.prepare("CREATE TYPE c_0 AS (v timestamp)")
    guard.prepare(*(f"CREATE TYPE c_{n} AS (a c_{n - 1}, b c_{n - 1})" for n in range(1, 15)))
    session.run("CREATE TABLE t (v c_14)")
    (fix,) = fixes(session, TS)
    assert fix.count("CREATE TYPE") == 15, "each type once"
    assert "CREATE TYPE public.c_14_tz AS (a public.c_13_tz, b public.c_13_tz);\nALTER TABLE" in fix


def test_a_type_too_deep_for_its_fix(guard, session):
    guard.prepare("CREATE TYPE c_0 AS (v timestamp)")
    guard.prepare(*(f"CREATE TYPE c_{n} AS (a c_{n - 1}, b timestamp)" for n in range(1, 121)))
    session.run("CREATE TABLE t (v c_120)")
    (fix,) = fixes(session, TS)
    assert fix.startswith("-- public.c_120 is made of more than 100 types.")


def test_arrays_of_domains_of_arrays(guard, session):
    guard.prepare("CREATE DOMAIN d_0 AS float8", *repeated("CREATE DOMAIN d_%s AS d_%s[]", 2000))
    session.run("CREATE TABLE t (price d_2000)")
    (fix,) = fixes(session, "inexact_money")
    assert fix == "ALTER TABLE public.t ALTER COLUMN price TYPE numeric(12,2)[] USING price::text::numeric(12,2)[];"


@pytest.mark.parametrize("mode", ["warn", "enforce"])
def test_many_unnamed_constraints(guard, session, mode):
    """The names that the fixes choose differ."""
    guard.configure(mode=mode, **{UN: "error"})
    session = guard.session
    session.run(TIMEOUT)
    keys = listed("FOREIGN KEY (a, b) REFERENCES customers (tenant_id, id)", 150)
    try:
        session.run(f"CREATE TABLE t (a bigint, b bigint, {listed('CHECK (a > b + {n})', 600)}, {keys})")
    except psycopg.Error as error:
        assert mode == "enforce" and error.sqlstate == "42R01", error
    found = fixes(session, UN)
    assert len(found) == 750
    new_name = r"^CONSTRAINT (\w+)" if mode == "enforce" else r" TO (\w+)"
    names = {name for fix in found for name in re.findall(new_name, fix, re.MULTILINE)}
    assert len(names) == 750
    assert {"ck_t_a_b", "ck_t_a_b_600", "fk_t_a_b", "fk_t_a_b_150"} <= names


def test_many_equal_indexes(guard, session):
    guard.prepare("CREATE TABLE p (a int, b int)", *repeated("CREATE INDEX i_%s ON p (a)", 250))
    guard.prepare(*repeated("CREATE INDEX j_%s ON p (a, b)", 100))
    session.run("CREATE TABLE t (LIKE p INCLUDING INDEXES)")
    rules = "SELECT rule, count(*) FROM guardrail.last_violations() WHERE rule ~ 'index$' GROUP BY rule ORDER BY 1"
    assert session.rows(rules) == [("duplicate_index", 348), ("misnamed_index", 350), ("redundant_index", 250)]
    names = {fix.split(" TO ")[-1] for fix in fixes(session, "misnamed_index")}
    assert len(names) == 350


def test_long_fixes_are_left_out_together(guard, session):
    """Each fix of a constraint over one column has all the others over this column as well."""
    guard.configure(mode="enforce", preset="core", **{UN: "error"})
    session = guard.session
    with pytest.raises(psycopg.Error) as error:
        session.run(f"CREATE TABLE t (a int, {listed('CHECK (a > {n})', 300)})")
    assert error.value.sqlstate == "42R01"
    found = session.rows("SELECT fix, fix_applies FROM guardrail.last_violations()")
    assert len(found) == 300
    assert sum(len(fix) for fix, _ in found) < 1_100_000
    assert found[0][0].startswith("a integer\nCONSTRAINT ck_t_a CHECK ((a > 0))\n")
    assert found[-1] == ("-- The fix is left out: the fixes of this statement are too long together.", "by hand")


@pytest.mark.parametrize("reads_all", ["check", "generated"])
def test_a_refused_table_of_many_columns_that_something_reads(guard, session, reads_all):
    guard.configure(mode="enforce", preset="core", **{TS: "error"})
    session = guard.session
    session.run(TIMEOUT)
    columns = listed("a{n} timestamp", 700)
    if reads_all == "check":
        others = f"CONSTRAINT ck CHECK (NOT (a0 IN ({listed('a{n}', 700)})))"
    else:
        others = listed("b{n} timestamp GENERATED ALWAYS AS (a{n} + '1 day') STORED", 700)
    with pytest.raises(psycopg.Error) as refused:
        session.run(f"CREATE TABLE t ({columns}, {others})")
    assert refused.value.sqlstate == "42R01", refused.value
    first, *_ = fixes(session, TS)
    assert first.startswith("a0 timestamp with time zone\n")
    assert "(a0 AT TIME ZONE 'UTC')" in first


def test_fixes_that_hang_together_by_their_statements(guard):
    """An index over two columns is renamed along with either. The fixes for all of them would repeat all of them."""
    guard.configure(mode="warn", preset="none", misnamed_index="warning", misnamed_column="warning",
                    column_name_pattern="x.*", index_name_pattern="ix_{table}_{columns}")  # fmt: skip
    session = guard.session
    session.run(TIMEOUT)
    session.run("BEGIN")
    session.run(f"CREATE TABLE t (id int, {listed('a{n} int', 600)})")
    for block in repeated("CREATE INDEX ix_t_a%1$s_a%2$s ON t (a%1$s, a%2$s)", 599):
        session.run(block)
    session.run("COMMIT")
    texts = [fix for fix in fixes(session, "misnamed_column") if "xa5;" in fix or fix.startswith("-- The fix of another")]
    assert len(texts) > 500 and len(set(texts)) == 2
    assert sum(map(len, texts)) < 5 << 20


def test_conditions_in_depth(guard, session):
    """PostgreSQL's own limit comes first."""
    depth = 1500
    condition = "(" * depth + "a > 0" + " OR a < 3)" * depth
    session.run(f"CREATE TABLE t (a int, b text, CONSTRAINT c CHECK ({condition}))")
    nested = "".join(f"(b = 'x{n}' OR " for n in range(depth)) + "b = 'y'" + ")" * depth
    session.run(f"CREATE TABLE u (b text CONSTRAINT c CHECK ({nested}))")
    nested = "".join(f"(b IS NOT NULL AND (length(b) < {n} OR " for n in range(depth)) + "b = 'y'" + "))" * depth
    session.run(f"CREATE TABLE v (b text CONSTRAINT c CHECK ({nested}))")
    nested = "(b IS NOT NULL AND " * 30 + "a IS NOT NULL" + ")" * 30
    session.run(f"CREATE TABLE w (a int, b text); CREATE INDEX i ON w (a) WHERE {nested}")


def deepest(guard, table, term):
    """The longest of these expressions that PostgreSQL takes: it can be too deep to be read once more."""
    for size in range(12_000, 3000, -200):
        expression = term.format(" + 1" * size)
        try:
            guard.prepare(table.format(expression))
        except psycopg.errors.StatementTooComplex:
            continue
        guard.administer("DROP TABLE t CASCADE")
        return expression
    raise AssertionError("PostgreSQL takes none of them")


# The second value is the PostgreSQL that takes it first: before 18, a row of pg_index must fit into a page.
DEEP = [
    ("check", 13, "CREATE TABLE t (k bigint, s text, CONSTRAINT ck CHECK (length(s) < 9 AND {}))", "k{} > 0"),
    ("default", 13, "CREATE TABLE t (s text, k bigint DEFAULT ({}))", "1{}"),
    ("generated", 13, "CREATE TABLE t (s text, k bigint, g bigint GENERATED ALWAYS AS ({}) STORED)", "k{}"),
    ("index", 18, "CREATE TABLE t (s text, k bigint); CREATE INDEX ON t (({}))", "k{}"),
    ("condition", 18, "CREATE TABLE t (s text, k bigint); CREATE INDEX ON t (k) WHERE k IS NOT NULL AND {}", "k{} > 0"),
    ("exclusion", 18, "CREATE TABLE t (s text, k int8range, EXCLUDE USING gist (k WITH &&) WHERE ({}))", "lower(k){} > 0"),
    ("statistics", 14, "CREATE TABLE t (s text, k bigint); CREATE STATISTICS st ON ({}), s FROM t", "k{}"),
    ("policy", 13, "CREATE TABLE t (s text, k bigint); CREATE POLICY p ON t USING ({})", "k{} > 0"),
    ("rule", 13, "CREATE TABLE t (s text, k bigint); CREATE RULE r AS ON UPDATE TO t WHERE {} DO NOTHING", "new.k{} > 0"),
    ("view", 13, "CREATE TABLE t (s text, k bigint); CREATE VIEW v AS SELECT s, {} AS k FROM t", "k{}"),
]


@pytest.mark.parametrize("mode", ["warn", "enforce"])
@cases.parametrize("since, table, term", DEEP)
def test_an_expression_too_deep_to_be_read(guard, needs, mode, since, table, term):
    """It is as good as none: neither the statement fails for it nor does the audit of all other tables."""
    needs(since)
    sql = table.format(deepest(guard, table, term))
    rules = [rule for (rule,) in guard.observe("SELECT id FROM guardrail.rules")]
    levels = dict.fromkeys(rules, "warning")
    guard.prepare("CREATE TABLE u (made timestamp)")
    guard.configure(mode=mode, **levels).session.run(TIMEOUT)
    for statement in [*sql.split("; "), "ALTER TABLE t ADD made timestamp"]:
        try:
            guard.session.run(statement)
        except psycopg.errors.StatementTooComplex as error:
            assert "pg_guardrail" not in str(error), "PostgreSQL itself can read no more of the table"
    failures = [message.primary for message in guard.session.messages if "pg_guardrail failed" in message.primary]
    assert failures == []
    guard.as_superuser()
    tables = guard.session.rows("SELECT table_name FROM guardrail.audit() WHERE rule = 'timestamp_without_time_zone'")
    assert ("u",) in tables
    guard.session.run("SELECT guardrail.report('html')")
    guard.session.run("SELECT guardrail.freeze()")
    guard.session.run("SELECT guardrail.assert_clean()")


def test_an_expression_too_deep_to_be_read_refuses_nothing(guard):
    (_, _, table, term) = DEEP[0]
    table = table.replace("s text", "s varchar(9)")
    sql = table.format(deepest(guard, table, term))
    guard.check_only("unbounded_string", "nullable_column", "check_instead_of_enum")
    guard.passes(sql.replace("bigint", "bigint NOT NULL").replace("(9)", "(9) NOT NULL"))


def test_a_regular_expression_of_braces(session):
    session.run(f"CREATE TABLE t (a text CONSTRAINT c CHECK (a ~ '^{'{' * 1_000_000}}}$'))")


def test_a_long_list_of_strings(session):
    strings = ", ".join(f"'string {n}'" for n in range(20_000))
    session.run(f"CREATE TABLE t (a text CONSTRAINT c CHECK (a IN ({strings})))")
    (fix,) = fixes(session, "check_instead_of_enum")
    assert "'string 19999'" in fix


def test_inheritance_in_depth(guard, session):
    guard.prepare("CREATE TABLE t_0 (a int)", *repeated("CREATE TABLE t_%s () INHERITS (t_%s)", 300))
    guard.prepare("INSERT INTO t_300 VALUES (1)")
    session.run("ALTER TABLE t_0 DROP COLUMN a")
    assert "destructive_change" in {message.rule for message in session.take_messages()}


def test_a_child_of_many_ancestors_with_many_columns(guard, session):
    guard.prepare(f"CREATE TABLE t_0 ({listed('c_{n} timestamp', 300)})")
    guard.prepare(*repeated("CREATE TABLE t_%s () INHERITS (t_%s)", 300))
    session.run("ALTER TABLE t_300 NO INHERIT t_299")
    assert TS not in {message.rule for message in session.take_messages()}


def test_explain_of_a_long_word(session):
    state, text = session.expect_error("SELECT guardrail.explain(repeat('a', 3000000))")
    assert (state, text) == ("42704", f'rule "{"a" * 63}" does not exist The view guardrail.rules lists them.')


def test_a_statement_is_cancelled_within_the_guard(guard, session):
    """PostgreSQL needs next to nothing for the statement itself; the guard has thousands of violations to tell."""
    statement = f"CREATE TABLE t ({listed('c_{n} timestamp', 1500)})"
    for milliseconds in (20, 40, 80, 160):
        session.run(f"SET statement_timeout = {milliseconds}")
        start = time.monotonic()
        try:
            session.run(statement.replace("TABLE t", f"TABLE t_{milliseconds}"))
        except psycopg.errors.QueryCanceled as cancelled:
            assert cancelled.diag.message_primary == "canceling statement due to statement timeout"
        assert time.monotonic() - start < 5
        session.run("SET statement_timeout = 0")
    # Nothing is left over of what was cancelled.
    session.messages.clear()
    session.run("CREATE TABLE last (made timestamp)")
    assert TS in {message.rule for message in session.take_messages()}
