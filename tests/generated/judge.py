"""What the guard has done, held against two audits: is it what its promise says?

A refusal must name what the audit would have gained, and all of it. What is let through must add nothing. Where the
audit and the guard are known to differ, and say so in their pages, this file or rows.py says why.
"""

import re
from dataclasses import dataclass, field

from rows import Audit, describe
from wire import Outcome

RULE = re.compile(r"\bRule: (\w+) \((?:error|warning|notice)\)\.$", re.MULTILINE)
NAME = r'("(?:[^"]|"")+"|[\w$]+)'
# Names that a statement gives to a constraint, or to an index that becomes one.
WRITTEN = re.compile(rf"(?i)\b(?:CONSTRAINT|TO|INDEX(?: CONCURRENTLY)?(?: IF NOT EXISTS)?) {NAME}")
OF_THE_NAME = ("misnamed_", "identifier_", "unnamed_")
NEW_PLACE = re.compile(r"RENAME|DETACH|INHERIT|DROP|NOT OF")
OF_INDEXES = ("duplicate_index", "redundant_index")
# Stands between the statements of a block that commits.
COMMIT = "COMMIT"


def unquote(name):
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


@dataclass
class Refusal:
    """What the guard has refused, and what it would have added: two audits, the second one None where it failed anyway."""

    sql: str
    before: Audit
    after: Audit | None
    done: Outcome
    seen: list = field(default_factory=list)  # what was refused and handled before, in the same command
    role: str | None = None  # that has run it, where it is not the session's any more


class Judge:
    def __init__(self, counts):
        self.counts = counts
        self.written = set()
        self.nests = False
        self.has_temporary = False
        self.open = {}  # by session, the statements of what it has not committed yet
        self.exempt = set()  # the sessions in which an exempt role has had a part in that

    def read(self, session, sql):
        self.written.update(unquote(name)[:63] for name in WRITTEN.findall(sql))
        self.open.setdefault(session, []).append(sql)
        self.nests = self.nests or "EVENT TRIGGER" in sql or "run" in sql
        self.has_temporary = self.has_temporary or "TEMP" in sql or "pg_temp" in sql

    def hand_over(self, session, other):
        """A transaction is not the session's any more."""
        self.open.setdefault(other, []).extend(self.open.pop(session, []))
        if session in self.exempt:
            self.exempt.remove(session)
            self.exempt.add(other)

    def forget(self, *sessions):
        for session in sessions:
            self.open.pop(session, None)
            self.exempt.discard(session)

    @property
    def texts(self):
        return [sql for statements in self.open.values() for sql in statements]

    @staticmethod
    def rules_in(detail):
        return RULE.findall(detail)

    # Refusals

    def refusal(self, refusal, named, names_all=True):
        sql, before, after = refusal.sql, refusal.before, refusal.after
        errors = [row for row in named if row["level"] == "error"]
        if not errors:
            return "refused without a violation", f"{sql}\nlast_violations() has no error"
        for row in errors:
            self.counts.add("rule", row["rule"], f"refused at {row['moment']}")
        moments = {row["moment"] for row in errors}
        if after is None:
            # What would come later in the statement fails by itself; the guard was there first.
            self.counts.add("refusals", f"not compared: PostgreSQL says {refusal.done.sqlstate}")
            return None
        for row in errors:
            if row["moment"] == "before" and not self.is_about_a_relation(row):
                continue
            if (problem := self.wrongly_named(row, before, after)) is not None:
                return f"wrong refusal: {row['rule']}", problem
        if names_all and not self.exempt and moments & {"statement", "commit"}:
            return self.forgotten(sql, moments, named, before, after)
        return None

    def is_about_a_relation(self, row):
        return row["rule"] not in ("direct_ddl", "destructive_change", "identifier_too_long", "unrecorded_migration")

    def wrongly_named(self, row, before, after):
        if not self.is_about_a_relation(row):
            return None
        found = after.find(row)
        if not found and row["moment"] == "statement" and self.has_temporary:
            return None  # a column of a temporary type; it will go with the session, and the audit takes it for gone
        if not found and row["rule"] == "misnamed_constraint" and after.find(row | {"rule": "unnamed_constraint"}):
            return None  # it was named as PostgreSQL names what has no name, and the audit reports that instead
        if not found:
            if row["rule"] == "unnamed_constraint" and row["constraint"] not in self.written:
                return None  # a made-up name that the audit does not know as such: the table had another one
            return f"refused for: {describe(row)}\nwithout the guard the audit does not have it"
        if not any(after.is_new(other, before) for other in found):
            return f"refused for: {describe(row)}\nthe audit had it before"
        return None

    def forgotten(self, sql, moments, named, before, after):
        """Everything of the moment is named at once."""
        have = {(row["rule"], row["schema"], row["table"], row["column"], row["constraint"]) for row in named}
        for row in after.gained_since(before):
            key = (row["rule"], row["schema"], row["table"], row["column"], row["constraint"])
            if row["level"] != "error" or row["moment"] not in moments or key in have:
                continue
            if key[0] == "misnamed_constraint" and ("unnamed_constraint", *key[1:]) in have:
                continue  # it was given no name, which the audit does not know as the table has had another one
            if row["moment"] == "statement" and ("LIKE" in sql or self.nests):
                continue  # what LIKE copies is checked at the commit; a statement inside of it was refused first
            if self.is_no_violation_of_a_statement(row, before):
                continue
            return f"incomplete refusal: {row['rule']}", f"not named: {describe(row)}"
        return None

    # What passes

    def statement(self, sql, before, after):
        """A statement has passed: nothing of its moment must have been added. LIKE is checked at the commit."""
        if self.exempt or "LIKE" in sql:
            return None
        for row in after.gained_since(before):
            is_due = row["level"] == "error" and row["moment"] == "statement"
            if is_due and not self.is_no_violation_of_a_statement(row, before):
                return f"late: {row['rule']}", f"{sql}\nhas passed, and has added: {describe(row)}"
        return None

    def commit(self, sql, before, after, told):
        if self.exempt:
            return None
        for row in after.gained_since(before):
            self.counts.add("rule", row["rule"], f"let through as {row['level']}")
            if self.is_no_violation_of_a_statement(row, before):
                continue
            if row["level"] == "error":
                return f"hole: {row['rule']}", f"committed, and the audit has gained: {describe(row)}"
            if row["rule"] not in told:
                return f"silence: {row['rule']}", f"committed without a word: {describe(row)}"
        return None

    def is_no_violation_of_a_statement(self, row, before):
        """What the audit is known to see otherwise than the guard."""
        return (
            row["moment"] == "audit"
            or self.was_named(row)
            or self.is_an_old_name(row, before)
            or self.was_on_an_ancestor(row, before)
            or self.is_made_concurrently(row)
            or self.is_of_a_former_partition(row, before)
            or self.is_of_an_old_pair(row, before)
            or self.is_left_for_a_bound(row)
        )

    def was_named(self, row):
        """The audit guesses from the name of a constraint whether it was given one."""
        return row["rule"] == "unnamed_constraint" and (
            row["constraint"] in self.written or any("RENAME" in text or "SET SCHEMA" in text for text in self.texts)
        )

    def is_an_old_name(self, row, before):
        """Only new names are reported: not one that has become wrong since the table or a column got another one, or
        since the table has left the parent on which it was reported, or by which it was made."""
        was_made_for_parent = f"{row['table']} PARTITION OF" in " ".join(self.texts)
        is_old = before.had_name(row) or was_made_for_parent or self.had_name_at_a_commit(row)
        return row["rule"].startswith(OF_THE_NAME) and is_old and any(map(NEW_PLACE.search, self.texts))

    def had_name_at_a_commit(self, row):
        """A block may commit, and change then the place of what it has named before."""
        name = row["constraint"] or row["index"] or row["column"] or row["table"]
        parts = "\n".join(self.texts).split(f"\n{COMMIT}\n")
        return any(name in part and any(map(NEW_PLACE.search, parts[place:])) for place, part in enumerate(parts, 1))

    def was_on_an_ancestor(self, row, before):
        """What leaves its parent is not reported for what was reported on the parent."""
        ancestors = before.ancestors(row["relation_id"])
        # The same transaction may have given it the parent, which is none before it and none after it.
        comes_and_goes = all(any(word in text for text in self.texts) for word in ("ATTACH", "DETACH"))
        return any(
            (other["rule"], other["column"]) == (row["rule"], row["column"])
            and (comes_and_goes or other["relation_id"] in ancestors)
            for other in before.rows
        )

    def is_made_concurrently(self, row):
        """The new one must come before the old one is dropped."""
        return row["rule"] in OF_INDEXES and any("CONCURRENTLY" in text for text in self.texts)

    def is_of_a_former_partition(self, row, before):
        """What an index that was the parent's is beside another one is not found when the partition leaves."""
        return row["rule"] in OF_INDEXES and before.had_name(row) and any("DETACH" in text for text in self.texts)

    def is_of_an_old_pair(self, row, before):
        """Which one of two equal indexes is to go may change, when the other one becomes the parent's, for example."""
        key = ("rule", "relation_id", "definition")
        has_pair = any(all(row[part] == old[part] for part in key) for old in before.rows)
        return row["rule"] == "duplicate_index" and before.had_name(row) and has_pair

    def is_left_for_a_bound(self, row):
        """DETACH PARTITION CONCURRENTLY leaves a check in the place of the bound, to which nobody could give a name."""
        return row["rule"].endswith("_constraint") and any("DETACH" in text and "CONC" in text for text in self.texts)
