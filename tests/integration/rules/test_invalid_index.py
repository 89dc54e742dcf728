"""Indexes that are not valid, since what built them has failed. Only the audit lists them."""

import contextlib

import pytest
from rule_test import Exemption, RuleTest, audit

RULE = "invalid_index"

T = "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 2)"
UNIQUE = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)"
LEFT = "SELECT index_name, fix, certain FROM guardrail.audit() ORDER BY 1"
INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{}'::regclass"
PARTED = "CREATE TABLE ev (a int, b int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"


class TestInvalidIndex(RuleTest):
    rule = RULE
    refused_at = "audit"

    bad = [
        ("unique", T, UNIQUE, "t.i"),
        ("expression", T, "CREATE UNIQUE INDEX CONCURRENTLY i ON t ((a + 1)) INCLUDE (b) WHERE b > 0", "t.i"),
        ("two", T, [UNIQUE, "CREATE UNIQUE INDEX CONCURRENTLY j ON t (a)"], ["t.i", "t.j"]),
        ("beside_a_valid_one", T + "; CREATE INDEX j ON t (a)", UNIQUE, "t.i"),
        ("of_a_partition", PARTED + "; INSERT INTO ev VALUES (1, 1), (1, 1)", "CREATE UNIQUE INDEX CONCURRENTLY i ON ev1 (b)",
         "ev1.i"),
        ("renamed", T, [UNIQUE, "ALTER INDEX i RENAME TO j"], "t.j"),
    ]  # fmt: skip

    good = [
        ("valid", T, ["CREATE INDEX i ON t (a)", "CREATE INDEX CONCURRENTLY j ON t (a)"]),
        ("partitioned_table", PARTED, "CREATE INDEX i ON ONLY ev (b)"),
        ("partition_not_attached", PARTED, ["CREATE INDEX i ON ONLY ev (b)", "CREATE INDEX CONCURRENTLY j ON ev1 (b)"]),
        ("reindexed", T, ["REINDEX TABLE CONCURRENTLY t", "REINDEX TABLE t"]),
    ]

    exempt = Exemption(
        {"exempt_tables": "t"}, passes=UNIQUE, leaves="ALTER TABLE t RENAME TO u", violations="u.i", setup=T
    )


def fail(guard, sql):
    guard.session.expect_error(sql)
    guard.session.take_messages()


def test_the_fix_builds_it_anew(guard):
    guard.prepare(T)
    guard.check_only(RULE)
    fail(guard, UNIQUE)
    assert guard.session.rows(LEFT) == [("i", "REINDEX INDEX public.i;", True)]
    ((caution,),) = guard.session.rows("SELECT fix_caution FROM guardrail.audit()")
    assert caution == "blocks writes to the table while it runs; fails if values repeat"
    assert guard.session.expect_error("REINDEX INDEX public.i")[0] == "23505", "as the caution says"
    guard.passes("DELETE FROM t WHERE b = 2", "REINDEX INDEX public.i")
    assert audit(guard) == []


def test_the_fix_drops_what_reindex_has_left(guard):
    guard.prepare(T, "CREATE INDEX i ON t (a)", "CREATE INDEX i_ccnew ON t (b)", 'CREATE INDEX "i_ccold2" ON t (b)')
    guard.check_only(RULE)
    for index in ("i_ccnew", "i_ccold2"):
        guard.administer(INVALID.format(index))
    left = guard.session.rows(LEFT)
    assert left == [(name, f"DROP INDEX public.{name};", True) for name in ("i_ccnew", "i_ccold2")]
    guard.passes(*(fix for _, fix, _ in left))
    assert audit(guard) == []


def test_a_failed_reindex(guard):
    """What it leaves is dropped, and the index that it was for remains."""
    guard.prepare(T, "CREATE UNIQUE INDEX i ON t (b)")
    guard.administer(INVALID.format("i"), "UPDATE pg_index SET indisready = false WHERE indexrelid = 'i'::regclass")
    guard.prepare("INSERT INTO t VALUES (2, 2)")
    guard.check_only(RULE)
    fail(guard, "REINDEX INDEX CONCURRENTLY i")
    assert [fix for _, fix, _ in guard.session.rows(LEFT)] == ["REINDEX INDEX public.i;", "DROP INDEX public.i_ccnew;"]


def test_the_attached_index_of_a_partition(guard):
    guard.prepare(PARTED, "CREATE INDEX i ON ev (b)")
    guard.check_only(RULE)
    guard.administer(INVALID.format("ev1_b_idx"))
    assert audit(guard) == [f"{RULE} ev1.ev1_b_idx"]
    ((_, fix, _),) = guard.session.rows(LEFT)
    guard.passes(fix)
    assert audit(guard) == []


def test_the_index_of_a_constraint(guard):
    guard.prepare("CREATE TABLE t (a int CONSTRAINT pk_ccnew PRIMARY KEY)")
    guard.check_only(RULE)
    guard.administer(INVALID.format("pk_ccnew"))
    ((_, fix, _),) = guard.session.rows(LEFT)
    assert fix == "REINDEX INDEX public.pk_ccnew;"
    guard.passes(fix)
    assert audit(guard) == []


@contextlib.contextmanager
def running(guard, sql, index):
    """A statement of another session, which waits for an older transaction and has made its index by then."""
    blocker, builder = guard.connect(), guard.connect("postgres")
    blocker.run("BEGIN; INSERT INTO t VALUES (9, 9)")
    pid = builder.connection.info.backend_pid
    builder.connection.pgconn.send_query(sql.encode())
    there = f"SELECT FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = '{index}' AND NOT indisvalid"
    waits = f"SELECT FROM pg_stat_activity WHERE pid = {pid} AND wait_event_type = 'Lock'"
    wait_for(guard, f"{there} AND EXISTS ({waits})")
    yield builder
    builder.connection.cancel()
    while builder.connection.pgconn.get_result():
        pass
    blocker.run("ROLLBACK")


def wait_for(guard, query):
    for _ in range(1000):
        if guard.observe(query):
            return
        guard.observe("SELECT pg_sleep(0.01)")
    raise AssertionError(query)


@pytest.mark.parametrize(
    "sql, index",
    [
        ("CREATE INDEX CONCURRENTLY j ON t (a)", "j"),
        ("REINDEX INDEX CONCURRENTLY i", "i_ccnew"),
        ("DROP INDEX CONCURRENTLY i", "i"),
    ],
)
def test_what_somebody_works_on_is_not_reported(guard, sql, index):
    guard.prepare(T, "CREATE INDEX i ON t (a)")
    guard.check_only(RULE)
    guard.session.run("BEGIN")
    guard.session.rows("SELECT * FROM pg_stat_activity")
    with running(guard, sql, index):
        assert audit(guard) == []
    assert audit(guard) == [f"{RULE} t.{index}"], "it was cancelled"


def test_another_index_of_the_table_is_reported_meanwhile(guard):
    guard.prepare(T)
    guard.check_only(RULE)
    fail(guard, UNIQUE)
    with running(guard, "CREATE INDEX CONCURRENTLY j ON t (a)", "j"):
        assert audit(guard) == [f"{RULE} t.i"]


def test_nobody_needs_to_publish_what_he_does(guard):
    """The lock tells then, of whoever it is."""
    guard.prepare(T)
    guard.check_only(RULE)
    guard.administer("ALTER ROLE postgres SET track_activities = off")
    try:
        with guard.cluster.connect(guard.dbname, "postgres") as quiet:
            fail(guard, UNIQUE)
            assert audit(guard) == [f"{RULE} t.i"]
            with quiet.transaction():
                quiet.execute("LOCK t IN SHARE UPDATE EXCLUSIVE MODE")
                assert audit(guard) == []
            assert audit(guard) == [f"{RULE} t.i"]
    finally:
        guard.administer("ALTER ROLE postgres RESET track_activities")


@pytest.mark.parametrize("sql", ["ANALYZE t", "ALTER TABLE t ALTER a SET STATISTICS 9", "LOCK t IN SHARE ROW EXCLUSIVE MODE"])
def test_other_work_on_the_table_does_not_hide_it(guard, sql):
    guard.prepare(T)
    guard.check_only(RULE)
    fail(guard, UNIQUE)
    other = guard.connect("postgres")
    other.run(f"SET guardrail.mode = off; BEGIN; {sql}")
    assert audit(guard) == [f"{RULE} t.i"]
    other.run("ROLLBACK")


def test_the_level(guard):
    rows = "SELECT level FROM guardrail.rules WHERE id = 'invalid_index'"
    for preset, level in [("core", "off"), ("recommended", "warning"), ("house", "error"), ("django", "warning"),
                          ("rails", "warning"), ("prisma", "warning")]:  # fmt: skip
        assert guard.configure(preset=preset).session.rows(rows) == [(level,)], preset
