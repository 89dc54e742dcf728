"""The audit of a standby is that of its primary."""

import psycopg
import pytest
import server
import told


@pytest.fixture(scope="module")
def primary(bindir):
    cluster = server.Cluster(bindir, wal_level="replica", max_wal_senders="4", hot_standby="on").start()
    yield cluster
    cluster.stop()


@pytest.fixture
def standby(primary):
    """A copy of the primary that follows it."""
    copy = server.Cluster(primary.bindir, **{"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"})
    source = ("-h", str(primary.directory), "-U", "postgres", "--checkpoint=fast", "-R", "-D", str(copy.data))
    copy.program("pg_basebackup", *source)
    copy.launch()
    yield copy
    copy.stop()


def test_a_standby(primary, standby):
    name = primary.create_database(mode="off")
    with primary.connect(name) as admin:
        admin.execute("CREATE TABLE t (a timestamp DEFAULT now(), b int REFERENCES customers, CHECK (b > 0))")
        admin.execute("SELECT guardrail.freeze(rules => 'timestamp.*')")
        admin.execute("SELECT guardrail.exempt('fk_without_index', 't', reason => 'small')")
        expected = read(admin)
        (target,) = admin.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    with standby.connect("postgres") as waiting:
        for _ in range(500):
            if waiting.execute("SELECT pg_last_wal_replay_lsn() >= %s", (target,)).fetchone()[0]:
                break
            waiting.execute("SELECT pg_sleep(0.02)")
    with standby.connect(name) as follower:
        assert follower.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        assert read(follower) == expected
        assert {status for *_, status in expected} == {"open", "frozen", "exempt"}
        assert len(follower.execute("SELECT guardrail.export_frozen()").fetchall()) == 1
        with pytest.raises(psycopg.Error, match="the database has "):
            follower.execute("SELECT guardrail.assert_clean()")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            follower.execute("SELECT guardrail.freeze(add_new => true)")


def read(connection):
    columns = f"fingerprint, {told.ABOUT}, {told.WORDS}, certain, status"
    return sorted(connection.execute(f"SELECT {columns} FROM guardrail.audit()").fetchall(), key=str)
