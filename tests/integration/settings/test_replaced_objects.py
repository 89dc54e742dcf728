"""A superuser may put something else in the place of the extension's own tables and functions. The server goes on."""

import contextlib

import cases
import psycopg
import pytest

REPLACEMENTS = [
    ("view", "CREATE VIEW {0} AS SELECT * FROM guardrail.renamed"),
    ("partitioned_table", "CREATE TABLE {0} (LIKE guardrail.renamed) PARTITION BY LIST (rule)"),
    ("foreign_table", "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
     "CREATE FOREIGN TABLE {0} (rule text, fingerprint text, id bigint, relation text) SERVER s"),
    ("sequence", "CREATE SEQUENCE {0}"),
    ("other_columns", "CREATE TABLE {0} (id int, fingerprint int[], relation timestamptz, expires_at text)"),
    ("nothing", "SELECT '{0}'"),
]  # fmt: skip

TS = "timestamp_without_time_zone"


@pytest.mark.parametrize("table", ["guardrail.frozen", "guardrail.exemptions"])
@cases.parametrize("replacement", REPLACEMENTS)
def test_a_table_is_something_else(guard, table, replacement):
    guard.prepare("CREATE TABLE old (made timestamp)")
    guard.administer(f"ALTER TABLE {table} RENAME TO renamed", replacement.format(table))
    guard.check_only(TS)
    assert guard.session.rows("SELECT rule, status FROM guardrail.audit()") == [(TS, "open")]
    assert guard.session.rows(f"SELECT guardrail.explain('{TS}') LIKE '# %'") == [(True,)]
    assert "1 open violation" in guard.session.expect_refusal("SELECT guardrail.assert_clean()").primary
    guard.session.expect_refusal("CREATE TABLE t (made timestamp)")


@cases.parametrize("replacement", REPLACEMENTS)
@pytest.mark.parametrize("mode", ["warn", "enforce"])
def test_the_journal_is_something_else(guard, replacement, mode):
    """Nothing is written where it cannot be; what only looks like the journal is a failure of the checks."""
    guard.administer("ALTER TABLE guardrail.journal RENAME TO renamed", replacement.format("guardrail.journal"))
    guard.check_only(TS).configure(mode=mode, journal="on", timestamp_without_time_zone="warning")
    is_like_it = "expires_at" in replacement
    if is_like_it and mode == "enforce":
        assert "pg_guardrail failed: column" in guard.session.expect_error("CREATE TABLE t (made timestamp)")[1]
        return
    guard.session.run("CREATE TABLE t (made timestamp)")
    (message,) = guard.session.messages
    assert message.primary.startswith("pg_guardrail failed: column" if is_like_it else 'column "made"')



DECLARATIONS = [
    ("record", "SETOF record", "SELECT {}()"),
    ("record_without_set", "record", "SELECT {}()"),
    ("record_of_a_list", "SETOF record", "SELECT * FROM {}() AS t(nothing text)"),
    ("number", "SETOF integer", "SELECT {}()"),
    ("text", "SETOF text", "SELECT * FROM {}()"),
]


@cases.parametrize("returns, query", DECLARATIONS)
@pytest.mark.parametrize("symbol", ["guardrail_last_violations_wrapper", "guardrail_list_rules_wrapper"])
def test_a_function_is_declared_otherwise(guard, symbol, returns, query):
    guard.administer(
        f"CREATE FUNCTION public.other() RETURNS {returns} LANGUAGE c AS '$libdir/pg_guardrail', '{symbol}'"
    )
    with contextlib.suppress(psycopg.errors.InternalError_, psycopg.errors.ObjectNotInPrerequisiteState):
        guard.session.run(query.format("public.other"))
    assert guard.session.rows("SELECT 1") == [(1,)]


@pytest.mark.parametrize("call", ["freeze()", "thaw()", "import_frozen('')"])
def test_a_baseline_that_is_missing(guard, call):
    guard.administer("ALTER TABLE guardrail.frozen RENAME TO renamed")
    session = guard.as_superuser().session
    assert "the table guardrail.frozen is missing" in session.expect_error(f"SELECT guardrail.{call}")[1]
