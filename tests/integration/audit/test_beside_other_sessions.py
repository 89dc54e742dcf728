"""The audit beside sessions that make, lock and drop what it looks at; and how it ends when it is cancelled."""

import threading
import time

import psycopg
import pytest
import told

# What fixes ask PostgreSQL about: defaults, generated columns, checks, domains, functions, collations, partitions.
MADE = """
    CREATE SCHEMA {0};
    CREATE TYPE {0}.pair AS (at timestamp, sum money);
    CREATE DOMAIN {0}.d AS timestamp DEFAULT now() CHECK (value > '2000-01-01');
    CREATE TABLE {0}.p (id serial PRIMARY KEY, a text COLLATE "C" DEFAULT 'x', twice int GENERATED ALWAYS AS (id * 2) STORED,
        UNIQUE (a));
    CREATE TABLE {0}.c (id int, p int REFERENCES {0}.p, at timestamp DEFAULT now(), price float8 DEFAULT 1, "Big" char(3),
        kind text CHECK (kind IN ('a', 'b')), CHECK (at > '2000-01-01' AND kind <> 'x'), EXCLUDE (p WITH =));
    CREATE TABLE {0}.e (d {0}.d, pair {0}.pair);
    CREATE INDEX ON {0}.c (lower(kind)) WHERE kind <> 'x';
    CREATE UNIQUE INDEX ON {0}.c (id); CREATE UNIQUE INDEX ON {0}.c (id);
    CREATE VIEW {0}.v AS TABLE {0}.e;
    CREATE TABLE {0}.q (at timestamp, k int) PARTITION BY RANGE (at);
    CREATE TABLE {0}.q1 PARTITION OF {0}.q FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE {0}.h () INHERITS ({0}.c);
    CREATE TABLE {0}.typed OF {0}.pair;
    INSERT INTO {0}.p (a) VALUES ('x'); INSERT INTO {0}.c (id, p) VALUES (1, 1);
"""
UNMADE = """
    ALTER TABLE {0}.c DROP COLUMN at CASCADE;
    ALTER TABLE {0}.c DROP CONSTRAINT c_kind_check;
    DROP TABLE {0}.p CASCADE;
    ALTER TABLE {0}.c RENAME TO z;
    DROP TYPE {0}.d CASCADE;
    DROP TABLE {0}.q;
    DROP SCHEMA {0} CASCADE;
"""

MANY = """
    DO $$ BEGIN
        FOR n IN 1 .. 2000 LOOP
            EXECUTE format('CREATE TABLE t%s (a int, b text, CHECK (a > 0), UNIQUE (b))', n);
            IF n % 200 = 0 THEN COMMIT; END IF;
        END LOOP;
    END $$
"""


def statements(script, schema):
    return [sql for sql in script.format(schema).split(";\n") if sql.strip()]


def check_everything(guard):
    session = guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    for (rule,) in session.rows("SELECT id FROM guardrail.rules"):
        session.run(f"SET guardrail.{rule} = warning")
    return session


@pytest.fixture
def made(guard):
    guard.administer(*statements(MADE, "s"))
    yield guard
    guard.administer("DROP SCHEMA s CASCADE")


def test_a_lock_is_not_waited_for(made):
    """The violations are found, and a fix that would have to ask about the table says why there is none."""
    session = check_everything(made)
    free = told.read(session, "audit")
    holder = made.connect("postgres")
    holder.run("SET guardrail.mode = off")
    session.run("SET lock_timeout = '200ms'")
    silent = set()
    for table in ("s.c", "s.p", "s.q", "s.q1", "s.e", "s.h", "s.typed"):
        holder.run(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        locked = told.read(session, "audit")
        holder.run("ROLLBACK")
        assert {one.fingerprint: one.about for one in locked.values()} == {key: one.about for key, one in free.items()}
        silent |= {one.words[1] for one in locked.values() if "Another session" in one.words[1]}
    assert "-- Another session changes table s.c. Its fixes can be told afterwards." in silent
    assert told.read(session, "audit") == free


def test_ddl_that_is_not_committed(made):
    session = check_everything(made)
    session.run("SET lock_timeout = '200ms'")
    free = told.read(session, "audit")
    other = made.connect("postgres")
    other.run("SET guardrail.mode = off")
    other.run("BEGIN")
    for sql in statements(UNMADE, "s"):
        other.run(sql)
    assert told.read(session, "audit").keys() == free.keys()
    other.run("ROLLBACK")
    assert told.read(session, "audit") == free


def test_tables_come_and_go(guard):
    """It sees the catalogs as of its beginning, and nothing that is dropped meanwhile makes it fail."""
    guard.prepare("CREATE TABLE stays (a timestamp DEFAULT now(), CHECK (a > '2000-01-01'))")
    session = check_everything(guard)
    stays = set(told.read(session, "audit"))
    stop, failures = threading.Event(), []

    def churn(schema):
        try:
            with guard.cluster.connect(guard.dbname, options="-c guardrail.mode=off") as other:
                while not stop.is_set():
                    for sql in statements(MADE + UNMADE, schema):
                        other.execute(sql)
        except psycopg.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=churn, args=(f"s{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 5
    found = 0
    try:
        while time.monotonic() < end:
            rows = set(told.read(session, "audit"))
            assert stays <= rows
            found += len(rows - stays)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert found > 100
    assert set(told.read(session, "audit")) == stays


@pytest.fixture
def many(guard):
    """2,000 tables, each of which violates rules."""
    guard.prepare(MANY)
    return guard


def test_it_is_cancelled_at_once(many):
    session = check_everything(many)
    late = {}
    for timeout in (10, 20, 60, 150):
        session.run(f"SET statement_timeout = {timeout}")
        late[timeout] = time.monotonic()
        with pytest.raises(psycopg.errors.QueryCanceled):
            session.run("SELECT count(*) FROM guardrail.audit()")
        late[timeout] = time.monotonic() - late[timeout] - timeout / 1000
    # The first error of a session also has to load what raises it.
    assert {timeout for timeout, more in late.items() if more > 0.1} <= {10}
    session.run("SET statement_timeout = 0")
    assert len(session.rows("SELECT FROM guardrail.audit()")) >= 4000


def test_its_memory_stays_flat(made):
    """PostgreSQL's memory contexts, and all of the process, after many audits of one session."""
    session = check_everything(made)
    rows = "SELECT sum(total_bytes) FROM pg_backend_memory_contexts"
    used = []
    for _ in range(50):
        session.run("SELECT count(*) FROM guardrail.audit()")
        with open(f"/proc/{session.connection.info.backend_pid}/statm") as statm:
            used.append((session.rows(rows)[0][0] if made.version >= 14 else 0, int(statm.read().split()[1]) * 4096))
    (contexts, resident), (contexts_later, resident_later) = used[5], used[-1]
    assert contexts_later - contexts < 100_000
    assert resident_later - resident < 4_000_000
