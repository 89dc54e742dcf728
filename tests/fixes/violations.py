"""The violations that the guard reports, and which of them are the same before and after a fix."""

import re
from collections import Counter
from dataclasses import dataclass

# Only the statement shows these: asking for everything that is wrong with a table does not find them.
OF_THE_STATEMENT = {"unnamed_constraint", "identifier_too_long", "destructive_change", "direct_ddl", "unrecorded_migration"}

NAMES = """
SELECT 'table', oid, 0, relname, '' FROM pg_class
WHERE relnamespace = to_regnamespace('app') AND relkind IN ('r', 'p', 'f', 'c')
UNION ALL
SELECT 'column', attrelid, attnum, attname, '' FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace = to_regnamespace('app') AND attnum > 0
UNION ALL
SELECT 'part', conrelid, c.oid, conname, concat_ws(' ', contype, conkey, confrelid)
FROM pg_constraint c WHERE connamespace = to_regnamespace('app') AND conrelid <> 0
UNION ALL
SELECT 'part', indrelid, indexrelid, relname, concat_ws(' ', indkey, indisunique, indpred IS NULL)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = to_regnamespace('app') AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL
SELECT 'type', oid, 0, typname, '' FROM pg_type WHERE typnamespace = to_regnamespace('app') AND typrelid = 0
"""


@dataclass(frozen=True)
class Violation:
    rule: str
    table: str | None
    column: str | None
    part: str | None
    type: str | None
    fix: str
    applies: str
    caution: str | None
    level: str

    def __str__(self):
        return f"{self.rule} {'.'.join(filter(None, (self.table or self.type, self.column or self.part)))}"


def read(connection):
    """Returns the violations of the last command, in their order."""
    cursor = connection.execute("SELECT * FROM guardrail.last_violations()")
    columns = [column.name for column in cursor.description]
    rows = [dict(zip(columns, row)) for row in cursor]
    return [
        Violation(row["rule"], row["table_name"], row["column_name"], row["constraint_name"],
                  None if row["table_name"] else row["data_type"],
                  row["fix"], row["fix_applies"], row["fix_caution"], row["level"])
        for row in rows
    ]  # fmt: skip


class Names:
    """Which object a name stands for, at one moment."""

    def __init__(self, connection):
        self.tables, self.parts, self.signatures = {}, {}, {}
        for kind, relation, number, name, signature in connection.execute(NAMES):
            if kind in ("table", "type"):
                self.tables[name] = relation
            else:
                self.parts[kind, relation, name] = number
            if kind == "part":
                self.signatures[number] = (relation, signature, name)

    def key(self, violation):
        name = violation.table or re.sub(r'^"?\w+"?\.', "", violation.type or "").strip('"')
        table = self.tables.get(name, name)
        if violation.rule == "identifier_needs_quotes":  # It lists all names of a table.
            return violation.rule, table, None, None
        if violation.column:
            return violation.rule, table, "column", self.parts.get(("column", table, violation.column), violation.column)
        if violation.rule == "duplicate_index":  # It names one of those that are equal.
            return violation.rule, table, "part", None
        if violation.part:
            return violation.rule, table, "part", self.parts.get(("part", table, violation.part), violation.part)
        return violation.rule, table, None, None

    def keys(self, violations):
        return Counter(map(self.key, violations))

    def in_terms_of(self, older, violations):
        """Returns keys as `older` has them: what was made anew counts as what it has taken the place of."""
        gone = {}
        for number, (*signature, name) in older.signatures.items():
            if number not in self.signatures:
                gone[tuple(signature)] = gone[*signature, name] = number
        keys = Counter()
        for (rule, table, kind, number), count in self.keys(violations).items():
            if kind == "part" and number and number not in older.signatures:
                signature = self.signatures.get(number, (number,))
                number = gone.get(signature, gone.get(signature[:-1], number))
            keys[rule, table, kind, number] += count
        return keys

    def has_column(self, violation, name=None):
        return ("column", self.tables.get(violation.table), name or violation.column) in self.parts

    def still_has(self, violation):
        """Whether the constraint is there under its old name."""
        return ("part", self.tables.get(violation.table), violation.part) in self.parts
