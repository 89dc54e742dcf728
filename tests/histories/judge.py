"""Compares the guard's reports with what the queries find: statement by statement, and after each transaction."""

import re
from collections import Counter
from dataclasses import dataclass

from guard import Message, name_violation
from wire import Statement

NOW = "SELECT rule, relid, schema_name, table_name, object_name, ids, definition, at_statement FROM truth.now"
# Where the tools note their migrations. The queries leave some of these tables out altogether, the rules each in part.
MIGRATION_TABLES = {"alembic_version", "django_migrations", "migrations"}
NAMED = r"((?<!drop )(?<!rename )(?<!validate )(?<!alter )constraint|using\s+index)\s+\"?{}(?!\w)"


@dataclass(frozen=True)
class Found:
    """A violation that the queries find."""

    rule: str
    relid: int
    schema: str
    table: str
    name: str | None
    ids: tuple
    definition: str | None
    at_statement: bool

    @classmethod
    def read(cls, rule, relid, schema_name, table_name, object_name, ids, definition, at_statement):
        return cls(rule, int(relid), schema_name, table_name, object_name, tuple(ids or ()), definition, at_statement)

    def __str__(self):
        return name_violation(self.rule, self.schema, self.table, self.name, None)


class Known:
    """The violations of one moment, to tell those of the next moment that were there before."""

    def __init__(self, found):
        self.parts = {part for one in found for part in self.parts_of(one)}
        self.rebuilt = {(one.rule, one.relid, one.name, one.definition) for one in found if one.definition}

    @staticmethod
    def parts_of(one):
        """A part that gets another name which does not fit either violates a rule about names anew."""
        name = one.name if one.rule.startswith("misnamed_") else None
        return {(one.rule, one.relid, part, name) for part in one.ids or [None]}

    def holds(self, one):
        """It is the same table, or the same part of it, or a constraint or index that was made anew just as it was."""
        same = (one.rule, one.relid, one.name, one.definition) in self.rebuilt
        return same or not self.parts.isdisjoint(self.parts_of(one))

    def added(self, later):
        return [one for one in later if not self.holds(one)]


def is_named(found, sql):
    """The statement gives the constraint its name, which PostgreSQL cuts at 63 bytes."""
    name = re.escape(found.name) + (r"\w*" if len(found.name.encode()) == 63 else "")
    return re.search(NAMED.format(name), sql, re.IGNORECASE) is not None


@dataclass
class Transaction:
    """The levels of what was reported, where that is not what was added, and the migrations noted down by then."""

    levels: list
    unfounded: list
    missed: list
    noted: list


class Judge:
    """Is called after each transaction, and keeps what it has found; only what breaks one of the rules counts."""

    def __init__(self, database, rules, level_of):
        self.database, self.rules, self.level_of = database, rules, level_of
        self.connection = database.connect()
        self.transactions, self.partitions = [], set()
        self.before = Known(self.look())

    def look(self):
        return [Found.read(*row) for row in self.connection.execute(NOW, prepare=True)]

    def at_rest(self, events):
        after = self.look()
        expected = self.added_by([event for event in events if isinstance(event, Statement)])
        # A change of a column's type makes its constraints anew under the same names.
        unnamed = {(one.relid, one.name) for one in expected if one.rule == "unnamed_constraint"}
        for one in self.before.added(after):
            # A constraint without a name is not also reported as one with a bad name.
            if not one.at_statement and not (one.rule == "misnamed_constraint" and (one.relid, one.name) in unnamed):
                expected.append(one)
        reports = [event for event in events if isinstance(event, Message)]
        reported = Counter(str(report) for report in reports if report.table not in MIGRATION_TABLES)
        wanted = Counter(str(one) for one in expected if one.rule in self.rules and one.table not in MIGRATION_TABLES)
        unfounded, missed = (sorted(rest.elements()) for rest in (reported - wanted, wanted - reported))
        levels = [self.level_of[report.rule] for report in reports]
        self.transactions.append(Transaction(levels, unfounded, missed, self.database.noted()))
        self.before = Known(after)

    def added_by(self, statements):
        """Returns what each statement added, without what LIKE copied into a table that is a partition in the end."""
        known, expected = self.before, []
        partitions = self.made_as_partitions()
        for statement in statements:
            if statement.found is None:
                continue
            found = [Found.read(**one) for one in statement.found]
            copies = statement.tag == "CREATE TABLE" and re.search(r"\(\s*like\s", statement.text, re.IGNORECASE)
            expected += [
                one
                for one in known.added(found)
                if not (copies and one.relid in partitions)
                and not (one.rule == "unnamed_constraint" and is_named(one, statement.text))
            ]
            known = Known(found)
        return expected

    def made_as_partitions(self):
        """Returns the partitions that were not there before."""
        now = {relid for (relid,) in self.connection.execute("SELECT oid FROM pg_class WHERE relispartition")}
        before, self.partitions = self.partitions, now
        return now - before
