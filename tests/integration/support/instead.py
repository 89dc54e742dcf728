"""Puts the elements of a fix into a refused statement, in the place of the faulty ones.

This is what a person does who reads `In CREATE TABLE write:`. An element is a column, a constraint, a subcommand of
ALTER TABLE, an attribute.
"""

import re

import sql_text

KINDS = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE")
ALTER = re.compile(r"\s*ALTER\s+(?:FOREIGN\s+)?(?:TABLE|TYPE)\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?", re.IGNORECASE)
NAME = re.compile(r'(?:"(?:[^"]|"")*"|[\w$]+)(?:\.(?:"(?:[^"]|"")*"|[\w$]+))?\s+')
COLUMN_WORDS = {"ADD", "ALTER", "COLUMN", "ATTRIBUTE", "IF", "NOT", "EXISTS"}
PARTITION = re.compile(r"PARTITION BY .+$", re.IGNORECASE | re.DOTALL)


class Element:
    """An element of a statement: a column or a constraint, or neither of them."""

    def __init__(self, text):
        self.text = text
        self.tokens = sql_text.words(text)
        upper = [token.upper() for token in self.tokens]
        first = 1 if upper[0] == "ADD" else 0
        self.column = self.constraint = self.kind = None
        if upper[first] == "CONSTRAINT":
            self.constraint, self.kind = sql_text.as_name(self.tokens[first + 1]), upper[first + 2]
        elif upper[first] in KINDS:
            self.kind = upper[first]
        elif upper[first] not in ("LIKE", "NOT", "DROP", "SET", "RENAME"):
            skipped = next(at for at, word in enumerate(upper) if at >= first and word not in COLUMN_WORDS)
            self.column = sql_text.as_name(self.tokens[skipped])
            self.is_quoted = sql_text.is_quoted(self.tokens[skipped])

    def over(self):
        """What a constraint is over: the first brackets."""
        brackets = sql_text.find_brackets(self.text)
        return "".join(sql_text.words(brackets[1])) if brackets else None


def take_apart(statement):
    """What comes before the elements, the elements, and what comes after them."""
    alter = ALTER.match(statement)
    if alter:
        end = NAME.match(statement, alter.end()).end()
        return statement[:end], sql_text.split(statement[end:], ","), ""
    head, elements, tail = sql_text.find_brackets(statement)
    return head, sql_text.split(elements, ","), tail


def rewrite(statement, lines):
    """The statements to run in the place of a refused one. `lines` are the elements, and statements to run before."""
    before = [line for line in lines if line.endswith(";")]
    elements = [line for line in lines if not line.endswith(";")]
    if not elements:
        return before
    head, old, tail = take_apart(statement)
    is_alter = ALTER.match(statement)
    for line in [line for line in elements if not is_alter]:
        if line.startswith("PARTITION BY "):
            tail = PARTITION.sub(lambda _, line=line: line, tail)
        elif re.match(r"CREATE (FOREIGN )?(TABLE|TYPE) ", line):
            head = line + (" AS " if head.rstrip().upper().endswith(" AS") else " ")
    new = [Element(line) for line in elements if not line.startswith(("PARTITION BY ", "CREATE "))]
    merged = ", ".join(merge([Element(text) for text in old], new))
    return [*before, f"{head}{merged}" if is_alter else f"{head}({merged}){tail}"]


def merge(old, new):
    """The texts of the elements: new ones stand in the place of those that they replace, or at the end."""
    places = {id(element): element for element in old}
    added = []
    for element in new:
        replaced = find(element, [other for other in old if places[id(other)] is other])
        if replaced is None:
            added.append(element)
        else:
            places[id(replaced)] = element
    return [element.text for element in [*places.values(), *added]]


def find(element, old):
    """The element that this one stands for: of its name, or a faulty one without a name or with another one."""
    if element.column is not None:
        same = [other for other in old if other.column == element.column]
        return (same or [other for other in old if is_like(other, element)] or [None])[0]
    if element.constraint is None:
        return None
    same = [other for other in old if other.constraint == element.constraint]
    unnamed = [other for other in old if other.kind == element.kind and other.constraint is None and other.column is None]
    over = [other for other in unnamed if other.over() == element.over()]
    return (same or over or unnamed or [None])[0]


def is_like(old, new):
    """Whether a quoted column has the letters of a new one: `"OrderId"` and `order_id`."""

    def letters(name):
        return re.sub(r"[\W_]", "", name.lower())

    return old.column is not None and old.is_quoted and letters(old.column) == letters(new.column)
