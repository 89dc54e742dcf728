"""Puts a fault and its situations together to statements.

In the texts of both, `$s` is the schema, `$t` the table, `$c` the column that the situation is about, with its `$type`,
its first `$value` and its `$null`; `$i` and `$k` are the index and the constraint; `$n` makes the names of a second
situation differ from those of the first.
"""

import re
from dataclasses import replace
from string import Template

from fault import MARK
from model import AlterTable, Case, Column, Constraint, CreateTable, Statement, cut, map_texts, quote

# The names of the parts of the table `t`.
OF_TABLE = re.compile(r"\b(pk|uq|ix|ck|fk|ex)_t(?=_|\b)")
SERIAL = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}


def render(value, words):
    return map_texts(value, lambda text: Template(text).substitute(words))


def needs_value(column):
    """Whether a column cannot be added to a table with rows."""
    filled = isinstance(column, Constraint) or column.default or column.made or column.type in SERIAL
    return not filled and column.not_null


def fits(fault, situation, way, version):
    """Whether a fault can stand in a situation."""
    if version < max(situation.since, fault.since) or fault.statements and not fault.columns:
        return False
    if way == "created" and not situation.in_the_statement:
        return False
    if way == "altered" and not fault.statements and (situation.about != "table" or situation.change):
        return False
    if situation.about == "named":
        return any(each.name == "c" for each in fault.columns)
    if situation.change in ("generated", "virtual") and not fault.columns:
        return False
    if any("REPLICA IDENTITY USING INDEX $i" in each for each in situation.after):
        return any(f"CREATE UNIQUE INDEX {fault.index} " in each for each in fault.after)
    if situation.table and fault.table:
        return False
    return situation.about == "table" or bool(getattr(fault, "subject" if situation.about == "column" else situation.about))


def build(fault, situations, way, seed, second=None):
    """Returns the case of a fault, or of two faulty tables."""
    case = Builder(fault, situations, way, seed).build()
    if second:
        other = map_texts(Builder(second, (), way, seed, "u").build(), lambda text: OF_TABLE.sub(r"\1_u", text))
        case.setup += other.setup[1:]
        case.faulty += other.faulty if way != "moved" else []
        case.situations += ("a second faulty table",)
    return case


class Builder:
    def __init__(self, fault, situations, way, seed, table="t"):
        self.fault, self.situations = fault, situations
        self.case = Case(seed, way, fault.rule, fault.title, tuple(each.name for each in situations), dict(fault.settings))
        self.schema = self.case.schema
        self.table = fault.table or next((each.table for each in situations if each.table), table)
        hard = next((each.column for each in situations if each.column), None)
        self.subject = hard if hard and fault.subject == "c" else fault.subject or "c"
        self.changes = {each.change for each in situations if each.change}
        self.words = {
            "s": self.schema,
            "t": f"{self.schema}.{quote(cut(self.table))}",
            "c": quote(cut(self.subject)),
            "i": quote(fault.index or "none"),
            "k": quote(fault.constraint or "none"),
            "n": "",
        }
        self.describe_subject()

    def describe_subject(self):
        fault = self.fault
        own = next((each for each in (*fault.columns, fault.id) if each and each.name == fault.subject), None)
        type = render(own.type, self.words) if own else "bigint"
        value = render(own.values[0], self.words) if own and own.values else "NULL"
        not_null = "NOT NULL" if own and own.not_null else ""
        self.words |= {"type": SERIAL.get(type, type), "value": value, "null": not_null}

    def of_fault(self, value):
        return render(value, self.words)

    def of_situations(self, part):
        return [
            text
            for number, each in enumerate(self.situations)
            for text in render(getattr(each, part), self.words | {"n": "" if number == 0 else str(number + 1)})
        ]

    def name(self, columns):
        """Gives the column that is called `c` its name."""
        return [replace(each, name=self.subject) if each.name == "c" else each for each in columns]

    def columns(self):
        base = [self.fault.id] if self.fault.id else []
        base += [MARK] if self.fault.marked else []
        return [*self.of_fault(tuple(base)), *self.of_fault(self.fault.required)]

    def faulty_columns(self):
        columns = self.name(self.of_fault(self.fault.columns))
        if self.changes & {"generated", "virtual"}:
            kind = "VIRTUAL" if "virtual" in self.changes else "STORED"
            columns = [*columns[1:], replace(columns[0], name="raw", constraints=()), replace(
                columns[0], values=(), default=None, made=f"GENERATED ALWAYS AS (raw) {kind}")]  # fmt: skip
        return columns

    def key(self):
        key = self.of_fault(self.fault.key)
        if key and any(each.in_key for each in self.situations):
            return replace(key, definition=f"PRIMARY KEY (id, {self.words['c']})")
        return key

    def elements(self):
        """Returns what the table has anyway and what is at fault."""
        constraints = list(self.of_fault(self.fault.constraints))
        key = [self.key()] if self.fault.key else []
        at_key = bool(self.fault.id and self.fault.subject == "id" and not self.fault.columns)
        anyway, faulty = self.columns(), [*self.faulty_columns(), *constraints]
        if at_key:
            return anyway[1:], [anyway[0], *faulty, *key]
        return [*anyway, *self.of_situations("columns")], [*faulty, *key] if self.in_key() else [*key, *faulty]

    def in_key(self):
        return any(each.in_key for each in self.situations)

    def create(self, elements):
        tail = "".join(self.of_situations("tail")) or self.of_fault(self.fault.tail)
        head = f"{self.fault.head} {self.schema}.{quote(self.table)}"
        if "typed" in self.changes:
            return self.create_typed(head, elements)
        if "inherited" in self.changes:
            elements = [each for each in elements if not (isinstance(each, Column) and each.name == self.subject)]
        return CreateTable(head, tuple(elements), tail)

    def create_typed(self, head, elements):
        """PostgreSQL allows a typed table no identity and no generated column."""
        columns = [each for each in elements if isinstance(each, Column)]
        shape = ", ".join(f"{quote(each.name)} {SERIAL.get(each.type, each.type)}" for each in columns)
        self.case.setup.append(f"CREATE TYPE {self.schema}.shape AS ({shape})")
        options = [replace(each, type="WITH OPTIONS", made=None) for each in columns]
        constraints = [each for each in elements if isinstance(each, Constraint)]
        return CreateTable(f"{head} OF {self.schema}.shape", tuple([each for each in options if each.not_null or each.default] + constraints))

    def rows(self, columns):
        """Three rows, or as many as there are values for; a NULL stands where a column has fewer of them."""
        kind = next((each.rows for each in self.situations if each.rows != "some"), "some")
        given = [each for each in columns if each.values or each.name == "id" and "typed" in self.changes]
        if kind == "none" or not given:
            return []
        lines = []
        for row in range(3):
            values = [self.value(each, row, kind) for each in given]
            lines.append(f"({', '.join(values)})")
        names = ", ".join(quote(cut(each.name)) for each in given)
        return [f"INSERT INTO {self.words['t']} ({names}) VALUES {', '.join(lines)}"]

    def value(self, column, row, kind):
        if kind == "nulls" and row and not column.not_null or row >= len(column.values):
            return str(row + 1) if column.name == "id" else "NULL"
        return column.values[row]

    def build(self):
        case, fault, t = self.case, self.fault, self.words["t"]
        case.setup += [f"CREATE SCHEMA {self.schema}", *self.of_fault(fault.setup)]
        if fault.statements and not fault.columns:
            case.faulty += self.of_fault(fault.statements)
            return case
        case.setup += [*self.of_fault(fault.before), *self.of_situations("before")]
        anyway, faulty = self.elements()
        extra = self.of_situations("constraints")
        partitions, after = self.of_situations("partitions"), [*self.of_fault(fault.after)]
        if case.way == "created":
            statements = [*partitions, *after]
            case.faulty += [self.create([*anyway, *faulty, *extra]), *map(Statement, statements)]
            return case
        added = case.way == "altered" and not fault.statements
        create = self.create(anyway if added else [*anyway, *faulty, *extra])
        given = [each for each in (*anyway, *(() if added else faulty)) if isinstance(each, Column)]
        filled = not added or not any(needs_value(each) for each in faulty)
        case.setup += [create.sql(), *partitions, *([] if added else after), *(self.rows(given) if filled else [])]
        case.setup += self.of_situations("after")
        if added:
            case.faulty += [AlterTable(f"ALTER TABLE {t}", tuple(faulty)), *map(Statement, after)]
        elif case.way == "altered":
            case.faulty += self.of_fault(fault.statements)
        else:
            case.faulty.append(Statement("ALTER SCHEMA side RENAME TO app"))
        return case
