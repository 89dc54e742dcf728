"""Of two sessions at one table each is refused for what it adds itself. The locks are those of their
statements; test_two_transactions.py has the one of the guard's own."""

import threading
import time

import cases
import pytest

TS = "timestamp_without_time_zone"
IX = "fk_without_index"

TABLE = "CREATE TABLE t (id int, c bigint)"
KEY = "CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"
INDEX = "CREATE INDEX ix ON t (c)"
UNGUARDED = {"user": "postgres", "options": "-c guardrail.mode=off"}


def wait_for_a_blocked_session(guard):
    with guard.cluster.connect(guard.dbname) as admin:
        for _ in range(200):
            if admin.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("no session is waiting for a lock")


class Background:
    """Statements that run in another session while the test goes on."""

    def __init__(self, session, *statements):
        self.session = session
        self.error = None
        self.thread = threading.Thread(target=self.work, args=(statements,))
        self.thread.start()

    def work(self, statements):
        try:
            for sql in statements:
                self.session.run(sql)
        except Exception as error:
            self.error = error

    def result(self):
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
        return self.error


OTHERS = [
    ("column", [TABLE], ["ALTER TABLE t ADD made timestamp"]),
    ("key", [TABLE], [f"ALTER TABLE t ADD {KEY}"]),
    ("unnamed", [TABLE], ["ALTER TABLE t ADD UNIQUE (id)"]),
    ("index_lost", [TABLE, f"ALTER TABLE t ADD {KEY}", INDEX], ["DROP INDEX ix"]),
]


@cases.parametrize("setup, others", OTHERS)
@pytest.mark.parametrize("in_transaction", [False, True], ids=["autocommit", "transaction"])
def test_who_waited_is_not_blamed(guard, setup, others, in_transaction):
    guard.prepare(*setup)
    other = guard.connect(**UNGUARDED)
    other.run("BEGIN")
    for sql in others:
        other.run(sql)
    statements = ["ALTER TABLE t ADD note text"]
    if in_transaction:
        statements = ["BEGIN", "CREATE TABLE own (id int)", *statements, "COMMENT ON TABLE t IS 'x'", "COMMIT"]
    mine = Background(guard.session, *statements)
    wait_for_a_blocked_session(guard)
    other.run("COMMIT")
    assert mine.result() is None
    assert guard.session.take_messages() == []


def test_who_waited_answers_for_its_own(guard):
    guard.prepare(TABLE)
    error = expect_waiting(guard, "ALTER TABLE t ADD gone timestamp", "ALTER TABLE t ADD made timestamp", **UNGUARDED)
    assert error.sqlstate == "42R01"
    assert guard.session.last_violations() == [f"{TS} t.gone"]


def test_who_waited_may_rely_on_the_other_s_index(guard):
    guard.prepare(TABLE)
    other = guard.connect()
    other.run("BEGIN")
    other.run(INDEX)
    mine = Background(guard.session, f"ALTER TABLE t ADD {KEY}")
    wait_for_a_blocked_session(guard)
    other.run("COMMIT")
    assert mine.result() is None


def test_who_waited_for_a_lost_index_is_refused(guard):
    """The index was there when the statement began, and is gone when it ends."""
    guard.prepare(TABLE, INDEX)
    other = guard.connect()
    other.run("BEGIN")
    other.run("DROP INDEX ix")
    mine = Background(guard.session, f"ALTER TABLE t ADD {KEY}")
    wait_for_a_blocked_session(guard)
    other.run("COMMIT")
    assert mine.result().sqlstate == "42R01"
    assert guard.session.last_violations() == [f"{IX} t.fk"]


def test_an_index_lost_after_the_statement_but_before_the_commit(guard):
    """Two sessions change the table one after the other; the session that ends last is refused."""
    guard.prepare(TABLE, INDEX)
    guard.passes("BEGIN", f"ALTER TABLE t ADD {KEY}")
    other = guard.connect()
    theirs = Background(other, "DROP INDEX ix")
    wait_for_a_blocked_session(guard)
    guard.passes("COMMIT")
    assert theirs.result().sqlstate == "42R01"
    assert other.last_violations() == [f"{IX} t.fk"]


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_isolation_levels(guard, level):
    """The guard sees catalog changes of other sessions whatever the snapshot, so every level gives the same result."""
    guard.prepare(TABLE)
    guard.passes(f"BEGIN ISOLATION LEVEL {level}", "SELECT count(*) FROM t")
    guard.prepare(INDEX)
    guard.passes(f"ALTER TABLE t ADD {KEY}", "COMMIT")
    guard.refuses_at_commit(
        f"SET TRANSACTION ISOLATION LEVEL {level}",
        "CREATE TABLE u (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)",
        adds=f"{IX} u.fk",
    )
    guard.refuses("ALTER TABLE t ADD made timestamp", adds=f"{TS} t.made")


LOCKS = """
    SELECT relation::regclass::text, mode FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384 ORDER BY 1, 2
"""
LOCKING = [
    "CREATE TABLE u (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)",
    f"ALTER TABLE t ADD {KEY}",
    "ALTER TABLE t ADD note text",
    "CREATE INDEX ON t (id)",
    "COMMENT ON TABLE t IS 'x'",
    "ALTER TABLE t ALTER id SET STATISTICS 5",
    "DROP INDEX other",
    "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (10) TO (20)",
    "CREATE TYPE pair AS (id int)",
    "ALTER SCHEMA shop RENAME TO shop2",
]


@pytest.mark.parametrize("sql", LOCKING)
def test_no_locks_of_its_own(guard, sql):
    guard.as_superuser().prepare(
        TABLE,
        INDEX,
        "CREATE INDEX other ON t (id)",
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.t (id int)",
        "CREATE TABLE ev (id int, c bigint) PARTITION BY RANGE (id)",
        f"ALTER TABLE ev ADD {KEY}",
    )

    def locks(mode):
        guard.reconnect()
        guard.passes(f"SET guardrail.mode = {mode}", "BEGIN", sql)
        try:
            return guard.session.rows(LOCKS)
        finally:
            guard.session.run("ROLLBACK")

    assert locks("enforce") == locks("off")


def test_a_locked_table_elsewhere_holds_nobody_up(guard):
    guard.prepare(TABLE, "CREATE TABLE locked (id int, t_id int)")
    other = guard.connect()
    other.run("BEGIN")
    other.run("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")
    guard.session.run("SET statement_timeout = '5s'")
    guard.passes("ALTER TABLE t ADD note text", "CREATE TABLE u (id int)", "CREATE INDEX ON t (id)")
    other.run("ROLLBACK")


def test_two_sessions_making_tables(guard):
    """Neither session sees or checks what the other has not committed."""
    other = guard.connect()
    guard.passes("BEGIN", "CREATE TABLE a (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)")
    other.run("BEGIN")
    other.run("CREATE TABLE b (id int)")
    other.run("COMMIT")
    assert other.take_messages() == []
    guard.passes("CREATE INDEX ON a (c)", "COMMIT")


def expect_waiting(guard, sql, *changes, **session):
    """Runs a statement that has to wait for the transaction of another session. Returns its error, if there is one."""
    other = guard.connect(**session)
    for change in ("BEGIN", *changes):
        other.run(change)
    mine = Background(guard.session, sql)
    wait_for_a_blocked_session(guard)
    other.run("COMMIT")
    return mine.result()


def is_there(guard, index):
    return guard.observe(f"SELECT to_regclass('{index}') IS NOT NULL") == [(True,)]


ADDED_KEY = f"ALTER TABLE t ADD {KEY}"


def test_a_concurrent_drop_that_waited_for_a_new_key(guard):
    """What the other session adds is seen before the drop begins."""
    guard.prepare(TABLE, INDEX)
    assert expect_waiting(guard, "DROP INDEX CONCURRENTLY ix", ADDED_KEY).sqlstate == "42R01"
    assert guard.session.last_violations() == [f"{IX} t.fk"]
    assert is_there(guard, "ix")
    guard.passes("CREATE INDEX too ON t (c)", "DROP INDEX CONCURRENTLY ix")


def test_a_key_that_waited_for_a_concurrent_drop(guard):
    """The drop holds its lock from the first look to the end."""
    guard.prepare(TABLE, INDEX)
    reader = guard.connect()
    reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.run("SELECT count(*) FROM t")
    drop = Background(guard.session, "DROP INDEX CONCURRENTLY ix")
    wait_for_a_blocked_session(guard)
    other = guard.connect()
    key = Background(other, ADDED_KEY)
    time.sleep(0.5)
    reader.run("COMMIT")
    assert drop.result() is None
    assert key.result().sqlstate == "42R01"
    assert other.last_violations() == [f"{IX} t.fk"]


def test_a_concurrent_index_that_waited_for_its_twin(guard):
    """It may be there as long as the other one is, which is told once."""
    guard.prepare(TABLE)
    guard.check_only("duplicate_index")
    assert expect_waiting(guard, "CREATE INDEX CONCURRENTLY ix ON t (c)", "CREATE INDEX twin ON t (c)") is None
    assert [message.rule for message in guard.session.take_messages()] == ["duplicate_index"]


def test_a_concurrent_index_that_waited_for_another_of_its_name(guard):
    """The name that PostgreSQL will choose for it is another one by then."""
    guard.prepare(TABLE)
    guard.check_only("misnamed_index").configure(index_name_pattern="{table}_{columns}_idx")
    error = expect_waiting(guard, "CREATE INDEX CONCURRENTLY ON t (c)", "CREATE INDEX t_c_idx ON t (c)")
    assert error.sqlstate == "42R01"
    assert not is_there(guard, "t_c_idx1")


def test_a_detached_partition_that_waited_for_what_its_parent_gets(guard, needs):
    needs(14)
    guard.prepare(
        "CREATE TABLE p (id int, c bigint) PARTITION BY LIST (id)", "CREATE TABLE t PARTITION OF p FOR VALUES IN (1)"
    )
    detach = "ALTER TABLE p DETACH PARTITION t CONCURRENTLY"
    error = expect_waiting(guard, detach, "ALTER TABLE p ADD made timestamp", **UNGUARDED)
    assert error is None, "what it has from its parent was reported there"
    assert guard.session.take_messages() == []


def test_a_concurrent_drop_whose_name_went_to_another_table_s_index(guard):
    guard.prepare(TABLE, INDEX, ADDED_KEY, "CREATE TABLE other (id int)", "CREATE INDEX free ON other (id)")
    renames = ("ALTER INDEX free RENAME TO free_2", "ALTER INDEX ix RENAME TO free", "LOCK TABLE other IN SHARE MODE")
    assert expect_waiting(guard, "DROP INDEX CONCURRENTLY free", *renames).sqlstate == "42R01"
    assert guard.session.last_violations() == [f"{IX} t.fk"]
    locks = "SELECT count(*) FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE relname IN ('t', 'other')"
    assert guard.observe(locks) == [(0,)]


CONCURRENTLY = [
    "DROP INDEX CONCURRENTLY ix",
    "DROP INDEX CONCURRENTLY ix, ix_2",
    "CREATE INDEX CONCURRENTLY made ON t (c)",
    "ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY",
]


@pytest.mark.parametrize("sql", CONCURRENTLY)
def test_who_may_not_do_it_waits_for_nobody(guard, needs, sql):
    """Nor does a statement that fails before it takes a lock."""
    needs(14)
    guard.administer(
        "CREATE SCHEMA others", "GRANT USAGE ON SCHEMA others TO app", "SET search_path = others", TABLE, INDEX,
        "CREATE INDEX ix_2 ON t (id)", "CREATE TABLE p (id int) PARTITION BY LIST (id)",
        "CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)",
    )  # fmt: skip
    guard.check_only(TS)
    guard.session.run("SET lock_timeout = '5s'; SET search_path = others")
    other = guard.connect(user="postgres", options="-c search_path=others")
    other.run("BEGIN")
    other.run("LOCK TABLE t, p, p_1 IN ACCESS EXCLUSIVE MODE")
    assert guard.session.expect_error(sql)[0] in ("42501", "0A000")
    other.run("ROLLBACK")
    guard.administer(*(f"ALTER TABLE others.{table} OWNER TO app" for table in ("t", "p", "p_1")))
    other.run("BEGIN")
    other.run("LOCK TABLE t, p, p_1 IN ACCESS EXCLUSIVE MODE")
    if "ix_2" in sql:
        assert guard.session.expect_error(sql)[0] == "0A000"
    guard.session.run("BEGIN")
    assert guard.session.expect_error(sql)[0] == "25001"
    guard.session.run("ROLLBACK")


@pytest.mark.parametrize("sql", ["DROP INDEX CONCURRENTLY ix", "CREATE INDEX CONCURRENTLY made ON t (c)"])
def test_who_waits_for_the_first_lock_can_be_stopped(guard, sql):
    guard.prepare(TABLE, INDEX)
    other = guard.connect()
    other.run("BEGIN")
    other.run("LOCK TABLE t IN SHARE MODE")
    guard.session.run("SET lock_timeout = '100ms'")
    assert guard.session.expect_error(sql)[0] == "55P03"
    guard.session.run("SET lock_timeout = 0")
    guard.session.run("SET statement_timeout = '100ms'")
    assert guard.session.expect_error(sql)[0] == "57014"
    other.run("COMMIT")
    guard.session.run("SET statement_timeout = 0")
    guard.passes(sql)


def test_an_index_whose_name_goes_to_another_one_while_it_is_dropped_concurrently(guard):
    """The statement waits for the index, and finds under the name the one that the key needs."""
    guard.prepare(TABLE, f"ALTER TABLE t ADD {KEY}", INDEX, "CREATE INDEX other ON t (id)")
    renames = guard.connect()
    renames.run("BEGIN")
    renames.run("ALTER INDEX other RENAME TO old")
    drop = Background(guard.session, "DROP INDEX CONCURRENTLY other")
    wait_for_a_blocked_session(guard)
    renames.run("ALTER INDEX ix RENAME TO other")
    renames.run("COMMIT")
    assert drop.result().sqlstate == "42R01"
    assert guard.observe("SELECT rule FROM guardrail.audit()") == []
