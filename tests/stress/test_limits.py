"""What a session may use is limited: memory, stack, disk, temporary files, or it may not write at all."""

import os
import resource
import subprocess

import afterwards
import pytest

WIDE = ", ".join(f"c{n} timestamp" for n in range(300))
MANY_KEYS = ", ".join(f"d{n} bigint REFERENCES customers" for n in range(40))
STATEMENTS = (
    f"CREATE TABLE wide ({WIDE})",
    f"CREATE TABLE keys ({MANY_KEYS})",
    "ALTER TABLE parent ADD COLUMN bad timestamp",
)
SETUP = """
    SET guardrail.mode = off; SET ROLE app;
    CREATE TABLE parent (id bigint NOT NULL) PARTITION BY LIST (id);
    DO $$ BEGIN FOR n IN 1..100 LOOP
        EXECUTE format('CREATE TABLE part_%s PARTITION OF parent FOR VALUES IN (%s)', n, n);
    END LOOP; END $$;
"""
UNDO = """
    SET guardrail.mode = off;
    DROP TABLE IF EXISTS wide, wide_2, keys, t, afterwards; ALTER TABLE IF EXISTS parent DROP COLUMN IF EXISTS bad
"""
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture(params=["enforce", "warn"])
def mode(request):
    return request.param


@pytest.fixture
def name(cluster, mode):
    name = cluster.create_database(mode=mode)
    with cluster.connect(name) as admin:
        admin.execute(SETUP)
    yield name
    cluster.drop_database(name)


def undo(cluster, name):
    with cluster.connect(name) as admin:
        admin.execute(UNDO)


def started(cluster):
    """When the server has started, or has begun anew after a crash."""
    with afterwards.wait_for_server(cluster, "postgres") as admin:
        checkpointer = "SELECT backend_start FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        return admin.execute(checkpointer).fetchone()


def address_space(process):
    with open(f"/proc/{process}/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def test_memory(cluster, name, mode, quick, tallies):
    """With less and less memory, a statement fails with PostgreSQL's own error, or is checked; no session ever dies."""
    before, start = afterwards.audit(cluster, name), started(cluster)
    headrooms = range(0, 12_000, 3_000 if quick else 150)
    with tallies["faults"].on(cluster) as tally:
        for sql in STATEMENTS:
            states = {}
            for headroom in headrooms:
                with cluster.connect(name, "app") as connection:
                    # What a session reads once is read, and the library is there.
                    warm_up = "BEGIN CREATE TABLE t (a timestamp); EXCEPTION WHEN OTHERS THEN NULL; END"
                    connection.execute(f"DO $$ {warm_up} $$")
                    process = connection.info.backend_pid
                    limit = address_space(process) + headroom * 1024
                    resource.prlimit(process, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
                    state, text = afterwards.outcome(connection, sql)
                    assert state != "lost", (headroom, sql[:60], text)
                    resource.prlimit(process, resource.RLIMIT_AS, UNLIMITED)
                    states[state] = states.get(state, 0) + 1
                    assert state in ("53200", afterwards.VIOLATION if mode == "enforce" else None), (headroom, text)
                    added = afterwards.audit(cluster, name) - before
                    assert mode == "warn" or not added, (headroom, sql[:60], added)
                    undo(cluster, name)
                    afterwards.goes_on(connection, mode)
                tally.add("sessions short of memory")
            print(f"\n{mode}: {sql[:50]}: {states}")
            assert quick or len(states) == 2, f"the memory was never short, or always: {states}"
    assert started(cluster) == start, "the server has begun anew"


def test_stack(cluster, name, mode, quick, tallies):
    """Deep expressions on a small stack: what PostgreSQL alone can do is not refused in `warn`."""
    before = afterwards.audit(cluster, name)
    with tallies["faults"].on(cluster) as tally, cluster.connect(name) as admin:
        for depth in (10, 50, 200, 1000) if quick else (10, 30, 50, 80, 120, 200, 300, 400, 600, 800, 1000, 2000, 4000):
            for expression in (f"{'(' * depth}a > 0{')' * depth}", "NOT " * depth + "(a > 0)",
                               f"{'abs(' * depth}a{')' * depth} > 0", " AND ".join(["a > 0"] * depth),
                               f"{'coalesce(1, ' * depth}a{')' * depth} > 0"):
                sql = f"CREATE TABLE t (a bigint, bad timestamp, CONSTRAINT ck_t CHECK ({expression}))"
                admin.execute("SET max_stack_depth = '100kB'; SET guardrail.mode = off")
                alone = afterwards.outcome(admin, sql)[0]
                admin.execute("DROP TABLE IF EXISTS t")
                admin.execute("RESET guardrail.mode")
                state, text = afterwards.outcome(admin, sql)
                if mode == "enforce":
                    assert state in (afterwards.VIOLATION, "54001", alone), (depth, text)
                    assert state is not None, depth
                    assert not afterwards.audit(cluster, name) - before
                else:
                    assert state == alone, (depth, text)
                admin.execute("DROP TABLE IF EXISTS t; RESET max_stack_depth")
                afterwards.goes_on(admin, mode)
                tally.add("statements on a small stack")


def fill(admin):
    """Fills the journal until PostgreSQL cannot write to it any more, with ever shorter entries."""
    sql = """INSERT INTO guardrail.journal (session_user_name, current_user_name, application_name, tag, rule, level,
        object_kind, fingerprint, message)
        SELECT 'a', 'a', 'a', 'a', 'a', 'error', 'table', 'a', repeat('x', {}) FROM generate_series(1, {})"""
    for length, rows in ((900, 1000), (900, 10), (300, 10), (10, 10), (10, 1)):
        while (state := afterwards.outcome(admin, sql.format(length, rows))[0]) is None:
            pass
        assert state == "53100", state


def check_full_journal(cluster, name, mode, tally):
    before = afterwards.audit(cluster, name)
    with cluster.connect(name, "app") as connection:
        messages = []
        connection.add_notice_handler(lambda diag: messages.append(diag.message_primary))
        for _ in range(3):
            state, text = afterwards.outcome(connection, STATEMENTS[0])
            tally.add("statements with a full disk for the journal")
            if mode == "enforce":
                assert state == afterwards.VIOLATION, text
                assert not afterwards.audit(cluster, name) - before
            else:
                assert state is None, text
                told = "pg_guardrail failed: could not extend"
                assert any(message.startswith(told) for message in messages), messages
                undo(cluster, name)
        # In `enforce` what cannot be written is refused, although an exemption covers it.
        if mode == "enforce":
            with cluster.connect(name) as admin:
                admin.execute("SELECT guardrail.exempt('timestamp_without_time_zone', 'wide_2', reason => 'none')")
            state, text = afterwards.outcome(connection, f"CREATE TABLE wide_2 ({WIDE})")
            assert state in ("53100", "XX000"), (state, text)
    with cluster.connect(name) as admin:
        # On a full disk there is no room for the new file of TRUNCATE.
        admin.execute("ALTER TABLE guardrail.journal SET TABLESPACE pg_default")
        admin.execute("TRUNCATE guardrail.journal")
    with cluster.connect(name, "app") as connection:
        afterwards.goes_on(connection, mode)


def test_full_disk_for_the_journal(cluster, name, mode, tallies):
    folder = cluster.directory / f"small_{mode}"
    folder.mkdir()
    folder.chmod(0o777)
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "none", folder]
    if os.geteuid() != 0 or subprocess.run(mount).returncode:
        pytest.skip("only root can make a small disk")
    try:
        with tallies["faults"].on(cluster) as tally, cluster.connect(name) as admin:
            admin.execute(f"CREATE TABLESPACE small_{mode} LOCATION '{folder}'")
            admin.execute(f"ALTER TABLE guardrail.journal SET TABLESPACE small_{mode}")
            admin.execute(f"ALTER DATABASE {name} SET guardrail.journal = on")
            fill(admin)
            check_full_journal(cluster, name, mode, tally)
    finally:
        cluster.drop_database(name)
        with cluster.connect("postgres") as admin:
            admin.execute(f"DROP TABLESPACE IF EXISTS small_{mode}")
        subprocess.run(["umount", folder])


def test_only_reading(cluster, name, mode, tallies):
    before = afterwards.audit(cluster, name)
    with tallies["faults"].on(cluster) as tally, cluster.connect(name, "app") as connection:
        connection.execute("SET default_transaction_read_only = on")
        for sql in STATEMENTS[:3]:
            assert afterwards.outcome(connection, sql)[0] == "25006"
            tally.add("statements in read-only transactions")
        # It becomes one on its way, before the commit is checked.
        connection.execute("RESET default_transaction_read_only")
        key = "CREATE TABLE t (c bigint CONSTRAINT fk_t REFERENCES customers ON DELETE CASCADE)"
        state, text = afterwards.outcome(connection, "BEGIN", key, "SET TRANSACTION READ ONLY", "COMMIT")
        assert state == (afterwards.VIOLATION if mode == "enforce" else None), text
        assert mode == "warn" or not afterwards.audit(cluster, name) - before
        undo(cluster, name)
        afterwards.goes_on(connection, mode)


def test_temporary_files(cluster, name, mode, tallies):
    with tallies["faults"].on(cluster) as tally, cluster.connect(name) as admin:
        admin.execute("SET temp_file_limit = 0; SET work_mem = '64kB'")
        for sql in STATEMENTS[:3]:
            state, text = afterwards.outcome(admin, sql)
            assert state == (afterwards.VIOLATION if mode == "enforce" else None), text
            tally.add("statements without temporary files")
        for query in ("audit()", "report('html')", "report('json')"):
            state, text = afterwards.outcome(admin, f"SELECT count(*) FROM guardrail.{query}")
            assert state in (None, "53400"), text
        undo(cluster, name)
        admin.execute("RESET guardrail.mode")
        afterwards.goes_on(admin, mode)
