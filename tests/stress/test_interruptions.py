"""Statements whose checks take long, and a commit that does, are interrupted at random moments. In `enforce` nothing is
let through, in `warn` nothing is refused but by the interruption, the session goes on, or the server recovers."""

import os
import pathlib
import signal
import threading
import time

import afterwards
import pytest

PARTITIONS, COLUMNS = 400, 300

SETUP = f"""
    SET guardrail.mode = off; SET ROLE app;
    CREATE TABLE parent (id bigint NOT NULL, made timestamptz) PARTITION BY LIST (id);
    CREATE TABLE wide ({", ".join(f"c{n} bigint" for n in range(COLUMNS))});
    DO $$ BEGIN FOR n IN 1..{PARTITIONS} LOOP
        EXECUTE format('CREATE TABLE part_%s PARTITION OF parent FOR VALUES IN (%s)', n, n);
    END LOOP; END $$;
"""
KEYS = ", ".join(f"ADD CONSTRAINT fk_{n} FOREIGN KEY (c{n}) REFERENCES customers ON DELETE CASCADE" for n in range(60))
# Each adds violations; the last two are refused at the commit alone.
STATEMENTS = {
    "partitions": ("ALTER TABLE parent ADD COLUMN bad timestamp",),
    "columns": (f"ALTER TABLE wide {', '.join(f'ADD COLUMN bad_{n} timestamp' for n in range(COLUMNS))}",),
    "keys": (f"ALTER TABLE wide {KEYS}",),
    "commit": ("BEGIN", f"ALTER TABLE wide {KEYS}", "COMMENT ON TABLE wide IS 'wide'", "COMMIT"),
}
UNDO = """
    SET guardrail.mode = off;
    ALTER TABLE parent DROP COLUMN IF EXISTS bad;
    DROP TABLE IF EXISTS wide CASCADE; SET ROLE app;
    CREATE TABLE wide ({columns})
""".format(columns=", ".join(f"c{n} bigint" for n in range(COLUMNS)))


class Place:
    """A database with tables whose checks take long."""

    def __init__(self, cluster, mode):
        self.cluster, self.mode = cluster, mode
        self.name = cluster.create_database(mode=mode)
        self.undo(SETUP)
        self.before = afterwards.audit(cluster, self.name)

    def undo(self, sql=UNDO):
        with afterwards.wait_for_server(self.cluster, self.name) as admin:
            admin.execute(sql)

    def connect(self):
        return afterwards.wait_for_server(self.cluster, self.name, "app")

    def seconds(self, statements):
        """How long they take, when nobody interrupts them."""
        with self.connect() as connection:
            start = time.monotonic()
            state, text = afterwards.outcome(connection, *statements)
            seconds = time.monotonic() - start
        assert state == (afterwards.VIOLATION if self.mode == "enforce" else None), text
        if self.mode != "enforce":
            self.undo()
        return seconds

    def check(self, state, text, allowed):
        """After an interruption."""
        told = f"{self.mode}: {state} {text}"
        if self.mode == "enforce":
            added = afterwards.audit(self.cluster, self.name) - self.before
            assert not added, f"{told}\nlet through: {added}"
            assert state in (afterwards.VIOLATION, *allowed), told
        else:
            assert state in (None, *allowed), told
            if state is None:
                self.undo()


@pytest.fixture(params=["enforce", "warn"])
def place(request, cluster):
    place = Place(cluster, request.param)
    yield place
    afterwards.wait_for_server(cluster, "postgres").close()
    cluster.drop_database(place.name)


def later(seconds, work):
    """Does something after a while, beside the caller."""
    timer = threading.Timer(seconds, work)
    timer.start()
    return timer


def interrupt(place, statements, limit, chance, kind):
    """Runs the statements and interrupts them at some moment before `limit`. Returns whether that came in time."""
    connection = place.connect()
    moment = chance.uniform(0, limit)
    process = connection.info.backend_pid
    timer = None
    if kind == "statement_timeout":
        connection.execute(f"SET statement_timeout = {max(1, int(moment * 1000))}")
        allowed = ("57014",)
    elif kind == "transaction_timeout":
        connection.execute(f"SET transaction_timeout = {max(1, int(moment * 1000))}")
        allowed = ("25P04", "lost")
    elif kind == "pg_cancel_backend":
        timer, allowed = later(moment, lambda: signal_by_sql(place, "pg_cancel_backend", process)), ("57014",)
    elif kind == "pg_terminate_backend":
        timer = later(moment, lambda: signal_by_sql(place, "pg_terminate_backend", process))
        allowed = ("57P01", "lost")
    else:
        observer = afterwards.wait_for_server(place.cluster, place.name)
        timer, allowed = later(moment, lambda: os.kill(process, signal.SIGKILL)), ("57P02", "57P03", "lost")
    state, text = afterwards.outcome(connection, *statements)
    if timer:
        timer.join()
    if kind == "SIGKILL":
        afterwards.wait_for_crash(observer)
    if connection.closed or connection.broken or kind in ("pg_terminate_backend", "SIGKILL"):
        # It may have come to the end before the signal.
        wait_for_end(process)
        connection = place.connect()
    if connection.info.transaction_status.name != "IDLE":
        connection.execute("ROLLBACK")
    place.check(state, text, allowed)
    if kind == "transaction_timeout":
        # The time is too short for RESET, too.
        connection.close()
        connection = place.connect()
    connection.execute("RESET ALL")
    afterwards.goes_on(connection, place.mode)
    connection.close()
    return state in allowed


def wait_for_end(process):
    """Waits until PostgreSQL has noticed that a process has ended."""
    deadline = time.monotonic() + 60
    while pathlib.Path(f"/proc/{process}").exists():
        assert time.monotonic() < deadline, f"process {process} does not end"
        time.sleep(0.01)


def signal_by_sql(place, function, process):
    with place.cluster.connect(place.name) as admin:
        admin.execute(f"SELECT {function}({process})")


TIMES = {
    "statement_timeout": 40,
    "transaction_timeout": 15,
    "pg_cancel_backend": 25,
    "pg_terminate_backend": 15,
    "SIGKILL": 6,
}


@pytest.mark.parametrize("kind", TIMES)
def test_interruption(place, kind, chance, quick, tallies):
    with place.cluster.connect(place.name) as admin:
        if kind == "transaction_timeout" and admin.info.server_version < 170000:
            pytest.skip("transaction_timeout is new in 17")
    with tallies["faults"].on(place.cluster) as tally:
        for name, statements in STATEMENTS.items():
            if quick and name != chance.choice(list(STATEMENTS)):
                continue
            limit = 1.1 * place.seconds(statements)
            for _ in range(2 if quick else TIMES[kind]):
                hits = interrupt(place, statements, limit, chance, kind)
                tally.add(f"interruptions ({kind})")
                tally.add("interruptions that came in time", int(hits))


def test_immediate_shutdown(place, chance, quick, tallies):
    """The server stops as in a crash, and is started again."""
    with tallies["faults"].on(place.cluster) as tally:
        for name, statements in STATEMENTS.items():
            if quick and name != "commit":
                continue
            limit = 1.1 * place.seconds(statements)
            for _ in range(1 if quick else 3):
                connection = place.connect()
                timer = later(chance.uniform(0, limit), lambda: place.cluster.halt("immediate"))
                state, text = afterwards.outcome(connection, *statements)
                timer.join()
                place.cluster.launch()
                place.check(state, text, ("57P01", "57P02", "57P03", "lost"))
                with place.connect() as connection:
                    afterwards.goes_on(connection, place.mode)
                tally.add("shutdowns (immediate)")


def test_lock_timeout(place, tallies):
    """Another session holds what the statement, or the checks, want."""
    with tallies["faults"].on(place.cluster) as tally:
        if place.mode == "warn":
            with place.cluster.connect(place.name) as admin:
                admin.execute(f"ALTER DATABASE {place.name} SET guardrail.journal = on")
        for locked in ("parent", "part_7", "wide", "customers", "guardrail.journal", "pg_catalog.pg_constraint"):
            for name, statements in STATEMENTS.items():
                with place.cluster.connect(place.name) as admin, place.connect() as connection:
                    connection.execute("SET lock_timeout = '30ms'")
                    # What the session must know of the catalogs itself it knows by now.
                    connection.execute("SELECT guardrail.explain('fk_without_index')")
                    admin.execute("BEGIN; SET ROLE postgres")
                    admin.execute(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
                    state, text = afterwards.outcome(connection, *statements)
                    admin.execute("ROLLBACK")
                    if connection.info.transaction_status.name != "IDLE":
                        connection.execute("ROLLBACK")
                    place.check(state, text, ("55P03",))
                    connection.execute("RESET lock_timeout")
                    afterwards.goes_on(connection, place.mode)
                tally.add("lock time-outs")


def test_idle_in_transaction(place, tallies):
    with tallies["faults"].on(place.cluster) as tally:
        for statements in STATEMENTS.values():
            connection = place.connect()
            connection.execute("SET idle_in_transaction_session_timeout = 20")
            opened = [sql for sql in ("BEGIN", *statements) if sql != "COMMIT"]
            afterwards.outcome(connection, *opened[: 2 if statements[0] == "BEGIN" else 1], opened[-1])
            time.sleep(0.1)
            state, text = afterwards.outcome(connection, "COMMIT")
            place.check(state or "lost", text, ("25P03", "lost"))
            tally.add("idle transactions ended")
            with place.connect() as connection:
                afterwards.goes_on(connection, place.mode)
