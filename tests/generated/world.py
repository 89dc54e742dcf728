"""What a session sees in the database that is not guarded, as the next statement may be about it."""

import json
import re
from types import SimpleNamespace

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
RESERVED = {"order", "user", "table", "select", "end", "group", "check", "column", "default", "references"}
# What the harness itself needs.
OF_THE_HARNESS = {"scratch_run", "scratch_later", "alembic_version"}


def quote(name):
    if PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def beside(table, name):
    """The name of an index of a table, which is in the table's schema."""
    return f"{'pg_temp' if table.is_temporary else quote(table.schema)}.{quote(name)}"


class Thing(SimpleNamespace):
    """A table, view, type or sequence."""

    def __str__(self):
        return beside(self, self.name)

    @property
    def is_temporary(self):
        return getattr(self, "persistence", "p") == "t"

    def column(self, number):
        return next((column for column in self.columns if column.number == number), None)

    def names(self, numbers):
        columns = [self.column(number) for number in numbers or ()]
        return [column.name for column in columns if column]

    def column_list(self, numbers):
        return ", ".join(map(quote, self.names(numbers)))


class World:
    def __init__(self, text):
        # Each session calls its own so; that of another one is not there for it.
        text = re.sub(r"\bpg_temp_\d+", "pg_temp", text)
        found = json.loads(text, object_hook=lambda fields: Thing(**fields))
        self.relations = [thing for thing in found.relations if thing.name not in OF_THE_HARNESS]
        self.types, self.schemas, self.role = found.types, found.schemas, found.role
        self.by_oid = {relation.oid: relation for relation in self.relations}

    def of_kind(self, kinds):
        return [relation for relation in self.relations if relation.kind in kinds]

    @property
    def tables(self):
        return self.of_kind("rp")

    def children(self, relation):
        return [other for other in self.relations if relation.oid in other.parents]
