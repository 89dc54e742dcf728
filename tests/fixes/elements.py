"""Puts the elements that a fix of kind `instead` has written in the place of the faulty ones."""

import re
from dataclasses import replace

from model import AlterTable, Column, Constraint, CreateSchema, CreateTable, CreateTableAs, SelectInto, Statement, Written, cut, quote, with_elements

IDENTIFIER = r'((?:U&)?"(?:[^"]|"")+"|[^\s",;()]+)'
ELEMENT = re.compile(rf"(?:ADD (?:COLUMN |ATTRIBUTE )?|ALTER (?:COLUMN )?)?(?P<constraint>CONSTRAINT )?(?P<name>{IDENTIFIER})")
KEY = re.compile(r"(PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK|EXCLUDE)[^(]*\(([^)]*)\)")
LINE = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'\n])+""")
HEAD = re.compile(rf"CREATE (?:\w+ )*(?:{IDENTIFIER}\.)?{IDENTIFIER}")
INDEX = re.compile("CREATE (UNIQUE )?INDEX ")
ALTERED = re.compile(rf"(?P<head>ALTER TABLE (?:{IDENTIFIER}\.)?{IDENTIFIER}) (?P<rest>.*)", re.DOTALL)
LEAVE_OUT = re.compile(rf"-- Leave out constraint {IDENTIFIER}\.")
OUTPUT = re.compile(rf" AS {IDENTIFIER}$")


def split(fix):
    """Splits a fix into its lines; a newline within quotes belongs to a name."""
    return [line.strip() for line in LINE.findall(fix) if line.strip()]


def unquote(name):
    if name.startswith("U&"):
        return re.sub(r"\\(\\|[0-9A-F]{4})", read_escape, unquote(name[2:]))
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def read_escape(escape):
    return "\\" if escape[1] == "\\" else chr(int(escape[1], 16))


def resemble(one, other):
    """Whether a name is the other one in other letters, as a fix of names writes it."""
    plain = [re.sub(r"_\d+$|[\W_]", "", name).lower() for name in (one, other)]
    return plain[0] == plain[1] != ""


def put(statement, violations):
    """Returns the statements to run first, and the statement with the elements of the fixes in it."""
    if isinstance(statement, CreateSchema):
        return put_in_schema(statement, violations)
    lines = {line: violation.column for violation in reversed(violations) for line in reversed(split(violation.fix))}
    whole = [as_statement(line.rstrip(";")) for line in reversed(lines) if line.endswith(";")]
    elements = [(line, column) for line, column in reversed(lines.items()) if not line.endswith(";") and not line.startswith("--")]
    for parts in filter(None, map(LEAVE_OUT.fullmatch, lines)):
        statement = leave_out(statement, unquote(parts[1]))
    if not elements and whole:
        return whole[:-1], whole[-1]
    names = {each.name for each in statement.elements if isinstance(each, Column)}
    for line, column in sorted(elements, key=lambda each: unquote(ELEMENT.match(each[0])["name"]) not in names):
        statement = put_element(statement, line, column)
    return whole, statement


def leave_out(statement, name):
    """Removes the constraint of this name, where the statement writes it beside the columns."""

    def remains(element):
        return not isinstance(element, Constraint) or cut(element.name) != name

    return with_elements(statement, [element for element in statement.elements if remains(element)])


def put_in_schema(statement, violations):
    """Puts the elements of each table into the statement that makes it."""
    parts = [
        put(each, [violation for violation in violations if isinstance(each, CreateTable) and violation.table == name_of(each)])
        for each in statement.elements
    ]
    return [first for part in parts for first in part[0]], with_elements(statement, [part[1] for part in parts])


def name_of(table):
    return unquote(HEAD.match(table.text)[2])


def as_statement(text):
    parts = ALTERED.fullmatch(text)
    return AlterTable(parts["head"], (Written(parts["rest"]),)) if parts else Statement(text)


def put_element(statement, line, column):
    if line.startswith("CREATE "):
        return put_head(statement, line)
    if line.startswith("PARTITION BY "):
        return replace(statement, tail=f" {line}")
    if isinstance(statement, CreateTableAs):
        return put_output(statement, line)
    if not isinstance(statement, (CreateTable, AlterTable)):
        raise ValueError(f"there is no element in {statement.sql()} to write this instead of: {line}")
    if isinstance(statement, AlterTable) and not line.startswith("ADD "):
        return put_subcommand(statement, line)
    parts = ELEMENT.match(line)
    name = unquote(parts["name"])
    if parts["constraint"]:
        return with_elements(statement, put_constraint(statement.elements, name, line))
    return with_elements(statement, put_column(statement.elements, name, line, column))


def put_head(statement, line):
    """Gives the table or the type another name, or makes a table of another kind; what follows the name remains."""
    if isinstance(statement, SelectInto):
        return CreateTableAs(f"{line} AS", statement.elements, statement.source)
    return replace(statement, text=HEAD.sub(lambda _: line, statement.text, count=1))


def put_subcommand(statement, line):
    """Replaces the subcommand that begins with the same word, or the only one; what is to be dropped comes first."""
    if line.startswith("DROP CONSTRAINT "):
        return with_elements(statement, [Written(line), *statement.elements])
    same = [each for each in statement.elements if isinstance(each, Written) and each.text.split()[0] == line.split()[0]]
    old = same[0] if same else statement.elements[0]
    return with_elements(statement, [Written(line) if each is old else each for each in statement.elements])


def put_output(statement, line):
    name = unquote(OUTPUT.search(line)[1]) if OUTPUT.search(line) else unquote(line)
    if name not in {each.name for each in statement.elements}:
        raise ValueError(f"no output column is called {name}")
    return with_elements(statement, [Written(line, name) if each.name == name else each for each in statement.elements])


def put_column(elements, name, line, column):
    """Replaces the column of this name, or that of one that needs quotes, or the one that is at fault."""
    columns = [each for each in elements if isinstance(each, Column)]
    old = next((each for each in elements if isinstance(each, (Column, Written)) and cut(each.name) == name), None)
    old = old or next((each for each in columns if quote(each.name) != each.name and resemble(each.name, name)), None)
    old = old or next((each for each in columns if quote(each.name) != each.name == column), None)
    new = Written(line, name)
    return [new if each is old else each for each in elements] if old else [*elements, new]


def put_constraint(elements, name, line):
    """Replaces the constraint of this name, or the one without a name that says the same; or the only primary key."""
    new = Written(line, name)
    for number, element in enumerate(elements):
        if isinstance(element, (Constraint, Written)) and (cut(element.name) == name or is_meant(element, line)):
            return [*elements[:number], new, *elements[number + 1 :]]
        if isinstance(element, Column):
            kept = tuple(each for each in element.constraints if cut(each.name) != name and not is_meant(each, line))
            if kept != element.constraints:
                return [*elements[:number], replace(element, constraints=kept), *elements[number + 1 :], new]
    return [*elements, new]


def is_meant(constraint, line):
    """Whether a constraint without a name is the one that a line of a fix gives a name to."""
    if not isinstance(constraint, Constraint):
        return False
    if constraint.kind == "PRIMARY KEY" and KEY.search(line)[1] == "PRIMARY KEY":
        return True
    if constraint.name:
        return False
    new, old = KEY.search(line), KEY.search(constraint.definition)
    if not new or new[1] != old[1]:
        return False
    if old[1] == "CHECK":
        return all(column in line for column in constraint.columns)
    if old[1] == "EXCLUDE":
        return True
    return [part.strip() for part in new[2].split(",")] == [part.strip() for part in old[2].split(",")]


def renames(old, new):
    """Returns what has got another name and had to be quoted, as both are written."""
    heads = [HEAD.match(each.text) for each in (old, new) if not INDEX.match(each.text)]
    pairs = [(heads[0][2], heads[1][2])] if len(heads) == 2 and all(heads) else []
    for one, other in zip(old.elements, new.elements):
        if isinstance(one, Column) and isinstance(other, Written) and other.name:
            pairs.append((quote(one.name), quote(other.name)))
    return [pair for pair in pairs if pair[0] != pair[1] and pair[0].startswith('"')]
