"""What is checked, and when, in savepoints, procedures that commit, prepared transactions and pipelines."""

import cases
import psycopg
import pytest

IX = "fk_without_index"
TS = "timestamp_without_time_zone"

CHILD = (
    "CREATE TABLE child (customer_id bigint, "
    "CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE)"
)
INDEX = "CREATE INDEX ix ON child (customer_id)"
MISSING = f"{IX} child.fk"

PASSES = [
    ("made_and_fixed", [CHILD, INDEX]),
    ("bad_part_rolled_back", ["SAVEPOINT s", CHILD, "ROLLBACK TO s"]),
    ("bad_part_rolled_back_then_made_well", ["SAVEPOINT s", CHILD, "ROLLBACK TO s", CHILD, INDEX]),
    ("fixed_in_a_savepoint", [CHILD, "SAVEPOINT s", INDEX, "RELEASE s"]),
    ("made_in_a_savepoint", ["SAVEPOINT s", CHILD, "RELEASE s", INDEX]),
    ("nested", ["SAVEPOINT a", "SAVEPOINT b", CHILD, "RELEASE b", "ROLLBACK TO a", "SELECT 1"]),
    ("loss_rolled_back", [CHILD, INDEX, "SAVEPOINT s", "DROP INDEX ix", "ROLLBACK TO s"]),
    ("do_block", [f"DO $$ BEGIN {CHILD}; {INDEX}; END $$"]),
    ("caught", [f"DO $$ BEGIN BEGIN {CHILD}; RAISE 'x'; EXCEPTION WHEN raise_exception THEN NULL; END; END $$"]),
]
REFUSED = [
    ("not_fixed", [CHILD]),
    ("released", ["SAVEPOINT s", CHILD, "RELEASE s"]),
    ("not_released", ["SAVEPOINT s", CHILD]),
    ("fix_rolled_back", [CHILD, "SAVEPOINT s", INDEX, "ROLLBACK TO s"]),
    ("fixed_and_lost", [CHILD, INDEX, "DROP INDEX ix"]),
    ("lost_in_a_released_savepoint", [CHILD, INDEX, "SAVEPOINT s", "DROP INDEX ix", "RELEASE s"]),
    ("other_work_after", [CHILD, "INSERT INTO child VALUES (NULL)", "SELECT 1"]),
    ("first_rolled_back_second_kept", ["SAVEPOINT s", CHILD, "ROLLBACK TO s", CHILD]),
    ("caught_inside", [f"DO $$ BEGIN {CHILD}; BEGIN RAISE 'x'; EXCEPTION WHEN raise_exception THEN NULL; END; END $$"]),
]


@cases.parametrize("statements", PASSES)
def test_passes(guard, statements):
    guard.passes_in_transaction(*statements)


@cases.parametrize("statements", REFUSED)
def test_refused_at_commit(guard, statements):
    guard.refuses_at_commit(*statements, adds=MISSING)


def test_nothing_is_left_over_after_a_rollback(guard):
    guard.passes("BEGIN", CHILD, "ROLLBACK", "CREATE TABLE good (id int)", f"{CHILD}; {INDEX}")


def test_the_session_goes_on_after_a_refusal(guard):
    guard.refuses_at_commit(CHILD, adds=MISSING)
    guard.passes("CREATE TABLE good (id int)", f"{CHILD}; {INDEX}")


def test_a_failed_transaction_commits_nothing(guard):
    guard.passes("BEGIN", CHILD)
    assert guard.session.expect_error("SELECT 1/0")[0] == "22012"
    guard.passes("COMMIT", "CREATE TABLE child (id int)")


def test_commit_and_chain(guard):
    guard.refuses("BEGIN", CHILD, "COMMIT AND CHAIN", adds=MISSING)
    guard.reconnect()
    guard.passes("BEGIN", CHILD, INDEX, "COMMIT AND CHAIN", "SELECT 1", "COMMIT")


def test_statement_rules_inside_a_savepoint(guard):
    guard.passes("BEGIN", "CREATE TABLE t (id int)", "SAVEPOINT s")
    guard.session.expect_refusal("ALTER TABLE t ADD made timestamp")
    guard.passes("ROLLBACK TO s", "ALTER TABLE t ADD made timestamptz", "COMMIT")
    assert guard.session.rows("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0") == [
        (2,)
    ]


def test_prepare_transaction(guard):
    guard.refuses("BEGIN", CHILD, "PREPARE TRANSACTION 'one'", adds=MISSING)
    assert guard.session.rows("SELECT count(*) FROM pg_prepared_xacts") == [(0,)]
    guard.passes("BEGIN", CHILD, INDEX, "PREPARE TRANSACTION 'two'", "COMMIT PREPARED 'two'")
    assert guard.session.rows("SELECT count(*) FROM pg_class WHERE relname = 'child'") == [(1,)]


def test_nothing_of_a_prepared_transaction_stays_behind(guard):
    guard.passes("BEGIN", CHILD, INDEX, "PREPARE TRANSACTION 'one'", "CREATE TABLE good (id int)")
    guard.passes("ROLLBACK PREPARED 'one'", "BEGIN", "CREATE TABLE child (id int)", "COMMIT")


PROCEDURE = "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN {} END $$"


def test_procedure_that_commits(guard):
    guard.prepare(PROCEDURE.format(f"{CHILD}; {INDEX}; COMMIT; DROP TABLE child; COMMIT; {CHILD}; {INDEX};"))
    guard.passes("CALL p()")


def test_procedure_refused_at_its_commit(guard):
    guard.prepare(PROCEDURE.format(f"CREATE TABLE first (id int); COMMIT; {CHILD}; COMMIT; CREATE TABLE last (id int);"))
    assert str(guard.session.expect_refusal("CALL p()")) == MISSING
    assert guard.session.last_violations() == [MISSING]
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname IN ('first', 'child', 'last')"
    assert guard.session.rows(tables) == [("first",)]


def test_procedure_that_rolls_back(guard):
    guard.prepare(PROCEDURE.format(f"{CHILD}; ROLLBACK; CREATE TABLE t (id int); COMMIT;"))
    guard.passes("CALL p()")


def test_procedure_refused_at_its_end(guard):
    guard.prepare(PROCEDURE.format(f"CREATE TABLE first (id int); COMMIT; {CHILD};"))
    assert str(guard.session.expect_refusal("CALL p()")) == MISSING


def test_do_block_that_commits(guard):
    assert str(guard.session.expect_refusal(f"DO $$ BEGIN {CHILD}; COMMIT; {INDEX}; END $$")) == MISSING
    guard.passes(f"DO $$ BEGIN {CHILD}; {INDEX}; COMMIT; END $$")


def test_implicit_transaction_of_a_script(guard):
    guard.refuses(f"{CHILD}; SELECT 1", adds=MISSING)
    guard.refuses("CREATE TABLE good (id int); CREATE TABLE t (made timestamp); SELECT 1", adds=f"{TS} t.made")
    guard.passes(f"{CHILD}; {INDEX}; SELECT 1")


def test_a_script_with_its_own_commit(guard):
    assert str(guard.session.expect_refusal(f"BEGIN; CREATE TABLE kept (id int); COMMIT; BEGIN; {CHILD}; COMMIT")) == MISSING
    assert guard.session.rows("SELECT to_regclass('kept') IS NOT NULL, to_regclass('child') IS NULL") == [(True, True)]


def test_pipeline(guard):
    connection = guard.session.connection
    with connection.pipeline():
        connection.execute(CHILD)
        connection.execute(INDEX)
    assert guard.session.take_messages() == []
    guard.prepare("DROP TABLE child")
    with pytest.raises(psycopg.Error) as raised, connection.pipeline(), connection.transaction():
        connection.execute(CHILD)
        connection.execute("SELECT 1")
    assert raised.value.sqlstate == "42R01"
    assert guard.session.last_violations() == [MISSING]
    assert guard.session.rows("SELECT to_regclass('child')") == [(None,)]


def test_pipeline_refused_at_its_synchronisation(guard):
    """The driver reports that the pipeline failed at its synchronisation point, but not with which error; if the answer comes
    early, it stumbles over a queue of its own."""
    connection = guard.session.connection
    with pytest.raises((psycopg.Error, IndexError)), connection.pipeline():
        connection.execute(CHILD)
        connection.execute("SELECT 1")
    guard.reconnect()
    assert guard.session.rows("SELECT to_regclass('child')") == [(None,)]


def test_pipeline_refused_at_a_statement(guard):
    connection = guard.session.connection
    with pytest.raises(psycopg.Error) as raised, connection.pipeline():
        connection.execute("CREATE TABLE a (id int)")
        connection.execute("CREATE TABLE b (made timestamp)")
        connection.execute("CREATE TABLE c (id int)")
    assert raised.value.sqlstate == "42R01"
    assert guard.session.rows("SELECT to_regclass('a'), to_regclass('b'), to_regclass('c')") == [(None, None, None)]


def test_driver_transactions(guard):
    connection = guard.session.connection
    with pytest.raises(psycopg.Error) as raised, connection.transaction():
        connection.execute(CHILD)
        with connection.transaction():
            connection.execute("CREATE TABLE inner_table (id int)")
    assert raised.value.sqlstate == "42R01"
    assert guard.session.rows("SELECT to_regclass('inner_table')") == [(None,)]


def test_many_tables_in_one_transaction(guard):
    names = [f"t{number}" for number in range(50)]
    column = "customer_id bigint CONSTRAINT {}_fk REFERENCES customers ON DELETE CASCADE"
    guard.refuses_at_commit(
        *(f"CREATE TABLE {name} ({column.format(name)})" for name in names),
        *(f"CREATE INDEX ON {name} (customer_id)" for name in names[2:]),
        adds=[f"{IX} t0.t0_fk", f"{IX} t1.t1_fk"],
    )


def test_warned_at_commit(guard):
    guard.configure(mode="warn")
    guard.warns("BEGIN", CHILD, "COMMIT", adds=MISSING)
    assert guard.session.last_violations() == [MISSING]
    guard.passes("ALTER TABLE child ADD note text")


def test_the_first_refusal_of_a_transaction_hides_no_second_one(guard):
    guard.passes("BEGIN", CHILD, "SAVEPOINT s")
    guard.session.expect_refusal("CREATE TABLE t (made timestamp)")
    guard.passes("ROLLBACK TO s")
    guard.refuses("COMMIT", adds=MISSING)
