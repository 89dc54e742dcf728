"""Runs the steps of a program in both databases, and compares."""

import re
import zlib

import blocks
from judge import Judge, Refusal
from pair import CHECKED, COMPARE, NAMED
from rows import Audit
from steps import LEGACY, Block
from wire import Lost, Outcome

CONTROL = re.compile(
    r"(BEGIN|START TRANSACTION|COMMIT PREPARED|ROLLBACK PREPARED|COMMIT|ROLLBACK TO|ROLLBACK|SAVEPOINT|RELEASE"
    r"|PREPARE TRANSACTION|SET ROLE|RESET ROLE)\b"
)
# What PostgreSQL does not run inside of a transaction block, and the same where it may be rolled back.
CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b")
# After one of so many statements of a transaction that pass, the audit is asked at once.
SOME = 4
# Internal errors that PostgreSQL has without the extension: 18 after ALTER DOMAIN … DROP CONSTRAINT of a NOT NULL and a
# SAVEPOINT; 15 for ALTER CONSTRAINT of a key that a partition has from its parent; all of them at each COMMIT of a session
# that uses temporary tables, when another session has dropped one of them with ON COMMIT DELETE ROWS.
OF_POSTGRESQL = re.compile(
    "cannot start a subtransaction when there are unprocessed inval|cannot alter constraint |could not open relation with"
)
NUMBER = re.compile(r"\d+")
FAIL = "SELECT 1 / 0"
# What has been prepared is no session's.
PREPARED = "prepared"


class Finding(Exception):
    """What the two databases do not agree about. `what` stays the same while the program is made smaller."""

    def __init__(self, what, text):
        super().__init__(text)
        self.what, self.text = what, text


class Lockstep:
    def __init__(self, pair, counts):
        self.pair, self.counts = pair, counts
        self.judge = Judge(counts)
        self.sql = ""
        self.waiting = {}  # by session, what is looked at when its guarded transaction can be asked again
        self.told = {}  # by session, the rules of which its transaction has been warned
        self.told_before = set()  # of those that have been prepared
        self.known = None
        self.has_exempt_role = False

    # The two databases

    def guarded(self, session):
        return self.pair.guarded.wire(session)

    def free(self, session):
        return self.pair.free.wire(session)

    def audit(self, wire):
        return Audit(wire.json("EXECUTE audit"))

    def begin(self):
        self.known = self.audit(self.pair.guarded.wire("observer"))

    def note(self, session, sql):
        self.has_exempt_role = self.has_exempt_role or "ROLE exempted" in sql
        self.judge.read(session, sql)

    # Steps

    def run(self, step):
        """Returns what became of the step in the guarded database; None where it was left out."""
        self.sql = step.sql
        self.note(step.session, step.sql)
        try:
            return self.run_step(step)
        except Lost as lost:
            raise Finding("connection lost", str(lost)) from lost

    def run_step(self, step):
        if step.session == LEGACY:
            return self.run_legacy(step)
        if self.known is None:
            self.begin()
        if CONTROL.match(step.sql):
            return self.run_control(step)
        if self.guarded(step.session).is_failed:
            return None
        if isinstance(step, Block):
            return blocks.run(self, step)
        return self.run_statement(step)

    def run_legacy(self, step):
        """What the superuser does while the guard is off; there is nothing to be compared."""
        one = self.pair.guarded.wire("legacy").run(step.sql)
        two = self.pair.free.wire("legacy").run(step.sql)
        self.same_error(one, two)
        self.known = None
        return one

    def run_control(self, step):
        session, word = step.session, CONTROL.match(step.sql)[0]
        ends = word in ("COMMIT", "PREPARE TRANSACTION")
        guarded, free = self.guarded(session), self.free(session)
        was_idle, was_failed = guarded.is_idle, guarded.is_failed
        role = self.role_in_transaction(session) if ends and not was_failed else None
        if was_idle and word == "COMMIT" or not was_idle and word == "BEGIN":
            return None
        if word in ("COMMIT PREPARED", "ROLLBACK PREPARED", "PREPARE TRANSACTION") and was_idle == ends:
            return None
        one = guarded.run(self.pair.guarded.local(step.sql))
        self.take_warnings(session, one)
        if one.is_refused and ends:
            self.refused_at_the_end(session, role)
            return one
        two = free.run(self.pair.free.local(step.sql))
        self.same_error(one, two)
        if word.startswith("ROLLBACK") or was_failed:
            self.look_back(session)
        if guarded.is_idle:
            changed = one.is_ok and not was_failed and word in ("COMMIT", "COMMIT PREPARED")
            if changed:
                self.committed(session)
            if not was_idle:
                told = self.told.pop(session, set())
                if word == "PREPARE TRANSACTION":
                    self.told_before |= told
                    self.judge.hand_over(session, PREPARED)
        return None if was_failed and ends else one

    def run_statement(self, step):
        guarded, free = self.guarded(step.session), self.free(step.session)
        alone = guarded.is_idle
        self.note_role(step.session)
        one = guarded.run(step.sql)
        self.take_warnings(step.session, one)
        if one.is_refused:
            self.refused(step.session, step.sql, alone)
            return one
        looks = one.is_ok and not alone and zlib.crc32(step.sql.encode()) % SOME == 0
        before = self.audit(free) if looks else None
        two = free.run(step.sql)
        self.same_error(one, two)
        if looks:
            self.raise_if(self.judge.statement(step.sql, before, self.audit(free)))
        if alone and (one.is_ok or CONCURRENTLY.search(step.sql)):
            self.committed(step.session)
        if alone:
            self.told.pop(step.session, None)
        return one

    def note_role(self, session):
        """What an exempt role does is not the guard's."""
        if self.has_exempt_role and self.free(session).must("SELECT current_user").value == "exempted":
            self.judge.exempt.add(session)

    def role_in_transaction(self, session):
        """The role that a transaction has taken, and which a session loses when it is rolled back."""
        takes_one = any("SET ROLE" in sql for sql in self.judge.open.get(session, []))
        return self.guarded(session).must("SELECT current_user").value if takes_one else None

    def take_warnings(self, session, outcome):
        told = self.told.setdefault(session, set())
        for sqlstate, _, detail in outcome.notices:
            if sqlstate == "42R01":
                told.update(self.judge.rules_in(detail))

    def same_error(self, one, two):
        is_same = NUMBER.sub("", one.message) == NUMBER.sub("", two.message)
        is_known = is_same and OF_POSTGRESQL.match(one.message)
        if "XX000" in (one.sqlstate, two.sqlstate) and not is_known:
            raise Finding("internal error", f"{one.message}\n{two.message}")
        if one.sqlstate != two.sqlstate:
            shown = [f"{o.sqlstate} {o.message} {o.detail}" if o.sqlstate else "no error" for o in (one, two)]
            raise Finding(
                f"errors {one.sqlstate} {two.sqlstate}", f"with the guard: {shown[0]}\nwithout it:     {shown[1]}"
            )

    # Refusals

    def refused(self, session, sql, alone):
        """The guard has refused a statement: what would it have added?"""
        free = self.free(session)
        concurrently = CONCURRENTLY.search(sql)
        if alone:
            free.must("BEGIN")
        before = self.audit(free)
        done = free.run(CONCURRENTLY.sub("", sql) if concurrently else sql)
        after = self.audit_at_the_end(free, alone) if done.is_ok else None
        if alone:
            free.must("ROLLBACK")
        elif done.is_ok:
            free.run(FAIL)
        self.look_when_possible(session, Refusal(sql, before, after, done))

    def audit_at_the_end(self, free, at_commit):
        if at_commit and not free.run("SET CONSTRAINTS ALL IMMEDIATE").is_ok:
            return None
        return self.audit(free)

    def refused_at_the_end(self, session, role):
        free = self.free(session)
        before = self.audit(self.pair.free.wire("observer"))
        after = self.audit_at_the_end(free, True)
        free.must("ROLLBACK")
        self.told.pop(session, None)
        self.look_when_possible(session, Refusal(self.sql, before, after, Outcome(), role=role))

    def look_when_possible(self, session, refusal):
        self.waiting[session] = refusal
        if not self.guarded(session).is_failed:
            self.look_back(session)

    def look_back(self, session):
        """What did the last refusal name?"""
        if (refusal := self.waiting.pop(session, None)) is None:
            return
        named = [row for row in self.named(session, refusal.role) if row not in refusal.seen]
        self.raise_if(self.judge.refusal(refusal, named))

    def named(self, session, role):
        """Only who has the rights of the role is told what was refused."""
        guarded = self.guarded(session)
        if role is None:
            return guarded.json(NAMED)
        own = guarded.must("SELECT current_user").value
        guarded.must(f"SET ROLE {role}")
        named = guarded.json(NAMED)
        guarded.must(f"SET ROLE {own}")
        return named

    @staticmethod
    def raise_if(problem):
        if problem is not None:
            raise Finding(*problem)

    # Commits

    def committed(self, session):
        """The guard has let a transaction through: has the audit gained anything?"""
        now = self.audit(self.pair.guarded.wire("observer"))
        told = self.told.get(session, set())
        told |= self.told_before if "PREPARED" in self.sql else set()
        problem = self.judge.commit(self.sql, self.known, now, told)
        self.known = now
        self.judge.forget(session, *([PREPARED] if "PREPARED" in self.sql else []))
        self.raise_if(problem)

    # The end

    def finish(self):
        """Rolls back what is open, and compares the two databases."""
        for session in (1, 2):
            for wire in (self.guarded(session), self.free(session)):
                if not wire.is_idle:
                    wire.must("ROLLBACK")
            self.look_back(session)
        if self.known is None:
            self.begin()
        self.pair.guarded.forget_prepared()
        self.pair.free.forget_prepared()
        # What is temporary goes with its session, and with it what depends on it.
        for session in (1, 2):
            self.sql = "DISCARD TEMP"
            for wire in (self.guarded(session), self.free(session)):
                wire.must("DISCARD TEMP")
        self.committed(1)
        for database in (self.pair.guarded, self.pair.free):
            database.wire("legacy").must("DISCARD TEMP")
        one = set(self.pair.guarded.wire("observer").json(COMPARE))
        two = set(self.pair.free.wire("observer").json(COMPARE))
        if one != two:
            lines = [f"only with the guard: {line}" for line in sorted(one - two)]
            lines += [f"only without it: {line}" for line in sorted(two - one)]
            raise Finding("the databases differ", "\n".join(lines[:20]))
        if different := self.pair.free.wire("observer").json(CHECKED):
            raise Finding(f"the audit is wrong: {different[0].split()[3]}", "\n".join(different))
