"""Fixes of kind `in place`, run in `warn` mode as they are: each alone, and all of a case one after the other."""

import re
from collections import Counter
from dataclasses import dataclass

import inventory
import psycopg
import violations
from elements import IDENTIFIER
from model import Statement, literal

DROPPED = {
    "duplicate_index": ("index", "constraint", "comment kept"),
    "redundant_index": ("index", "comment kept"),
    "tenant_index_too_short": ("index", "comment kept"),
    "duplicate_fk": ("constraint",),
    "check_instead_of_enum": ("constraint",),
    "table_without_primary_key": ("index", "constraint"),
    "join_table_without_composite_key": ("index", "comment kept"),
    "disallowed_primary_key_type": ("constraint", "index"),
}
# What cautions foretell, and the errors of it.
FORETOLD = {
    "fails if values repeat": ("23505",),
    "fails if a row holds NULL": ("23502",),
    "fails if a row violates the constraint": ("23502", "23503", "23514"),
    "fails if a value is longer": ("22001", "23514"),
}
# Where the table gets another name as well, the fixes of the names of its parts fit that name.
NAMED_AFTER_THE_TABLE = {"misnamed_constraint", "misnamed_index"}
# A composite type that is made anew keeps the names of its attributes.
COPIES_TYPE = re.compile(r"^CREATE TYPE .* AS \(", re.MULTILINE)
OF_ATTRIBUTES = {"misnamed_column", "identifier_needs_quotes"}
RENAMED_COLUMN = re.compile(rf" RENAME COLUMN {IDENTIFIER} TO ")
RENAMES = re.compile(rf"^ALTER TABLE (?:{IDENTIFIER}\.)?{IDENTIFIER} RENAME TO ", re.MULTILINE)


@dataclass
class Outcome:
    """One fix that was tried: `wrong` says what went wrong, and is None if nothing did."""

    rule: str
    situations: tuple
    kind: str
    wrong: str | None = None
    script: str | None = None
    comment: str | None = None  # what a person has to do


@dataclass
class State:
    """What there is after a fix, or without one."""

    found: list
    names: object
    objects: object
    data: dict
    taken: set
    writes: str | None


def text_of(error):
    return f"{error.sqlstate} {str(error).strip().splitlines()[0]}" if error.sqlstate else str(error)


class Impossible(Exception):
    """PostgreSQL does not allow the faulty statement in this situation."""


class Trial:
    def __init__(self, database, case):
        self.database, self.case = database, case
        self.connection = database.connection
        self.faulty = case.faulty
        self.outcomes = []

    def run_faulty(self):
        """Runs the faulty statements. Returns what each reports, but for the last violations at the commit."""
        found = []
        for statement in self.faulty:
            self.database.execute(statement.sql())
            found += self.database.read()
        return found

    def try_to_write(self):
        """Returns the error of an INSERT, UPDATE or DELETE; it leaves nothing behind."""
        self.database.execute("SAVEPOINT writing; SET LOCAL guardrail.mode = off")
        try:
            inventory.write(self.connection)
            return None
        except psycopg.Error as error:
            return text_of(error)
        finally:
            self.database.execute("ROLLBACK TO writing")

    def look(self):
        """Returns the state, and ends the transaction."""
        inventory.read_views(self.connection)
        objects, data = inventory.objects(self.connection), inventory.read_data(self.connection)
        taken = inventory.taken(self.connection)
        writes = self.try_to_write()
        found, names = self.database.everything()
        return State(found, names, objects, data, taken, writes)

    def find(self):
        """Returns the violations and the state without any fix."""
        if any("CONCURRENTLY" in statement.sql() for statement in self.faulty):
            return self.run_for_good()
        self.database.execute("BEGIN")
        found = self.run_faulty()
        self.database.execute("SAVEPOINT here")
        before = self.look()
        self.database.execute("BEGIN")
        self.run_faulty()
        return found + self.database.prepare_and_undo(), before

    def run_for_good(self):
        """What cannot run in a transaction is run once; each trial begins with what has come of it."""
        found = self.run_faulty()
        self.park()
        self.faulty = [Statement("ALTER SCHEMA side RENAME TO app")]
        return found, self.find()[1]

    def park(self):
        self.database.execute("SET guardrail.mode = off; ALTER SCHEMA app RENAME TO side; SET guardrail.mode = warn")

    def run(self):
        self.database.mode("warn")
        try:
            found, before = self.find()
        except psycopg.Error as error:
            raise Impossible(text_of(error)) from error
        self.found = found
        self.renames_table = any(RENAMES.search(violation.fix) for violation in found)
        for violation in unique(found):
            if "CONCURRENTLY" in violation.fix:
                continue  # It is run with all others of the case, outside of a transaction.
            if violation.applies == "in place":
                self.note(violation, self.try_alone(violation, before))
            else:
                self.note(violation, None)
        if any(violation.applies == "in place" for violation in found):
            self.outcomes.append(self.try_all(before))
        return self.outcomes

    def note(self, violation, wrong):
        script = wrong and self.script(violation, violation.fix, wrong)
        comment = comment_of(violation)
        self.outcomes.append(Outcome(violation.rule, self.case.situations, violation.applies, wrong, script, comment))

    def try_alone(self, violation, before):
        self.database.execute("BEGIN")
        try:
            self.run_faulty()
            here, data = violations.Names(self.connection), inventory.read_data(self.connection)
            self.database.notices.clear()
            self.database.execute(violation.fix)
            added = list(self.database.notices)
            after = self.look()
        except psycopg.Error as error:
            self.connection.rollback()
            return None if self.is_tolerated(error, violation) else text_of(error)
        return (
            self.compare(violation, before, after, data)
            or self.compare_violations(violation, before, after, here)
            or next((f"new: unnamed constraint {name}" for text, name in added if "unnamed_constraint" in text), None)
        )

    def compare(self, violation, before, after, data):
        """Says what the fix has lost."""
        gone = before.objects - after.objects
        fixed = [each.rule for each in self.found if not violation or each.fix == violation.fix]
        dropped = sum((DROPPED.get(rule, ()) for rule in fixed), ())
        lost = sorted(entry for entry in gone.elements() if not entry.startswith(dropped or ("\0",)))
        if lost:
            return f"lost: {', '.join(lost)}"
        if after.writes and not before.writes:
            return f"no longer possible: {after.writes}"
        if after.taken - before.taken:
            return f"the next values are taken: {after.taken - before.taken}"
        return inventory.compare_data(data, after.data)

    def compare_violations(self, violation, before, after, here):
        left, old = after.names.in_terms_of(here, after.found), here.keys(before.found)
        tolerated = set(violations.OF_THE_STATEMENT)
        if self.renames_table:
            tolerated |= NAMED_AFTER_THE_TABLE
        if violation.rule == "unnamed_constraint":
            if after.names.still_has(violation):
                return "not gone"
        elif violation.column and violation.rule == "identifier_needs_quotes":
            if after.names.has_column(violation):
                return "not gone"
        elif violation.rule == "identifier_needs_quotes" and RENAMED_COLUMN.search(violation.fix):
            # The table's own name may need quotes for longer than the statement.
            renamed = RENAMED_COLUMN.findall(violation.fix)
            if any(after.names.has_column(violation, name.strip('"').replace('""', '"')) for name in renamed):
                return "not gone"
            if RENAMES.search(violation.fix) and violation.table in after.names.tables:
                return "not gone"
        elif RENAMES.search(violation.fix):
            if violation.table in after.names.tables:
                return "not gone"
        elif left[here.key(violation)] >= max(old[here.key(violation)], 1) and violation.rule not in tolerated:
            return "not gone"
        same = {each.rule for each in self.found if each.fix == violation.fix}
        if "fk_type_mismatch" in same:  # The column gets the type of the other one, with its faults.
            tolerated |= {rule for rule, _, kind, _ in old if kind == "column"}
        if COPIES_TYPE.search(violation.fix):
            tolerated |= OF_ATTRIBUTES
        new = {f"{rule} {kind or ''}".strip() for rule, _, kind, _ in left - old if rule not in tolerated}
        return f"new: {', '.join(sorted(new))}" if new else None

    def try_all(self, before):
        """Runs the faulty statements for good, and then all fixes in the order in which they are reported."""
        done = []
        try:
            self.failed = set()
            known = self.find_known()
            found = self.commit_faulty()
            data = inventory.read_data(self.connection)
            for violation in {each.fix: each for each in found if each.applies == "in place"}.values():
                done.append(violation.fix)
                self.run_fix(violation)
            wrong = self.judge_all(found, known, before, data)
        except psycopg.Error as error:
            wrong = text_of(error)
        script = wrong and self.script(None, "\n".join(done), wrong)
        return Outcome(self.case.rule, self.case.situations, "all of a case", wrong, script)

    def find_known(self):
        """Returns what is wrong before the faulty statements, which do not answer for that, and the names of then."""
        is_there = self.connection.execute("SELECT to_regnamespace('app') IS NOT NULL").fetchone()[0]
        if self.case.way == "moved" or self.faulty != self.case.faulty or not is_there:
            return None
        self.park()
        self.database.execute("BEGIN; ALTER SCHEMA side RENAME TO app")
        found, names = self.database.everything()
        known = names.keys(found), names
        self.database.execute("SET guardrail.mode = off; ALTER SCHEMA side RENAME TO app; SET guardrail.mode = warn")
        return known

    def commit_faulty(self):
        """One statement reports everything in one list, in the order in which the fixes can be run."""
        if len(self.faulty) == 1:
            return self.run_faulty()
        self.database.mode("off")
        self.run_faulty()
        self.park()
        self.database.execute("ALTER SCHEMA side RENAME TO app")
        return self.database.read()

    def run_fix(self, violation):
        try:
            self.database.execute(violation.fix)
        except psycopg.Error as error:
            if not self.is_tolerated(error, violation):
                raise
            self.failed |= {each.rule for each in self.found if each.fix == violation.fix}

    def is_tolerated(self, error, violation):
        return is_foretold(error, violation)

    def judge_all(self, found, known, before, data):
        self.park()
        self.database.execute("BEGIN; ALTER SCHEMA side RENAME TO app")
        after = self.look()
        by_hand = {violation.rule for violation in found if violation.applies != "in place"}
        tolerated = by_hand | self.failed | violations.OF_THE_STATEMENT
        if self.renames_table:
            tolerated |= NAMED_AFTER_THE_TABLE
        if any(COPIES_TYPE.search(each.fix) for each in found):
            tolerated |= OF_ATTRIBUTES
        keys, names = known or (Counter(), after.names)
        is_new = lambda violation: not after.names.in_terms_of(names, [violation]) <= keys  # noqa: E731
        left = [each for each in after.found if each.rule not in tolerated and is_new(each)]
        if left:
            return f"left: {', '.join(sorted(set(map(str, left))))}"
        return self.compare(None, before, after, data)

    def script(self, violation, fix, wrong):
        """What can be pasted into psql to see it."""
        case = self.case
        settings = self.database.settings(case, "warning")
        lines = [f"-- {case.title}; seed {case.seed}; PostgreSQL {self.database.version}"]
        lines += ["SET guardrail.mode = off;"]
        lines += [f"SET guardrail.{name} = {literal(value)};" for name, value in settings.items()]
        lines += [f"{statement};" for statement in case.setup] + ["SET guardrail.mode = warn;"]
        lines += [f"{statement.sql()};" for statement in case.faulty]
        lines += [f"-- violation: {violation}" if violation else "-- all fixes", fix, f"-- went wrong: {wrong}"]
        return "\n".join(lines)


def comment_of(violation):
    return violation.fix if violation.applies == "by hand" else None


def unique(found):
    """Leaves out violations that one fix mends together with another one of the same rule."""
    return list({(violation.rule, violation.fix): violation for violation in found}.values())


def is_foretold(error, violation):
    """Whether rows are in the way of a fix that says which."""
    return any(error.sqlstate in states and caution in (violation.caution or "") for caution, states in FORETOLD.items())
