"""PL/pgSQL blocks: the guarded database runs them whole; where the guard has refused a statement in them, the other one
runs the statements one by one, as far as the block got."""

import json
import re

from judge import COMMIT, Refusal
from pair import NAMED
from steps import Block
from wire import REFUSED, Outcome

PROGRESS = re.compile(r"(at|ok|commit|committed) (\d+)$")
HANDLED = re.compile(r"no (\d+) (\w{5}) (.*)$", re.DOTALL)


def as_named(violation):
    """A row of last_violations() as NAMED has it."""
    words = ("schema_name", "table_name", "column_name", "constraint_name", "index_name", "object_kind", "data_type")
    row = {name: violation[name] for name in ("rule", "level", "moment", "message", "fingerprint")}
    return row | {word.removesuffix("_name").removeprefix("object_").removeprefix("data_"): violation[word] for word in words}


class Progress:
    """What a block has told."""

    def __init__(self, notices):
        self.at = None
        self.committing = None
        self.committed = 0
        self.passed = set()  # of the statements that have a handler
        self.failures = {}  # of the statements that were handled: SQLSTATE and violations
        for _, text, _ in notices:
            if match := PROGRESS.match(text):
                word, number = match[1], int(match[2])
                if word == "at":
                    self.at, self.committing = number, None
                elif word == "ok":
                    self.passed.add(number)
                elif word == "commit":
                    self.committing = number
                elif word == "committed":
                    self.committed, self.at, self.committing = number + 1, None, None
            elif match := HANDLED.match(text):
                violations = [] if match[3] == "<NULL>" else json.loads(match[3])
                self.failures[int(match[1])] = (match[2], [as_named(violation) for violation in violations])


def run(lockstep, step: Block):
    guarded, free = lockstep.guarded(step.session), lockstep.free(step.session)
    alone = guarded.is_idle
    for place, part in enumerate(step.parts):
        if place:
            lockstep.judge.read(step.session, COMMIT)
        for sql in part:
            lockstep.note(step.session, sql)
    if step.procedure:
        made = guarded.run(step.sql)
        lockstep.same_error(made, free.run(step.sql))
        if not made.is_ok:
            return made
    lockstep.note_role(step.session)
    text = f"CALL {step.procedure}()" if step.procedure else step.sql
    one = guarded.run(text)
    lockstep.take_warnings(step.session, one)
    progress = Progress(one.notices)
    refused = one.is_refused or any(state == REFUSED for state, _ in progress.failures.values())
    if not refused:
        lockstep.same_error(one, free.run(text))
    else:
        OneByOne(lockstep, step, progress, one, alone).run()
    if alone and (one.is_ok or progress.committed):
        lockstep.committed(step.session)
    if alone:
        lockstep.told.pop(step.session, None)
    return one


class OneByOne:
    def __init__(self, lockstep, step, progress, outcome, alone):
        self.lockstep, self.step, self.progress, self.outcome, self.alone = lockstep, step, progress, outcome, alone
        self.free = lockstep.free(step.session)
        self.seen = []  # what the block was refused for before: last_violations() has all of it

    def run(self):
        number = 0
        for place, part in enumerate(self.step.parts):
            is_last = place == len(self.step.parts) - 1
            if place > self.progress.committed:
                break
            if self.alone:
                self.free.must("BEGIN")
            self.free.must("SAVEPOINT block")
            before_part = self.before_part = self.lockstep.audit(self.lockstep.pair.free.wire("observer"))
            stopped = False
            for sql in part:
                stopped = self.run_one(number, sql)
                if stopped:
                    break
                number += 1
            if stopped:
                break
            ends_here = place == self.progress.committed and not self.outcome.is_ok
            if ends_here and self.outcome.is_refused:
                after = self.lockstep.audit_at_the_end(self.free, True)
                self.leave()
                self.look(before_part, after, Outcome(), "; ".join(part))
                return
            if self.alone:
                self.lockstep.same_error(self.end_of(is_last), self.free.run("COMMIT"))
            elif not is_last:
                break
        if not self.free.is_idle and self.alone:
            self.free.must("ROLLBACK")

    def end_of(self, is_last):
        return self.outcome if is_last and not self.outcome.is_refused else Outcome()

    def run_one(self, number, sql):
        """Returns whether the block ended here."""
        state, violations = self.progress.failures.get(number, (None, []))
        is_end = not self.outcome.is_ok and self.progress.at == number and self.progress.committing is None
        is_end = is_end and number not in self.progress.failures and not self.finished(number)
        refused = state == REFUSED or is_end and self.outcome.is_refused
        before = self.lockstep.audit(self.free) if refused else None
        self.free.must("SAVEPOINT one")
        done = self.free.run(sql)
        if not refused:
            # The block tells the SQLSTATE of what it has caught, and no more.
            expected = Outcome(sqlstate=state, message=done.message) if state else Outcome()
            if is_end:
                expected = self.outcome
            self.lockstep.same_error(expected, done)
            if not done.is_ok:
                self.free.must("ROLLBACK TO one")
            return is_end
        # What was refused may be a deferred trigger, or what LIKE has left to the commit.
        may_be_deferred = is_end and self.alone and number == self.last_of_part()
        if may_be_deferred:
            before, sql = self.before_part, "; ".join(self.step.parts[self.progress.committed])
        after = self.lockstep.audit_at_the_end(self.free, may_be_deferred) if done.is_ok else None
        self.free.must("ROLLBACK TO one")
        if state == REFUSED:
            violations, self.seen = [row for row in violations if row not in self.seen], violations
            refusal = Refusal(sql, before, after, done)
            self.lockstep.raise_if(self.lockstep.judge.refusal(refusal, violations, names_all=False))
            return False
        self.leave()
        self.look(before, after, done, sql)
        return True

    def finished(self, number):
        """A block of one transaction that failed as it committed ended after its last statement."""
        is_last = self.alone and number == self.last_of_part()
        return is_last and (number in self.progress.passed or self.refused_at_commit())

    def last_of_part(self):
        return sum(len(part) for part in self.step.parts[: self.progress.committed + 1]) - 1

    def refused_at_commit(self):
        if not self.outcome.is_refused:
            return False
        named = self.lockstep.guarded(self.step.session).json(NAMED)
        return any(row["moment"] == "commit" or row["kind"] == "transaction" for row in named)

    def leave(self):
        """The block has failed as a whole."""
        if self.alone:
            self.free.must("ROLLBACK")
        else:
            self.free.run("SELECT 1 / 0")

    def look(self, before, after, done, sql):
        self.lockstep.look_when_possible(self.step.session, Refusal(sql, before, after, done, self.seen))
