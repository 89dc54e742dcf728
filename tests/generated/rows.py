"""Rows of audits, and what makes two of them the same violation."""

import re

QUOTED = re.compile(r'"(?:[^"]|"")*"')
# One row of these may come to say something else about the same object.
SAYS_MORE = {"identifier_needs_quotes"}


def object_of(row):
    """The object by its number."""
    if row["index"] and row["index_id"]:
        return ("index", row["index_id"])
    if row["constraint_id"]:
        return ("constraint", row["constraint_id"])
    if row["column"]:
        return ("column", row["relation_id"], row["column_id"] or row["column"])
    return ("relation", row["relation_id"] or (row["schema"], row["table"]))


def identity(row):
    # The table may have got another name or schema since.
    more = row["message"].partition(" of table ")[0] if row["rule"] in SAYS_MORE else None
    return (row["rule"], *object_of(row), more)


def by_definition(row):
    """What a constraint or index that was made anew, by PostgreSQL or by the statement, has in common with the old one."""
    if not (row["constraint"] or row["index"]):
        return None
    relation = row["relation_id"] or (row["schema"], row["table"])
    return (row["rule"], relation, row["constraint"] or row["index"], row["definition"])


def in_place_of(row):
    """A foreign key without an index that takes the place of one on the same columns is not a new one."""
    return (row["rule"], row["relation_id"], row["definition"]) if row["rule"] == "fk_without_index" else None


def names(row):
    """The names in a violation, by which it is found in another database."""
    parts = ("rule", "schema", "table", "column", "constraint", "index")
    return tuple(row[part] for part in parts)


def describe(row):
    words = [row["schema"], row["table"], row["column"] or row["constraint"] or row["index"]]
    return f"{row['rule']} {'.'.join(filter(None, words))} ({row['level']}): {row['message']}"


def cause(row):
    """The message without the names in it, unless it is about a name."""
    if row["rule"].startswith(("misnamed_", "identifier_")):
        return row["message"]
    return QUOTED.sub('""', row["message"])


class Audit:
    """What an audit has found that is open."""

    def __init__(self, found):
        rows = found["rows"]
        self.names = found["names"]
        self.parents = {}
        for child, parent in found["inherits"]:
            self.parents.setdefault(child, []).append(parent)
        self.rows = [row for row in rows if row["status"] != "exempt"]
        self.exempt = [row for row in rows if row["status"] == "exempt"]
        self.identities = {identity(row) for row in self.rows}
        self.causes = {(identity(row), cause(row)) for row in self.rows}
        self.definitions = {by_definition(row) for row in self.rows} - {None}

    def gained_since(self, before):
        """The rows that the earlier audit does not have."""
        gone = {in_place_of(row) for row in before.rows if identity(row) not in self.identities} - {None}
        return [
            row
            for row in self.rows
            if identity(row) not in before.identities
            and by_definition(row) not in before.definitions
            and in_place_of(row) not in gone
        ]

    def is_new(self, row, before):
        """Whether a row of this audit is new in the strict sense: another object, or another cause."""
        return (identity(row), cause(row)) not in before.causes

    def ancestors(self, relation):
        found, waiting = set(), [relation]
        while waiting:
            new = [parent for parent in self.parents.get(waiting.pop(), []) if parent not in found]
            found.update(new)
            waiting += new
        return found

    def had_name(self, row):
        """Whether the object of a row of another audit had the name that it has in the row."""
        name = row["column"] or row["constraint"] or row["index"] or row["table"]
        key = " ".join(map(str, object_of(row)))
        if key.startswith("constraint "):
            # PostgreSQL may have made it anew.
            return name in {known for other, known in self.names.items() if other.startswith("constraint ")}
        return self.names.get(key) == name

    def find(self, named):
        return [row for row in self.rows if names(row) == names(named)]
