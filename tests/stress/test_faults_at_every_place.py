"""The checks fail at each place that they come to, in each way. In `enforce` nothing is let through, in `warn` nothing
is refused but by what comes from outside, and the session goes on."""

import itertools

import afterwards
import psycopg
import pytest
from situations import SITUATIONS

# Failures of the guard's own: a panic, an error of PostgreSQL's, and one that says it is internal.
OWN = ("panic", "22012", "XX000")
# What is short, so that the checks cannot go on: memory, disk. In `warn` that is no reason to refuse.
SHORT = ("53200", "53100")
# What comes from outside: a cancel, a deadlock.
OUTSIDE = ("cancel", "40P01")
# The backend itself ends.
ENDS = ("terminate", "kill")

STATES = {"panic": "XX000", "cancel": "57014"}
NUMBERS = itertools.count()


class Trial:
    """One situation in a database of its own, tried again and again."""

    def __init__(self, cluster, mode, journal, situation):
        self.cluster, self.mode, self.situation = cluster, mode, situation
        self.name = cluster.create_database(mode=mode)
        with cluster.connect("postgres") as admin:
            admin.execute(f"ALTER DATABASE {self.name} SET guardrail.journal = {'on' if journal else 'off'}")
        self.before = None
        self.admin = self.connection = None
        self.messages = []

    def administer(self, *statements):
        """Runs statements as the superuser, unguarded. Returns the rows of the last one."""
        try:
            if self.admin is None:
                self.admin = afterwards.wait_for_server(self.cluster, self.name)
                self.admin.execute("SET guardrail.mode = off")
            for sql in statements:
                result = self.admin.execute(sql)
            return set(result.fetchall()) if result.description else None
        except psycopg.OperationalError:
            if not self.admin.broken:
                raise
        # The server has recovered from a crash.
        self.admin = None
        return self.administer(*statements)

    def restart(self):
        """Makes what the situation begins with."""
        for (gid,) in self.administer("SELECT gid FROM pg_prepared_xacts"):
            self.administer(f"ROLLBACK PREPARED '{gid}'")
        self.administer(*self.situation.after, "SET ROLE app", *self.situation.before, "RESET ROLE")
        if self.before is None:
            self.before = self.administer(afterwards.AUDIT)
        if self.connection is None or self.connection.broken or self.connection.closed:
            self.connection = afterwards.wait_for_server(self.cluster, self.name, "app")
            self.connection.add_notice_handler(lambda diag: self.messages.append(diag.message_primary))
            # Statements of which no event trigger tells are seen once the library is there.
            self.connection.execute("COMMENT ON TABLE customers IS NULL")

    def run(self, kind, number):
        """Has the checks fail at one place. Returns the place, if there is one, the SQLSTATE and the text."""
        self.restart()
        self.messages.clear()
        self.connection.execute(f"SET fault_injection.at = '{kind} {number} {next(NUMBERS)}'")
        state, text = afterwards.outcome(self.connection, *self.situation.statements)
        places = [message for message in self.messages if message.startswith("fault injected")]
        if kind == "kill" and places:
            observer, self.admin = self.admin, None
            afterwards.wait_for_crash(observer)
        if not (self.connection.broken or self.connection.closed):
            if self.connection.info.transaction_status.name != "IDLE":
                self.connection.execute("ROLLBACK")
            self.connection.execute("RESET fault_injection.at")
        return (places[0].rpartition(" at ")[2] if places else None), state, text

    def check(self, kind, number, place, state, text):
        told = f"{self.situation.name}: {kind} at place {number} ({place}) in {self.mode}: {state} {text}"
        own_state = STATES.get(kind, kind)
        if self.mode == "enforce":
            after = self.administer(afterwards.AUDIT)
            assert after <= self.before, f"{told}\nlet through: {after - self.before}"
            assert state in (None, own_state, afterwards.VIOLATION, "lost", "57P01"), told
        elif kind in (*OWN, *SHORT) and place != "a message":
            assert state is None, told
        else:
            assert state in (None, own_state, "lost", "57P01"), told

    def goes_on(self):
        if self.connection.broken or self.connection.closed:
            self.connection = None
            self.restart()
        afterwards.goes_on(self.connection, self.mode)

    def numbers(self, kind, places, chance):
        """The places at which a fault of this kind is tried."""
        if kind == "panic":
            return range(1, places + 1)
        if kind in ENDS:
            return sorted(chance.sample(range(1, places + 1), min(places, 3 if kind == "kill" else 8)))
        return range(chance.randrange(1, 4), places + 1, 3)

    def close(self):
        for connection in (self.connection, self.admin):
            if connection:
                connection.close()


def count_places(trial):
    """How many places the checks come to, found by a fault that is nowhere near."""
    low, high = 0, 1
    while trial.run("cancel", high)[0]:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if trial.run("cancel", middle)[0] else (low, middle)
    return low


@pytest.mark.parametrize("mode", ["enforce", "warn"])
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name.replace(" ", "_"))
def test_faults(fault_cluster, situation, mode, chance, quick, tallies):
    trial = Trial(fault_cluster, mode, journal=mode == "warn", situation=situation)
    with tallies["faults"].on(fault_cluster) as tally:
        places = count_places(trial)
        assert places, f"the checks of {situation.name} come to no place"
        tally.add("places at which the checks can fail", places)
        for kind in (*OWN, *SHORT, *OUTSIDE, *ENDS):
            for number in trial.numbers(kind, places, chance):
                if quick and (kind in ENDS or chance.random() > 0.02):
                    continue
                result = trial.run(kind, number)
                tally.add(f"faults injected ({kind})")
                trial.check(kind, number, *result)
                if chance.random() < 0.1 or kind in ENDS:
                    trial.goes_on()
        trial.goes_on()
    trial.close()
    fault_cluster.drop_database(trial.name)
