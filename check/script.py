"""The statements of a file, and the transactions that they make up."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from problem import Problem, at
from source import Source
from watch import is_about_guard

# How the server calls what a dry run cannot do with a statement.
TRANSACTION, SAVEPOINT = "transaction", "savepoint"
CONCURRENTLY, NOT_IN_BLOCK = "concurrently", "not in a block"
FROM_CLIENT, TO_CLIENT, LASTING = "from the client", "to the client", "lasting"

# What is about the whole server, which later checks use, too.
OF_SERVER = ["ALTER SYSTEM", "CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE", "DROP TABLESPACE"]
OUR_EXTENSION = re.compile(r"create\s+extension\s+(?:if\s+not\s+exists\s+)?\"?pg_guardrail\b", re.IGNORECASE)

BEGINS = ["BEGIN", "START TRANSACTION"]

LIST = "SELECT line, command, obstacle, sql FROM guardrail.list_statements(%s)"

PSQL_ONLY = "psql's own commands are not SQL. Write SQL instead, or leave the line out."
ROWS_FOLLOW = "The rows of a COPY … FROM stdin come from psql. Write INSERT instead, or leave the statement out."
PLACEHOLDER = "If this is a placeholder: they are not replaced. Check a copy of the files in which they are."
# What something begins with that is not SQL, as an error of the syntax names it, and what to do about it.
SIGNS = {"\\": PSQL_ONLY, "$": PLACEHOLDER, ":": PLACEHOLDER, "{": PLACEHOLDER}
COMMAND_OF_PSQL = re.compile(r"\s*(\\[a-zA-Z!?]+|\\\.)")
COPY_FROM_STDIN = re.compile(r"\s*copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE)


@dataclass
class Statement:
    line: int
    command: str
    obstacle: str | None
    sql: str


@dataclass
class Unit:
    """Statements that are committed together."""

    statements: list[Statement]
    # How the file itself begins and ends the transaction, if it does.
    begin: Statement | None = None
    end: Statement | None = None
    # Whether a transaction is begun and ended for it.
    wrapped: bool = False

    @property
    def is_block(self) -> bool:
        return self.wrapped or self.begin is not None

    @property
    def is_undone(self) -> bool:
        return self.end is not None and self.end.command == "ROLLBACK"

    @property
    def last_line(self) -> int:
        return (self.end or self.statements[-1]).line


class Script:
    """The statements of a file."""

    def __init__(self, source: Source, statements: list[Statement]) -> None:
        self.source = source
        self.not_run = [(statement, reason) for statement in statements if (reason := why_not_run(statement))]
        left_out = [statement for statement, _ in self.not_run]
        # Ours is there already.
        self.statements = [
            statement
            for statement in statements
            if statement not in left_out and not OUR_EXTENSION.match(statement.sql)
        ]

    def units(self) -> Iterator[Unit]:
        """The transactions of the file: itself, unless it says otherwise."""
        statements = self.statements
        governs_itself = any(is_transaction(statement, *BEGINS, "COMMIT") for statement in statements)
        needs_none = any(statement.obstacle in (CONCURRENTLY, NOT_IN_BLOCK) for statement in statements)
        if statements and self.source.transaction and not governs_itself and not needs_none:
            yield Unit(statements, wrapped=True)
        else:
            yield from self.own_transactions()

    def own_transactions(self) -> Iterator[Unit]:
        """The transactions that the file begins and ends itself; every other statement is one of its own."""
        begin, inside = None, []
        for statement in self.statements:
            if begin is None and is_transaction(statement, *BEGINS):
                begin, inside = statement, []
            elif begin is None:
                # COMMIT or ROLLBACK without a transaction does nothing.
                if statement.obstacle not in (TRANSACTION, SAVEPOINT):
                    yield Unit([statement])
            elif ends(statement):
                yield Unit(inside, begin, statement)
                begin = None
            else:
                inside.append(statement)
        if begin:
            message = f"{at(self.source.name, begin.line)}: the transaction that begins here is not committed"
            raise Problem(message, "Is a COMMIT missing at the end of the file?")


def why_not_run(statement: Statement) -> str | None:
    if statement.command in OF_SERVER:
        return "it is about the server, not about this database"
    return "it would change what judges the files" if is_about_guard(statement.command, statement.sql) else None


def read(connection: psycopg.Connection, source: Source) -> Script:
    """Has the server split a file into its statements."""
    try:
        rows = connection.execute(LIST, (source.text,)).fetchall()
    except psycopg.Error as error:
        line = line_of(error)
        refuse_psql(source, line)
        message = error.diag.message_primary or str(error)
        hint = next((text for sign, text in SIGNS.items() if message.endswith(f'"{sign}"')), "")
        raise Problem(f"{at(source.name, line)}: {message}", error.diag.message_hint or hint) from None
    statements = [Statement(*row) for row in rows]
    for statement in statements:
        if statement.obstacle == FROM_CLIENT:
            raise Problem(f"{at(source.name, statement.line)}: COPY FROM STDIN has no rows here", ROWS_FOLLOW)
    return Script(source, statements)


def refuse_psql(source: Source, line: int | None) -> None:
    """Raises a clearer problem if an error of the syntax in a line comes from what only psql understands."""
    lines = source.text.split("\n")[:line]
    for number, text in enumerate(lines, 1):
        if COPY_FROM_STDIN.match(text):
            raise Problem(f"{at(source.name, number)}: COPY FROM STDIN has no rows here", ROWS_FOLLOW)
    if lines and (command := COMMAND_OF_PSQL.match(lines[-1])):
        raise Problem(f"{at(source.name, line)}: {command[1]} is a command of psql", PSQL_ONLY)


def line_of(error: psycopg.Error) -> int | None:
    """The line that an error names in its context: that of the SQL given to one of our functions."""
    found = re.search(r"line (\d+)\)? of the SQL given to guardrail\.", error.diag.context or "")
    return int(found[1]) if found else None


def number_of(error: psycopg.Error) -> int | None:
    """The same for the number of the statement."""
    found = re.search(r"statement (\d+) \(line \d+\) of the SQL given to guardrail\.", error.diag.context or "")
    return int(found[1]) if found else None


def ends(statement: Statement) -> bool:
    return is_transaction(statement, "COMMIT", "ROLLBACK", "PREPARE TRANSACTION")


def is_transaction(statement: Statement, *commands: str) -> bool:
    return statement.obstacle == TRANSACTION and statement.command in commands


def text_of(statements: Iterable[Statement]) -> str:
    """Statements as one text, in which each stands in its line of the file."""
    text, line = [], 1
    for statement in statements:
        sql = f"{chr(10) * (statement.line - line)}{statement.sql};"
        line += sql.count("\n")
        text.append(sql)
    return "".join(text)
