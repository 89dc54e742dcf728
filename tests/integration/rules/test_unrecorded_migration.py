"""Transactions that change a table and record no migration.

migrations/test_recorded_migrations.py tests the rule with real tools.
"""

import cases
import pytest
from rule_test import RuleTest

RULE = "unrecorded_migration"
HINT = "-- Write this change as a migration and let the migration tool run it."

RECORDS = "CREATE TABLE alembic_version (version_num text)"
SETUP = f"""
    {RECORDS};
    INSERT INTO alembic_version VALUES ('1');
    CREATE TABLE t (a int, b int);
    CREATE INDEX ix ON t (a);
    CREATE TABLE ev (a int) PARTITION BY LIST (a);
    CREATE TABLE ev1 PARTITION OF ev FOR VALUES IN (1);
    CREATE TABLE parent (a int);
    CREATE TABLE child () INHERITS (parent);
    CREATE SCHEMA side;
    CREATE TABLE side.theirs (a int);
"""
RECORD = "INSERT INTO alembic_version VALUES ('2')"
CHANGE = "ALTER TABLE t ADD c int"


# (id, statement that changes a table, the table that the message names)
CHANGES = [
    ("create", "CREATE TABLE x (a int)", "x"),
    ("as", "CREATE TABLE x AS SELECT 1 AS a", "x"),
    ("into", "SELECT 1 AS a INTO x", "x"),
    ("alter", CHANGE, "t"),
    ("rename", "ALTER TABLE t RENAME TO x", "x"),
    ("rename_column", "ALTER TABLE t RENAME a TO x", "t"),
    ("drop", "DROP TABLE t", "t"),
    ("cascade", "DROP SCHEMA side CASCADE", "side.theirs"),
    ("index", "CREATE INDEX ON t (b)", "t"),
    ("drop_index", "DROP INDEX ix", "t"),
    ("comment", "COMMENT ON TABLE t IS 'old'", "t"),
    ("row_security", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "t"),
    ("partition", "CREATE TABLE ev2 PARTITION OF ev FOR VALUES IN (2)", "ev2"),
    ("parent", "ALTER TABLE parent ADD c int", "parent"),
    ("only", "ALTER TABLE ONLY parent ADD CONSTRAINT ck CHECK (a > 0) NO INHERIT", "parent"),
    ("do", f"DO $$ BEGIN {CHANGE}; END $$", "t"),
    ("into_the_checked", "ALTER TABLE side.theirs SET SCHEMA public", "theirs"),
    ("unlogged", "CREATE UNLOGGED TABLE x (a int)", "x"),
]
# (id, statement that changes no table)
NO_CHANGES = [
    ("view", "CREATE VIEW v AS SELECT * FROM t"),
    ("materialized_view", "CREATE MATERIALIZED VIEW v AS SELECT * FROM t"),
    ("function", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("sequence", "CREATE SEQUENCE s"),
    ("type", "CREATE TYPE mood AS ENUM ('ok')"),
    ("composite", "CREATE TYPE pair AS (a int, b int)"),
    ("trigger", "CREATE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
    ("policy", "CREATE POLICY p ON t"),
    ("grant", "GRANT SELECT ON t TO stranger"),
    ("schema", "CREATE SCHEMA x"),
    ("reindex", "REINDEX TABLE t"),
    ("reindex_index", "REINDEX INDEX ix"),
    ("reindex_concurrently", "REINDEX TABLE CONCURRENTLY t"),
    ("temporary", "CREATE TEMPORARY TABLE tmp (a int)"),
    ("if_exists", "ALTER TABLE IF EXISTS nothing ADD a int"),
    ("if_not_exists", "CREATE TABLE IF NOT EXISTS t ()"),
    ("drop_if_exists", "DROP TABLE IF EXISTS nothing"),
    ("rows", "INSERT INTO t VALUES (1)"),
    ("truncate", "TRUNCATE t"),
    ("made_and_dropped", "CREATE TABLE x (); DROP TABLE x"),
]


class TestUnrecordedMigration(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [(case, SETUP, statement, table) for case, statement, table in CHANGES]
    good = [(case, SETUP, statement) for case, statement in NO_CHANGES]


@pytest.fixture
def guarded(guard):
    """The tables are there, and the guard checks this rule alone."""
    guard.prepare(SETUP)
    return guard.check_only(RULE)


@cases.parametrize("statement, table", CHANGES)
def test_hint(guarded, statement, table):
    assert guarded.session.expect_refusal(statement).hint == HINT


@cases.parametrize("statement, table", CHANGES)
def test_the_same_with_a_record(guarded, statement, table):
    guarded.passes_in_transaction(RECORD, statement)


def test_drop_owned(guarded):
    """DROP OWNED drops the migration table as well, and with it the record."""
    message = guarded.refuses_at_commit(RECORD, "DROP OWNED BY app", adds=f"{RULE} customers")
    assert message.primary.startswith('transaction changes table "public.customers" and 6 more')


def test_several_tables_are_counted(guarded):
    message = guarded.refuses_at_commit(CHANGE, "CREATE TABLE x ()", "DROP TABLE parent CASCADE", adds=f"{RULE} t")
    assert message.primary == 'transaction changes table "public.t" and 3 more without recording a migration'


def test_several_statements_in_one_string_are_one_transaction(guarded):
    guarded.passes(f"{CHANGE}; {RECORD}")
    guarded.refuses("CREATE TABLE x (); SELECT 1", adds=f"{RULE} x")


OF_THE_MIGRATION_TABLE = [
    ("create", "CREATE TABLE django_migrations (id int)"),
    ("create_in_a_schema", "CREATE TABLE side.__drizzle_migrations (id int)"),
    ("capitals", 'CREATE TABLE "SequelizeMeta" (name text)'),
    ("alter", "ALTER TABLE alembic_version ADD a int"),
    ("index", "CREATE INDEX ON alembic_version (version_num)"),
    ("drop", "DROP TABLE alembic_version"),
]


@cases.parametrize("sql", OF_THE_MIGRATION_TABLE)
def test_the_migration_table_itself_needs_no_record(guarded, sql):
    guarded.passes(sql)
    guarded.refuses("CREATE TABLE x ()", adds=f"{RULE} x")


# (id, statement that records a migration beside the change)
WRITES = [
    ("insert", RECORD),
    ("update", "UPDATE alembic_version SET version_num = '2'"),
    ("delete", "DELETE FROM alembic_version"),
    ("update_of_no_row", "UPDATE alembic_version SET version_num = '2' WHERE false"),
    ("insert_of_no_row", "INSERT INTO alembic_version SELECT '2' WHERE false"),
    ("lock", "LOCK TABLE alembic_version IN ROW EXCLUSIVE MODE"),
    ("function", "DO $$ BEGIN EXECUTE 'DELETE FROM alembic_version'; END $$"),
    ("through_a_view", "CREATE VIEW v AS TABLE alembic_version; INSERT INTO v VALUES ('2')"),
    ("with", "WITH gone AS (DELETE FROM alembic_version RETURNING 1) SELECT * FROM gone"),
    ("released", f"SAVEPOINT a; {RECORD}; RELEASE a"),
    ("made_here", "CREATE TABLE knex_migrations (name text); INSERT INTO knex_migrations VALUES ('1')"),
    ("in_a_schema", "CREATE TABLE side.migrations (name text); INSERT INTO side.migrations VALUES ('1')"),
]


@cases.parametrize("write", WRITES)
def test_what_is_a_record(guarded, write):
    guarded.passes_in_transaction(write, "CREATE TABLE x (a int)")


@cases.parametrize("write", WRITES)
def test_what_is_a_record_afterwards(guarded, write):
    guarded.passes_in_transaction("CREATE TABLE x (a int)", write)


NO_WRITES = [
    ("nothing", "SELECT 1"),
    ("read", "TABLE alembic_version"),
    ("for_update", "SELECT FROM alembic_version FOR UPDATE"),
    ("lock_share", "LOCK TABLE alembic_version IN SHARE MODE"),
    ("lock_exclusive", "LOCK TABLE alembic_version"),
    ("truncate", "TRUNCATE alembic_version"),
    ("analyze", "ANALYZE alembic_version"),
    ("altered", "ALTER TABLE alembic_version ADD a int"),
    ("rolled_back", f"SAVEPOINT a; {RECORD}; ROLLBACK TO a"),
    ("caught", f"DO $$ BEGIN {RECORD}; RAISE 'no'; EXCEPTION WHEN raise_exception THEN NULL; END $$"),
    ("temporary", "CREATE TEMP TABLE migrations (a int); INSERT INTO migrations VALUES (1)"),
    ("view", "CREATE VIEW migrations AS SELECT * FROM parent; INSERT INTO migrations VALUES (1)"),
    ("similar", "CREATE TABLE my_migrations_2 (a int); INSERT INTO my_migrations_2 VALUES (1)"),
]


@cases.parametrize("statement", NO_WRITES)
def test_what_is_no_record(guarded, statement):
    guarded.refuses_at_commit(CHANGE, statement, adds=f"{RULE} t")


def test_a_record_counts_for_its_own_transaction_only(guarded):
    guarded.passes_in_transaction(RECORD, CHANGE)
    guarded.refuses("ALTER TABLE t ADD d int", adds=f"{RULE} t")
    guarded.passes(RECORD)
    guarded.refuses("ALTER TABLE t ADD d int", adds=f"{RULE} t")


def test_a_change_that_is_rolled_back_needs_no_record(guarded):
    guarded.passes_in_transaction("SAVEPOINT a", CHANGE, "ROLLBACK TO a")
    guarded.passes_in_transaction("SAVEPOINT a", CHANGE, RECORD, "RELEASE a")
    guarded.refuses_at_commit(RECORD.replace("INSERT", "SAVEPOINT b; INSERT"), "ALTER TABLE t ADD d int",
                              "ROLLBACK TO b", "ALTER TABLE t ADD e int", adds=f"{RULE} t")  # fmt: skip


def test_fixed_later(guarded):
    """The record may be the last statement of the transaction."""
    guarded.refuses_at_commit(CHANGE, adds=f"{RULE} t")
    guarded.passes_in_transaction(CHANGE, RECORD)


def test_legacy(guarded):
    """The rule is about what a transaction does; it makes no difference that the table was there before."""
    guarded.refuses_at_commit("ALTER TABLE t DROP COLUMN b", adds=f"{RULE} t")
    guarded.configure(mode="off").passes("ALTER TABLE t DROP COLUMN b")
    guarded.configure(mode="enforce").passes("SELECT FROM t")


def test_prepared_transaction(guarded):
    guarded.refuses("BEGIN", CHANGE, "PREPARE TRANSACTION 'p'", adds=f"{RULE} t")
    guarded.passes("BEGIN", CHANGE, RECORD, "PREPARE TRANSACTION 'p'", "COMMIT PREPARED 'p'")


def test_exempt(guarded):
    guarded.configure(exempt_schemas="side", exempt_tables="scratch_.*")
    guarded.passes("ALTER TABLE side.theirs ADD b int", "DROP TABLE side.theirs", "CREATE TABLE scratch_1 (a int)")
    guarded.refuses_at_commit("ALTER TABLE scratch_1 ADD b int", CHANGE, adds=f"{RULE} t")
    guarded.refuses("ALTER TABLE scratch_1 RENAME TO kept", adds=f"{RULE} kept")
    guarded.configure(exempt_roles="app").passes(CHANGE)


CONCURRENTLY = [
    ("create", "CREATE INDEX CONCURRENTLY ix_b ON t (b)", "t"),
    ("drop", "DROP INDEX CONCURRENTLY ix", "t"),
]


@cases.parametrize("sql, table", CONCURRENTLY)
def test_concurrently_is_refused_before_it_begins(guarded, sql, table):
    """No invalid index is left: `refuses` compares the catalog before and after, invalid indexes included."""
    guarded.refuses(sql, adds=f"{RULE} {table}")
    guarded.configure(mode="warn").warns(sql, adds=f"{RULE} {table}")
    assert guarded.observe("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


def test_detach_concurrently(guarded, needs):
    needs(14)
    detach = "ALTER TABLE ev DETACH PARTITION ev1 CONCURRENTLY"
    guarded.refuses(detach, adds=f"{RULE} ev")
    assert guarded.observe("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'ev1'::regclass") == [(False,)]
    guarded.configure(mode="warn").warns(detach, adds=f"{RULE} ev")


def test_concurrently_on_what_is_exempt(guarded):
    guarded.configure(exempt_tables="t").passes("CREATE INDEX CONCURRENTLY ix_b ON t (b)")
    guarded.passes("CREATE INDEX CONCURRENTLY ON alembic_version (version_num)")


TABLES = [
    ("plain", "records", True),
    ("qualified", r"side\.records", True),
    ("regex", "rec.*", True),
    ("other_schema", r"public\.records", False),
    ("part_of_the_name", "record", False),
    ("default_replaced", "alembic", False),
    ("none", "", False),
]


@cases.parametrize("setting, counts", TABLES)
def test_migration_tables(guard, setting, counts):
    guard.prepare(SETUP, "CREATE TABLE side.records (a int)")
    guard.check_only(RULE).configure(migration_tables=setting)
    statements = (CHANGE, "INSERT INTO side.records VALUES (1)")
    if counts:
        guard.passes_in_transaction(*statements)
    else:
        guard.refuses_at_commit(*statements, adds=f"{RULE} t")


def test_partitioned_migration_table(guard):
    guard.prepare(SETUP, "CREATE TABLE records (a int) PARTITION BY LIST (a)",
                  "CREATE TABLE records_1 PARTITION OF records DEFAULT")  # fmt: skip
    guard.check_only(RULE).configure(migration_tables="records")
    guard.passes_in_transaction(CHANGE, "INSERT INTO records VALUES (1)")
