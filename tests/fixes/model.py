"""Statements as structured data: a program can put another element in the place of a faulty one."""

import re
from dataclasses import dataclass, field, fields, is_dataclass, replace

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
RESERVED = {"order", "user", "table", "select", "end", "group", "check", "column", "default"}


def quote(name):
    if PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def cut(name):
    """A name as PostgreSQL keeps it."""
    return name and name.encode()[:63].decode(errors="ignore")


def literal(text):
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Constraint:
    """`definition` is what follows the name; `inline` is what a column says instead, `columns` are those it is over."""

    definition: str
    columns: tuple = ()
    name: str | None = None
    inline: str | None = None

    @property
    def kind(self):
        return re.match(r"PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK|EXCLUDE", self.definition)[0]

    def sql(self, text=None):
        prefix = f"CONSTRAINT {quote(self.name)} " if self.name else ""
        return prefix + (text or self.definition)


@dataclass(frozen=True)
class Column:
    """`values` are SQL expressions for the rows; where there is none, the column's default or NULL is taken."""

    name: str
    type: str
    values: tuple = ()
    default: str | None = None
    not_null: bool = True
    made: str | None = None  # GENERATED …
    constraints: tuple = ()  # written with the column

    def sql(self):
        words = [quote(self.name), self.type]
        words += [f"DEFAULT {self.default}"] if self.default else []
        words += [self.made] if self.made else []
        words += ["NOT NULL"] if self.not_null else []
        words += [constraint.sql(constraint.inline) for constraint in self.constraints]
        return " ".join(words)


@dataclass(frozen=True)
class Written:
    """An element as a fix has written it."""

    text: str
    name: str | None = None

    def sql(self):
        return self.text


@dataclass(frozen=True)
class Statement:
    """A statement that is only its text."""

    text: str
    elements: tuple = ()

    def sql(self):
        return self.text


@dataclass(frozen=True)
class CreateTable(Statement):
    """`text` is the head, before the elements."""

    tail: str = ""

    def sql(self):
        elements = ",\n    ".join(element.sql() for element in self.elements)
        return f"{self.text} (\n    {elements}\n){self.tail}"


@dataclass(frozen=True)
class CreateType(CreateTable):
    pass


@dataclass(frozen=True)
class AlterTable(Statement):
    """Adds its elements; `verb` stands before columns and attributes."""

    verb: str = "ADD COLUMN"

    def sql(self):
        return f"{self.text} " + ", ".join(self.subcommand(element) for element in self.elements)

    def subcommand(self, element):
        if isinstance(element, Written):
            return element.sql()
        return f"{self.verb if isinstance(element, Column) else 'ADD'} {element.sql()}"


@dataclass(frozen=True)
class CreateTableAs(Statement):
    """`text` is the head, `source` the query whose output is written anew."""

    source: str = ""

    def sql(self):
        if not self.elements:
            return f"{self.text} {self.source}"
        outputs = ", ".join(element.sql() for element in self.elements)
        return f"{self.text} SELECT {outputs} FROM ({self.source}) AS query"


@dataclass(frozen=True)
class SelectInto(CreateTableAs):
    """`text` is the new table."""

    def sql(self):
        outputs = ", ".join(element.sql() for element in self.elements) or "*"
        return f"SELECT {outputs} INTO {self.text} FROM ({self.source}) AS query"


@dataclass(frozen=True)
class CreateSchema(Statement):
    """`text` is the head; the elements are statements that make tables and indexes."""

    def sql(self):
        return "\n".join([self.text, *(element.sql() for element in self.elements)])


@dataclass
class Case:
    """What is run: `setup` with the guard off, then `faulty` with the guard on."""

    seed: str
    way: str
    rule: str
    fault: str
    situations: tuple
    settings: dict
    setup: list = field(default_factory=list)
    faulty: list = field(default_factory=list)

    @property
    def schema(self):
        return "side" if self.way == "moved" else "app"

    @property
    def title(self):
        return f"{self.fault}, {' + '.join(self.situations) or 'plain'}, {self.way}"


def map_texts(value, change):
    """Changes every text of a piece of data."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (tuple, list)):
        return type(value)(map_texts(each, change) for each in value)
    if is_dataclass(value):
        return replace(value, **{each.name: map_texts(getattr(value, each.name), change) for each in fields(value)})
    return value


def with_elements(statement, elements):
    return replace(statement, elements=tuple(elements))
