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
    other = guard.connect(user="postgres", options="-c guardrail.mode=off")
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
    other = guard.connect(user="postgres", options="-c guardrail.mode=off")
    other.run("BEGIN")
    other.run("ALTER TABLE t ADD made timestamp")
    mine = Background(guard.session, "ALTER TABLE t ADD gone timestamp")
    wait_for_a_blocked_session(guard)
    other.run("COMMIT")
    assert mine.result().sqlstate == "42R01"
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


def run_while_another_commits(guard, sql, *changes):
    """Runs a statement that has to wait for the transaction of another session. Returns the messages about it."""
    other = guard.connect()
    for change in ("BEGIN", *changes):
        other.run(change)
    mine = Background(guard.session, sql)
    wait_for_a_blocked_session(guard)
    other.run("COMMIT")
    assert mine.result() is None
    return guard.session.take_messages()


def expect_the_lost_index(guard, messages):
    (message,) = messages
    assert (str(message), message.severity) == (f"{IX} t.fk", "WARNING")
    guard.passes(message.hint)


def test_a_concurrent_drop_that_waited_for_a_new_key(guard):
    """When the drop was checked the key was not there; it cannot be refused any more when it is."""
    guard.prepare(TABLE, INDEX)
    messages = run_while_another_commits(guard, "DROP INDEX CONCURRENTLY ix", f"ALTER TABLE t ADD {KEY}")
    expect_the_lost_index(guard, messages)


def test_a_concurrent_index_that_waited_for_its_twin(guard):
    guard.prepare(TABLE)
    guard.check_only("duplicate_index")
    create = "CREATE INDEX CONCURRENTLY ix ON t (c)"
    messages = run_while_another_commits(guard, create, "CREATE INDEX twin ON t (c)")
    assert [message.rule for message in messages] == ["duplicate_index"]


def test_a_concurrent_drop_whose_name_went_to_another_table_s_index(guard):
    guard.prepare(TABLE, INDEX, f"ALTER TABLE t ADD {KEY}", "CREATE TABLE other (id int)", "CREATE INDEX free ON other (id)")
    renames = ("ALTER INDEX free RENAME TO free_2", "ALTER INDEX ix RENAME TO free")
    messages = run_while_another_commits(guard, "DROP INDEX CONCURRENTLY free", *renames)
    expect_the_lost_index(guard, messages)
