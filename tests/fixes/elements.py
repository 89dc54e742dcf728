"""Puts the elements that a fix of kind `instead` has written in the place of the faulty ones."""

import re
from dataclasses import replace

from model import AlterTable, Column, Constraint, CreateTable, CreateTableAs, Statement, Written, with_elements

IDENTIFIER = r'("(?:[^"]|"")+"|[^\s",;()]+)'
ELEMENT = re.compile(rf"(?:ADD (?:COLUMN |ATTRIBUTE )?|ALTER (?:COLUMN )?)?(?P<constraint>CONSTRAINT )?(?P<name>{IDENTIFIER})")
KEY = re.compile(r"(PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK|EXCLUDE)[^(]*\(([^)]*)\)")
LINE = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'\n])+""")
OUTPUT = re.compile(rf" AS {IDENTIFIER}$")


def split(fix):
    """Splits a fix into its lines; a newline within quotes belongs to a name."""
    return [line.strip() for line in LINE.findall(fix) if line.strip()]


def unquote(name):
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def resemble(one, other):
    """Whether a name is the other one in other letters, as a fix of names writes it."""
    plain = [re.sub(r"[\W_]", "", name).lower() for name in (one, other)]
    return plain[0] == plain[1] != ""


def put(statement, fixes):
    """Returns the statements to run first, and the statement with the elements of the fixes in it."""
    lines = list(dict.fromkeys(line for fix in fixes for line in split(fix)))
    whole = [line for line in lines if line.endswith(";")]
    elements = [line for line in lines if not line.endswith(";")]
    if not elements and whole:
        return [Statement(line.rstrip(";")) for line in whole[:-1]], Statement(whole[-1].rstrip(";"))
    for line in elements:
        statement = put_element(statement, line)
    return [Statement(line.rstrip(";")) for line in whole], statement


def put_element(statement, line):
    if isinstance(statement, CreateTableAs):
        return put_output(statement, line)
    if not isinstance(statement, (CreateTable, AlterTable)):
        raise ValueError(f"there is no element in {statement.sql()} to write this instead of: {line}")
    parts = ELEMENT.match(line)
    name = unquote(parts["name"])
    put_in = put_constraint if parts["constraint"] else put_column
    return with_elements(statement, put_in(statement.elements, name, line))


def put_output(statement, line):
    name = unquote(OUTPUT.search(line)[1]) if OUTPUT.search(line) else unquote(line)
    if name not in {each.name for each in statement.elements}:
        raise ValueError(f"no output column is called {name}")
    return with_elements(statement, [Written(line, name) if each.name == name else each for each in statement.elements])


def put_column(elements, name, line):
    """Replaces the column of this name, or of one that differs in what makes it need quotes."""
    columns = [each for each in elements if isinstance(each, Column) or isinstance(each, Written)]
    old = next((each for each in columns if each.name == name), None)
    old = old or next((each for each in columns if each.name and resemble(each.name, name)), None)
    new = Written(line, name)
    return [new if each is old else each for each in elements] if old else [*elements, new]


def put_constraint(elements, name, line):
    """Replaces the constraint of this name or else the one without a name that says the same."""
    new = Written(line, name)
    for number, element in enumerate(elements):
        if isinstance(element, (Constraint, Written)) and (element.name == name or is_meant(element, line)):
            return [*elements[:number], new, *elements[number + 1 :]]
        if isinstance(element, Column):
            kept = tuple(each for each in element.constraints if each.name != name and not is_meant(each, line))
            if kept != element.constraints:
                return [*elements[:number], replace(element, constraints=kept), *elements[number + 1 :], new]
    return [*elements, new]


def is_meant(constraint, line):
    """Whether a constraint without a name is the one that a line of a fix gives a name to."""
    if not isinstance(constraint, Constraint) or constraint.name:
        return False
    new, old = KEY.search(line), KEY.search(constraint.definition)
    if not new or new[1] != old[1]:
        return False
    if old[1] in ("CHECK", "EXCLUDE"):
        return all(column in line for column in constraint.columns)
    return [part.strip() for part in new[2].split(",")] == [part.strip() for part in old[2].split(",")]
