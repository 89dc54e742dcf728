"""What two transactions do together, neither of which sees what the other one does: the second to commit answers for it."""

import threading

import psycopg
import pytest
from test_concurrency import Background, wait_for_a_blocked_session

DUPLICATE = "duplicate_index"
# A block that works on for a while after its DDL. Nothing says that the commit does not come next.
WORKS_ON = "DO $$ BEGIN {0}; PERFORM pg_advisory_xact_lock(1); END $$"


@pytest.fixture
def other(guard):
    """A second session of the same role, which holds back what runs in a block until it lets go."""
    session = guard.connect()
    session.run("SELECT pg_advisory_lock(1)")
    return session


def let_go(session):
    session.run("SELECT pg_advisory_unlock(1)")


def found(guard):
    """What the audit has."""
    return guard.observe("SELECT rule, table_name FROM guardrail.audit()")


@pytest.mark.parametrize("in_block", [True, False], ids=["a_block", "a_transaction"])
def test_equal_indexes(guard, other, in_block):
    guard.check_only(DUPLICATE)
    guard.prepare("CREATE TABLE t (id int, c bigint)")
    statements = ["BEGIN", "CREATE INDEX ix_mine ON t (c)", "SELECT pg_advisory_xact_lock(1)", "COMMIT"]
    mine = Background(guard.session, *([WORKS_ON.format("CREATE INDEX ix_mine ON t (c)")] if in_block else statements))
    wait_for_a_blocked_session(guard)
    other.run("CREATE INDEX ix_other ON t (c)")
    let_go(other)
    assert mine.result().sqlstate == "42R01"
    assert found(guard) == []


@pytest.mark.parametrize("in_transaction", [False, True], ids=["autocommit", "transaction"])
def test_equal_indexes_at_the_same_time(guard, in_transaction):
    """One of the two commits waits for the other."""
    guard.check_only(DUPLICATE)
    guard.prepare("CREATE TABLE t (id int, c bigint)")
    sessions = [guard.connect(), guard.connect()]
    barrier, outcomes = threading.Barrier(2), []

    def run(number):
        session = sessions[number]
        try:
            if in_transaction:
                session.run("BEGIN")
                session.run(f"CREATE INDEX ix_{number} ON t (c)")
            barrier.wait(10)
            session.run("COMMIT" if in_transaction else f"CREATE INDEX ix_{number} ON t (c)")
            outcomes.append("passes")
        except Exception as error:
            outcomes.append(error.sqlstate)

    for _ in range(20):
        threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["42R01", "passes"]
        assert found(guard) == []
        outcomes.clear()
        guard.administer("DROP INDEX IF EXISTS ix_0, ix_1")


FOUNDATIONS = [
    (
        "a_schema_that_is_exempt_no_more",
        "timestamp_without_time_zone",
        ["CREATE SCHEMA sqitch"],
        "ALTER SCHEMA sqitch RENAME TO shop",
        "CREATE TABLE sqitch.releases (made timestamp)",
    ),
    (
        "a_domain",
        "nullable_column",
        ["CREATE DOMAIN code AS varchar(10) NOT NULL"],
        "ALTER DOMAIN code DROP NOT NULL",
        "CREATE TABLE t (id bigint CONSTRAINT pk_t PRIMARY KEY, code code)",
    ),
]


@pytest.mark.parametrize("rule, before, changes, uses", [case[1:] for case in FOUNDATIONS], ids=[c[0] for c in FOUNDATIONS])
@pytest.mark.parametrize("commits_first", ["who_uses_it", "who_changes_it"])
def test_what_others_are_built_on(guard, rule, before, changes, uses, commits_first):
    guard.check_only(rule)
    guard.prepare(*before)
    user = guard.connect()
    for session in (user, guard.session):
        session.run("SET lock_timeout = '5s'")
    guard.session.run("BEGIN")
    user.run("BEGIN")
    guard.session.run(changes)
    user.run(uses)
    old = found(guard)
    first, second = (user, guard.session) if commits_first == "who_uses_it" else (guard.session, user)
    first.run("COMMIT")
    assert second.expect_refusal("COMMIT").rule == rule
    assert found(guard) == old


TOUCHED_AGAIN = [
    (
        "schema",
        ["CREATE SCHEMA sqitch"],
        "CREATE TABLE sqitch.releases (k int, made timestamp)",
        "ALTER SCHEMA sqitch RENAME TO shop",
        "CREATE INDEX ix ON shop.releases (k)",
    ),
    (
        "type",
        ["CREATE TYPE pair AS (a int)"],
        "CREATE TABLE t (k int, c pair)",
        "ALTER TYPE pair ADD ATTRIBUTE made timestamp",
        "CREATE INDEX ix ON t (k)",
    ),
]


@pytest.mark.parametrize("before, uses, changes, again", [case[1:] for case in TOUCHED_AGAIN], ids=["schema", "type"])
def test_what_is_touched_again_after_others_have_changed_it(guard, before, uses, changes, again):
    guard.check_only("timestamp_without_time_zone").configure(exempt_schemas="sqitch")
    guard.prepare(*before)
    user = guard.connect()
    user.run("BEGIN")
    user.run(uses)
    if "TYPE" in changes:
        # The composite type itself is at fault, and refused.
        guard.administer(changes)
    else:
        guard.session.run(changes)
    user.run(again)
    assert user.expect_refusal("COMMIT").rule == "timestamp_without_time_zone"


@pytest.mark.parametrize("commits_first", ["who_uses_it", "who_renames_it"])
def test_a_table_that_is_renamed_while_a_domain_over_its_rows_is_made(guard, commits_first):
    guard.check_only("discouraged_type").configure(discouraged_types='{"public.bad": "a good one"}')
    guard.prepare("CREATE TABLE good (i int)")
    user = guard.connect()
    for session, sql in ((guard.session, "ALTER TABLE good RENAME TO bad"), (user, "CREATE DOMAIN d AS good")):
        session.run("BEGIN")
        session.run(sql)
    first, second = (user, guard.session) if commits_first == "who_uses_it" else (guard.session, user)
    first.run("COMMIT")
    assert second.expect_refusal("COMMIT").rule == "discouraged_type"


@pytest.fixture
def commit_under_way(guard):
    """A commit that renames the schema sqitch to shop, and goes on when the second value is called: until then another
    session has locked the exemptions, which it asks for."""
    rules = ["timestamp_without_time_zone", "fk_without_index"]
    guard.check_only(*rules).configure(exempt_schemas="sqitch")
    guard.administer("CREATE SCHEMA sqitch AUTHORIZATION app", "CREATE TABLE ref (id int PRIMARY KEY)")
    guard.administer("CREATE TABLE old (ref_id int)", "ALTER TABLE old OWNER TO app", "GRANT REFERENCES ON ref TO app")
    guard.administer("SELECT guardrail.exempt('fk_without_index', 'old', reason => 'small')")
    for grant in ("CREATE", "TEMPORARY"):
        guard.administer(f"GRANT {grant} ON DATABASE {guard.dbname} TO app")
    for sql in ("BEGIN", "ALTER SCHEMA sqitch RENAME TO shop", "ALTER TABLE old ADD FOREIGN KEY (ref_id) REFERENCES ref"):
        guard.session.run(sql)
    with guard.cluster.connect(guard.dbname) as admin:
        admin.execute("BEGIN")
        admin.execute("LOCK TABLE guardrail.exemptions")
        commit = Background(guard.session, "COMMIT")
        wait_for_a_blocked_session(guard)
        yield commit, lambda: admin.execute("COMMIT")
    assert commit.result() is None


def test_a_domain_in_a_schema_that_is_renamed(guard, commit_under_way):
    _, let_it_go_on = commit_under_way
    user = guard.connect()
    creation = Background(user, "CREATE DOMAIN sqitch.made AS timestamp")
    creation.thread.join(0.5)
    assert creation.thread.is_alive()
    let_it_go_on()
    assert creation.result().sqlstate == "42R01"
    assert [rule for rule, _ in found(guard)] == ["fk_without_index"]


def test_temporary_objects_wait_for_nobody(guard, commit_under_way):
    user = guard.connect()
    user.run("SET lock_timeout = '2s'")
    for sql in (
        "CREATE TEMPORARY TABLE tt (made timestamp)", "ALTER TABLE tt ADD n int", "ALTER TABLE tt RENAME n TO m",
        "CREATE INDEX ON tt (m)", "ALTER TABLE tt RENAME TO tt2", "CREATE TYPE pg_temp.c AS (made timestamp)",
        "ALTER TYPE pg_temp.c ADD ATTRIBUTE n int", "CREATE DOMAIN pg_temp.d AS int",
        "ALTER DOMAIN pg_temp.d SET NOT NULL", "CREATE TEMPORARY VIEW v AS SELECT * FROM tt2",
        "CREATE OR REPLACE TEMPORARY VIEW v AS SELECT *, 1 AS one FROM tt2", "DROP TABLE tt2 CASCADE",
    ):  # fmt: skip
        user.run(sql)
    assert user.take_messages() == []


MANY = "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('{}', i); END LOOP; END $$"


def test_a_table_that_is_about_to_be_committed_in_a_schema_that_is_renamed(guard):
    """Who renames the schema does not see the table, and who makes the table does not see the new name."""
    guard.check_only("timestamp_without_time_zone", "nullable_column").configure(exempt_schemas="sqitch")
    guard.prepare("CREATE SCHEMA sqitch")
    user = guard.connect()
    for _ in range(3):
        for sql in ("BEGIN", "CREATE TABLE sqitch.releases (made timestamp NOT NULL)"):
            user.run(sql)
        user.run(MANY.format("CREATE TABLE t%s (id int NOT NULL)"))
        commit = Background(user, "COMMIT")
        try:
            guard.session.run("ALTER SCHEMA sqitch RENAME TO shop")
            refused = None
        except psycopg.Error as error:
            refused = error.sqlstate
        assert {refused, getattr(commit.result(), "sqlstate", None)} == {None, "42R01"}
        assert "releases" not in {table for _, table in found(guard)}
        guard.administer(MANY.format("DROP TABLE IF EXISTS t%s"), "DROP SCHEMA IF EXISTS sqitch, shop CASCADE")
        guard.prepare("CREATE SCHEMA sqitch")
