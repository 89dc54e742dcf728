"""Many sessions run random DDL on tables that they share, with and without the guard: it brings no crash, no error of
its own, and no deadlock of a kind that there is not without it; and the audit finds at the end what it found at the
beginning.

MINUTES (10) is how long each of the two runs takes, SESSIONS (32) how many there are.
"""

import collections
import os
import re
import threading
import time

import afterwards
import psycopg
from conftest import SEED
from ddl import Generator

MINUTES = float(os.environ.get("MINUTES") or 10)
SESSIONS = int(os.environ.get("SESSIONS") or 32)
DEADLOCK, VIOLATION = "40P01", "42R01"

# What a session waits for in a deadlock: the kind of lock and of the thing that it is about, not its number.
WAITS = re.compile(r"Process \d+ waits for (\w+) on (\w+)(?: (\d+) of database \d+)?")
# These classes are for what nobody should ever see: internal errors, corruption, a crash of another session.
UNHEARD_OF = re.compile(r"XX|57P02|58|53")


class Run:
    """What happens to the sessions."""

    def __init__(self, cluster, name, minutes, sessions):
        self.cluster, self.name, self.sessions = cluster, name, sessions
        self.deadline = time.monotonic() + 60 * minutes
        self.lock = threading.Lock()
        self.statements = self.transactions = self.commits = 0
        self.states = collections.Counter()
        self.unheard_of = collections.Counter()
        self.deadlocks = []
        self.broken = []

    def go(self):
        threads = [threading.Thread(target=self.session, args=(number,)) for number in range(self.sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    def session(self, number):
        generator = Generator(f"{SEED} {number}", number)
        try:
            with self.cluster.connect(self.name, "app") as connection:
                connection.execute("SET lock_timeout = '5s'")
                while time.monotonic() < self.deadline:
                    self.transaction(connection, generator.transaction())
        except Exception as error:
            self.broken.append(f"session {number}: {error!r}")

    def transaction(self, connection, statements):
        has_ended = False
        for sql in statements:
            state = self.statement(connection, sql)
            has_ended = state is not None and not sql.startswith("ROLLBACK TO")
            if has_ended:
                break
        if connection.info.transaction_status.name != "IDLE":
            connection.execute("ROLLBACK")
        with self.lock:
            self.transactions += 1
            self.commits += not has_ended

    def statement(self, connection, sql):
        try:
            connection.execute(sql)
            state = None
        except psycopg.Error as error:
            if connection.broken:
                raise
            state = error.sqlstate
            self.note(error)
        with self.lock:
            self.statements += 1
            self.states[state] += 1
        return state

    def note(self, error):
        with self.lock:
            if error.sqlstate == DEADLOCK:
                self.deadlocks.append(WAITS.findall(error.diag.message_detail or ""))
            elif UNHEARD_OF.match(error.sqlstate or "?"):
                text = re.sub("[0-9]+", "N", error.diag.message_primary or str(error))
                self.unheard_of[f"{error.sqlstate} {text}"] += 1

    def waits(self):
        """What sessions waited for in deadlocks: the mode of the lock, and the kind of the thing."""
        return collections.Counter((mode, kind) for waits in self.deadlocks for mode, kind, _ in waits)

    def oids(self):
        """The tables on which deadlocks waited, those of PostgreSQL and of the extension alone."""
        with self.cluster.connect(self.name) as admin:
            owned = admin.execute(
                "SELECT oid, oid::regclass::text FROM pg_class WHERE oid < 16384 OR relnamespace = "
                "(SELECT oid FROM pg_namespace WHERE nspname = 'guardrail')").fetchall()
        names = {str(oid): name for oid, name in owned}
        found = (names.get(oid) for waits in self.deadlocks for _, _, oid in waits)
        return collections.Counter(filter(None, found))

    def per_thousand(self):
        return 1000 * len(self.deadlocks) / max(self.statements, 1)

    def print(self, title):
        print(f"\n{title}: {self.statements} statements, {self.transactions} transactions, {self.commits} to their end")
        print(f"  errors {dict(self.states.most_common(12))}")
        print(f"  deadlocks {len(self.deadlocks)} ({self.per_thousand():.2f} per 1,000 statements)")
        for (mode, kind), count in self.waits().most_common():
            print(f"    {count} waits for {mode} on a {kind}")
        print(f"  on tables of PostgreSQL or the extension: {dict(self.oids())}")
        for text, count in self.unheard_of.most_common():
            print(f"  {count} {text}")


# Errors of PostgreSQL itself that a run may see or not. A failure of the guard would say so ("pg_guardrail failed").
RARE = (
    # get_partition_parent(), when the partition is detached CONCURRENTLY meanwhile.
    "XX000 could not find tuple for parent of relation N",
)
LEGACY = (
    "CREATE TABLE shared_0 (id bigint, made timestamp, c0 bigint REFERENCES customers)",
    "CREATE TABLE shared_1 (id bigint PRIMARY KEY, c1 timestamp)",
)


def make_database(cluster, is_guarded):
    """A database with some old tables, in `enforce` or without the extension."""
    name = cluster.create_database(mode="enforce" if is_guarded else None)
    with cluster.connect(name) as admin:
        for sql in ("SET guardrail.mode = off", "SET ROLE app", *LEGACY, "RESET ROLE"):
            admin.execute(sql)
        if is_guarded:
            admin.execute(f"ALTER DATABASE {name} SET guardrail.preset = 'recommended'")
        else:
            admin.execute("DROP EXTENSION pg_guardrail")
    return name


def finish_prepared(cluster, name):
    with cluster.connect(name) as admin:
        for (gid,) in admin.execute(f"SELECT gid FROM pg_prepared_xacts WHERE database = '{name}'").fetchall():
            admin.execute(f"ROLLBACK PREPARED '{gid}'")


def is_left_for_a_bound(row):
    """DETACH PARTITION CONCURRENTLY leaves a check in the place of the bound, to which nobody can give a name. Every check
    that ddl.py makes has one."""
    rule, _, _, _, constraint, _ = row
    return rule == "unnamed_constraint" and constraint.endswith("_check")


def test_sessions(cluster, quick, tallies):
    minutes, sessions = (0.1, 8) if quick else (MINUTES, SESSIONS)
    bare = make_database(cluster, is_guarded=False)
    without = Run(cluster, bare, minutes, sessions).go()
    without.print("without the guard")
    finish_prepared(cluster, bare)

    name = make_database(cluster, is_guarded=True)
    before = afterwards.audit(cluster, name)
    with tallies["sessions"].on(cluster) as tally:
        guarded = Run(cluster, name, minutes, sessions).go()
    guarded.print("with the guard")
    finish_prepared(cluster, name)
    added = {row for row in afterwards.audit(cluster, name) - before if not is_left_for_a_bound(row)}

    tally.set("sessions", sessions)
    tally.set("statements", guarded.statements)
    tally.set("refused", guarded.states[VIOLATION])
    tally.set("deadlocks", len(guarded.deadlocks))
    tally.set("deadlocks without the guard", f"{len(without.deadlocks)} in {without.statements} statements")
    assert not without.broken and not guarded.broken, (without.broken, guarded.broken)
    assert quick or guarded.states[VIOLATION], "nothing was refused, so nothing was tried"
    assert not added, added
    new = {text: n for text, n in guarded.unheard_of.items() if text not in {*without.unheard_of, *RARE}}
    assert not new, f"errors that there are not without the guard: {new}"
    # A short run has not seen them all.
    assert quick or set(guarded.waits()) <= set(without.waits()), set(guarded.waits()) - set(without.waits())
    assert set(guarded.oids()) <= set(without.oids()), guarded.oids()
