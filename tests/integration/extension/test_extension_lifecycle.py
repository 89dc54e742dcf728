"""The library works without the extension, and the extension can be created again and dropped at any time."""

import pytest

TS = "timestamp_without_time_zone"
BAD = "CREATE TABLE t (made timestamp)"
ADDS = f"{TS} t.made"
CHILD = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
MISSING = "fk_without_index child.fk"


def test_library_without_the_extension(preloaded_guard):
    guard = preloaded_guard
    guard.administer("DROP EXTENSION pg_guardrail")
    guard.passes(BAD, "SET application_name = 'x'", "BEGIN", CHILD, "COMMIT", "DROP TABLE t")
    assert guard.session.expect_error("SELECT * FROM guardrail.rules")[0] == "42P01"


def test_explain_without_the_extension(preloaded_guard):
    guard = preloaded_guard
    guard.administer("DROP EXTENSION pg_guardrail")
    guard.passes("EXPLAIN ANALYZE CREATE TABLE t AS SELECT now()::timestamp AS made")


def test_library_loaded_by_hand_without_the_extension(late_guard):
    guard = late_guard.as_superuser()
    guard.administer("DROP EXTENSION pg_guardrail")
    guard.passes("LOAD 'pg_guardrail'", BAD, "BEGIN", CHILD, "COMMIT")


def test_created_twice(guard):
    guard.as_superuser()
    assert guard.session.expect_error("CREATE EXTENSION pg_guardrail")[0] == "42710"
    guard.passes("CREATE EXTENSION IF NOT EXISTS pg_guardrail")
    guard.refuses(BAD, adds=ADDS)


def test_dropped_and_created_again_in_one_session(guard):
    guard.as_superuser().refuses(BAD, adds=ADDS)
    guard.passes("DROP EXTENSION pg_guardrail", BAD, "DROP TABLE t")
    guard.passes("CREATE EXTENSION pg_guardrail")
    guard.refuses(BAD, adds=ADDS)
    guard.refuses_at_commit(CHILD, adds=MISSING)


def test_dropped_and_created_again_under_another_session(guard):
    guard.passes("CREATE TABLE good (id int)")
    guard.administer("DROP EXTENSION pg_guardrail")
    guard.passes(BAD, "DROP TABLE t")
    guard.administer("CREATE EXTENSION pg_guardrail")
    guard.refuses(BAD, adds=ADDS)


def test_created_in_a_transaction_with_ddl_around_it(guard):
    guard.administer("DROP EXTENSION pg_guardrail")
    guard.as_superuser()
    guard.passes("BEGIN", BAD, CHILD, "CREATE EXTENSION pg_guardrail", "CREATE TABLE good (id int)", "COMMIT")
    guard.refuses("ALTER TABLE t ADD gone timestamp", adds=f"{TS} t.gone")


def drop_with_checks_pending(guard, *ending):
    guard.as_superuser().passes("BEGIN", CHILD)
    messages = []
    for sql in ("DROP EXTENSION pg_guardrail", *ending):
        try:
            guard.session.run(sql)
        except Exception as error:
            messages.append(str(error))
            guard.session.run("ROLLBACK")
            break
    guard.reconnect()
    assert messages, "the pending check was dropped with the extension"
    assert guard.session.rows("SELECT to_regclass('child')") == [(None,)], "something got past"
    assert guard.session.rows("SELECT count(*) FROM pg_extension WHERE extname = 'pg_guardrail'") == [(1,)]
    guard.refuses(BAD, adds=ADDS)


def test_dropped_and_created_with_checks_pending(guard):
    drop_with_checks_pending(guard, "CREATE EXTENSION pg_guardrail", "COMMIT")


def test_dropped_with_checks_pending_and_fixed(guard):
    guard.as_superuser()
    guard.passes_in_transaction(CHILD, "CREATE INDEX ON child (c)", "DROP EXTENSION pg_guardrail")
    guard.passes(BAD)


def test_drop_rolled_back(guard):
    guard.as_superuser()
    guard.passes("BEGIN", "DROP EXTENSION pg_guardrail", "ROLLBACK")
    guard.refuses(BAD, adds=ADDS)
    guard.refuses("BEGIN", "SAVEPOINT s", "DROP EXTENSION pg_guardrail", "ROLLBACK TO s", BAD, adds=ADDS)


def test_creating_it_is_not_checked_by_itself(guard):
    guard.as_superuser().passes(
        "DROP EXTENSION pg_guardrail", "CREATE EXTENSION pg_guardrail", "ALTER EXTENSION pg_guardrail UPDATE"
    )


def test_it_lives_in_its_own_schema_only(guard):
    guard.as_superuser()
    assert guard.session.expect_error("ALTER EXTENSION pg_guardrail SET SCHEMA public")[0] == "0A000"
    assert guard.session.rows(
        "SELECT DISTINCT nspname FROM pg_depend JOIN pg_proc p ON classid = 'pg_proc'::regclass AND objid = p.oid"
        " JOIN pg_namespace n ON n.oid = pronamespace WHERE refclassid = 'pg_extension'::regclass"
        " AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_guardrail')"
    ) == [("guardrail",)]


def test_every_object_has_a_comment(guard):
    rows = guard.session.rows(
        "SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend"
        " WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'"
        " AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_guardrail')"
        " AND obj_description(objid, classid::regclass::name) IS NULL"
        " AND classid NOT IN ('pg_type'::regclass, 'pg_rewrite'::regclass)"
    )
    assert rows == []


def test_every_column_of_a_table_has_a_comment(guard):
    rows = guard.session.rows(
        "SELECT attrelid::regclass::text, count(*), count(col_description(attrelid, attnum))"
        " FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'guardrail'::regnamespace"
        " AND attnum > 0 AND NOT attisdropped AND (relkind = 'r' OR relname = 'rules') GROUP BY 1 ORDER BY 1"
    )
    assert [name for name, *_ in rows] == [f"guardrail.{name}" for name in ("exemptions", "frozen", "journal", "rules")]
    assert [name for name, columns, comments in rows if columns != comments] == []


@pytest.mark.parametrize("sql", ["LOAD 'pg_guardrail'", "SELECT * FROM guardrail.last_violations()"])
def test_loading_twice_is_harmless(guard, sql):
    guard.as_superuser().passes(sql, sql, "CREATE TABLE good (id int)")
    guard.refuses(BAD, adds=ADDS)
