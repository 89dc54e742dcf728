"""One session for long, and one transaction with much in it, compared with the same in a database without the
extension.

STATEMENTS (100000) is how many statements the session runs, TABLES (10000) how many tables the transaction makes.
"""

import os
import pathlib
import time

import afterwards
import psycopg
import pytest

STATEMENTS = int(os.environ.get("STATEMENTS") or 100_000)
TABLES = int(os.environ.get("TABLES") or 10_000)
# What allocators and PostgreSQL's own caches may add, in kilobytes, over four fifths of a session.
SLACK = 4096
TICKS = os.sysconf("SC_CLK_TCK")

CYCLE = (
    "CREATE TABLE t (id bigint CONSTRAINT pk_t PRIMARY KEY, c bigint NOT NULL, note text)",
    "ALTER TABLE t ADD COLUMN made timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE t ADD COLUMN bad timestamp",
    "BEGIN; ALTER TABLE t ADD CONSTRAINT fk_t_c FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE; "
    "CREATE INDEX ix_t_c ON t (c); COMMIT",
    "COMMENT ON TABLE t IS 'a table'",
    "ALTER TABLE t ADD CONSTRAINT ck_t_c CHECK (c > 0)",
    "DO $$ BEGIN CREATE TABLE u (made timestamp); EXCEPTION WHEN sqlstate '42R01' THEN NULL; END $$",
    "ALTER TABLE t RENAME TO t_renamed",
    "DROP TABLE t_renamed",
    "DROP TABLE IF EXISTS u",
)


class Backend:
    """A session, and what its process has used."""

    def __init__(self, cluster, name):
        self.connection = cluster.connect(name, "app")
        self.process = pathlib.Path(f"/proc/{self.connection.info.backend_pid}")

    def memory(self):
        """What it holds that is its own, in kilobytes."""
        fields = dict(line.split(":", 1) for line in (self.process / "status").read_text().splitlines())
        return int(fields["RssAnon"].split()[0])

    def processor(self):
        """The seconds that it has computed."""
        user, system = (self.process / "stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def run(self, sql):
        """The SQLSTATE of the error, if there is one."""
        try:
            self.connection.execute(sql)
            state = None
        except psycopg.Error as error:
            state = error.sqlstate
        if self.connection.info.transaction_status.name == "INERROR":
            self.connection.execute("ROLLBACK")
        return state


@pytest.fixture
def names(cluster):
    """A database without the extension, and one in `enforce`."""
    bare, guarded = cluster.create_database(mode="off"), cluster.create_database(mode="enforce")
    with cluster.connect(bare) as admin:
        admin.execute("DROP EXTENSION pg_guardrail")
    with cluster.connect("postgres") as admin:
        admin.execute(f"ALTER DATABASE {guarded} SET guardrail.preset = 'recommended'")
    yield {"bare": bare, "guarded": guarded}
    for name in (bare, guarded):
        cluster.drop_database(name)


def run_long(cluster, name, statements):
    """Memory at each tenth of the way, the seconds, and how many statements were refused."""
    backend, memory, refused = Backend(cluster, name), [], 0
    step = statements // 10
    for number in range(statements):
        refused += backend.run(CYCLE[number % len(CYCLE)]) == afterwards.VIOLATION
        if number % step == step - 1:
            memory.append(backend.memory())
    return memory, backend.processor(), refused


def test_a_long_session(cluster, names, quick, tallies):
    statements = 3_000 if quick else STATEMENTS
    bare, seconds_bare, _ = run_long(cluster, names["bare"], statements)
    with tallies["length"].on(cluster) as tally:
        guarded, seconds, refused = run_long(cluster, names["guarded"], statements)
    print(f"\n{statements} statements, {refused} refused; processor {seconds:.1f} s, {seconds_bare:.1f} s without it")
    print(f"  memory (kB) {guarded}\n  without it  {bare}")
    tally.set("statements in one session", statements)
    tally.set("memory after a fifth, kB", guarded[1])
    tally.set("memory at the end, kB", guarded[-1])
    assert refused == statements // len(CYCLE), refused
    growth, growth_bare = guarded[-1] - guarded[1], bare[-1] - bare[1]
    assert growth <= max(growth_bare, 0) + SLACK, (growth, growth_bare)


def make_tables(cluster, name, tables, ends_badly):
    """The processor's seconds for each tenth of the tables and for the commit, the memory, and how it ended."""
    backend = Backend(cluster, name)
    backend.run("BEGIN")
    seconds, before = [], backend.processor()
    for number in range(tables):
        table = f"t{number}"
        state = backend.run(f"CREATE TABLE {table} (id bigint CONSTRAINT pk_{table} PRIMARY KEY, c bigint NOT NULL)")
        assert state is None, (number, state)
        if number % (tables // 10) == tables // 10 - 1:
            now = backend.processor()
            seconds, before = [*seconds, now - before], now
    if ends_badly:
        key = "ALTER TABLE t5 ADD CONSTRAINT fk_t5_c FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"
        assert backend.run(key) is None
    memory, before = backend.memory(), backend.processor()
    state = backend.run("COMMIT")
    return seconds, backend.processor() - before, memory, max(memory, backend.memory()), state


@pytest.mark.parametrize("ends_badly", [False, True], ids=["passes", "is_refused"])
def test_a_long_transaction(cluster, names, quick, tallies, ends_badly):
    tables = 1_000 if quick else TABLES
    bare, commit_bare, memory_bare, _, state_bare = make_tables(cluster, names["bare"], tables, ends_badly)
    with tallies["length"].on(cluster) as tally:
        seconds, commit, memory, memory_after, state = make_tables(cluster, names["guarded"], tables, ends_badly)
    ratio, ratio_bare = seconds[-1] / max(seconds[0], 0.01), bare[-1] / max(bare[0], 0.01)
    print(f"\n{tables} tables: processor by tenth {[round(each, 2) for each in seconds]}, commit {commit:.2f} s")
    print(f"  without it             {[round(each, 2) for each in bare]}, commit {commit_bare:.2f} s")
    print(f"  last tenth by first {ratio:.2f}, {ratio_bare:.2f} without it; "
          f"memory {memory} kB, after the commit {memory_after} kB, {memory_bare} kB without it")
    how = "refused" if ends_badly else "passed"
    tally.set(f"tables in one transaction, {how}", tables)
    tally.set(f"last tenth by first, {how}", round(ratio, 2))
    tally.set(f"last tenth by first without the guard, {how}", round(ratio_bare, 2))
    tally.set(f"seconds of the commit, {how}", round(commit, 2))
    tally.set(f"memory before the commit, kB, {how}", memory)
    assert (state, state_bare) == (afterwards.VIOLATION if ends_badly else None, None)
    assert ratio <= 1.5 * max(ratio_bare, 1), "the time is not linear"
