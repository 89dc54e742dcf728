"""Puts the elements of a fix into a refused statement, in the place of the faulty ones.

This is what a person does who reads `In CREATE TABLE write:`. An element is a column, a constraint, a subcommand of
ALTER TABLE, an attribute.
"""

import re

import sql_text

KINDS = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE")
COLUMN_WORDS = {"ADD", "ALTER", "COLUMN", "ATTRIBUTE", "IF", "NOT", "EXISTS"}
PART = r'(?:(?:U&)?"(?:[^"]|"")*"|[\w$]+)'
NAME = rf"{PART}(?:\.{PART})?"
IF_EXISTS = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
ALTER = re.compile(rf"\s*ALTER\s+(?:FOREIGN\s+)?(?:TABLE|TYPE)\s+{IF_EXISTS}(?:ONLY\s+)?{NAME}\s+", re.IGNORECASE)
CREATE = re.compile(rf"\s*CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?(?:TABLE|TYPE|DOMAIN)\s+{IF_EXISTS}{NAME}", re.IGNORECASE)
PARTITION = re.compile(r"PARTITION BY .+$", re.IGNORECASE | re.DOTALL)
LEAVE_OUT = re.compile(rf"-- Leave out constraint ({PART})\.$")
QUERY = re.compile(r"(CREATE TABLE .+? AS) (.+)$", re.DOTALL)


class Element:
    """An element of a statement: a column or a constraint, or neither of them."""

    def __init__(self, text):
        self.text = text
        self.tokens = sql_text.words(text)
        upper = [token.upper() for token in self.tokens]
        first = 1 if upper[0] == "ADD" else 0
        self.column = self.constraint = self.kind = self.verb = None
        if upper[first] == "CONSTRAINT":
            self.constraint, self.kind = sql_text.as_name(self.tokens[first + 1]), upper[first + 2]
        elif upper[first] in KINDS:
            self.kind = upper[first]
        elif upper[first] in ("LIKE", "NOT", "DROP", "SET", "RENAME"):
            self.verb = upper[first]
        else:
            skipped = next(at for at, word in enumerate(upper) if at >= first and word not in COLUMN_WORDS)
            self.column = sql_text.as_name(self.tokens[skipped])
            self.is_quoted = sql_text.is_quoted(self.tokens[skipped])

    def over(self):
        """What a constraint is over: the first brackets."""
        brackets = sql_text.find_brackets(self.text)
        return "".join(sql_text.words(brackets[1])) if brackets else None


def rewrite(statement, lines):
    """The statements to run in the place of a refused one. `lines` are the elements, and statements to run before."""
    before = [line for line in lines if line.endswith(";")]
    left_out = [parts[1] for parts in map(LEAVE_OUT.match, lines) if parts]
    elements = [line for line in lines if not line.endswith(";") and not line.startswith("--")]
    if not elements:
        return before
    alter = ALTER.match(statement)
    if alter:
        old = sql_text.split(statement[alter.end() :], ",")
        return [*before, alter[0] + merge(old, elements, left_out)]
    for line in list(elements):
        if CREATE.fullmatch(line):
            statement = line + statement[CREATE.match(statement).end() :]
            elements.remove(line)
        elif line.startswith("PARTITION BY "):
            statement = PARTITION.sub(lambda _, line=line: line, statement)
            elements.remove(line)
    if elements:
        head, old, tail = sql_text.find_brackets(statement)
        statement = f"{head}({merge(sql_text.split(old, ','), elements, left_out)}){tail}"
    return [*before, statement]


def wrap_query(statement, lines, columns):
    """A CREATE TABLE AS with these elements as output columns. `columns` are the names that its query gives."""
    head, query = QUERY.match(statement).groups()
    new = {sql_text.as_name(sql_text.words(line)[-1]): line for line in lines}
    outputs = ", ".join(new.get(column, f'"{column}"') for column in columns)
    return f"{head} SELECT {outputs} FROM ({query}) AS query"


def merge(old, new, left_out=()):
    """The text of the elements: new ones stand in the place of those that they replace, or at the end."""
    names = [sql_text.as_name(name) for name in left_out]
    old = [element for element in map(Element, old) if element.constraint is None or element.constraint not in names]
    texts = [element.text for element in old]
    free = dict(enumerate(old))
    for element in map(Element, new):
        place = find(element, free)
        if place is None:
            texts.append(element.text)
        else:
            texts[place] = element.text
            del free[place]
    return ", ".join(texts)


def find(element, old):
    """The place of the element that this one stands for: of its name, or a faulty one without a name or of another one."""

    def places(is_it):
        return [place for place, other in old.items() if is_it(other)]

    if element.verb:
        found = places(lambda other: other.verb == element.verb)
    elif element.column is not None:
        same = places(lambda other: other.column == element.column)
        found = same or places(lambda other: is_like(other, element))
    else:
        same = places(lambda other: other.constraint is not None and other.constraint == element.constraint)
        unnamed = places(lambda other: other.kind == element.kind and other.constraint is None)
        over = [place for place in unnamed if old[place].over() == element.over()]
        found = same or over or unnamed
    return found[0] if found else None


def is_like(old, new):
    """Whether a quoted column has the letters of a new one: `"OrderId"` and `order_id` or `order_id_2`."""

    def letters(name):
        return re.sub(r"[\W_]", "", re.sub(r"_\d+$", "", name.lower()))

    return old.column is not None and old.is_quoted and letters(old.column) == letters(new.column)
