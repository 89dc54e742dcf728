"""The judgement of a file: a dry run of each transaction finds the violations; then the transaction is run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import script as scripts
from psycopg.rows import dict_row
from script import Script, Statement, Unit
from sequences import Sequences

DRY_RUN = "SELECT * FROM guardrail.dry_run(%s)"
LAST_VIOLATIONS = "SELECT * FROM guardrail.last_violations()"

# A dry run leaves them out: they change no table, or nothing that a rollback would undo.
LEFT_OUT = (scripts.TO_CLIENT, scripts.LASTING)

VIOLATION = "42R01"
INVALID_TRANSACTION_TERMINATION = "2D000"


class Failed(Exception):
    """A statement failed for another reason than a violation."""

    def __init__(self, line: int | None, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.line = line
        self.error = error


@dataclass
class Violation:
    line: int
    # The columns of guardrail.last_violations().
    columns: dict


class Judge:
    """Judges the statements of one file in one session, and runs them."""

    def __init__(self, connection: psycopg.Connection, sequences: Sequences, remark: Callable[[str], None]) -> None:
        self.connection = connection
        self.sequences = sequences
        self.reported = False
        self.connection.add_notice_handler(self.notice)
        self.remark = remark

    def judge(self, script: Script) -> Iterator[Violation]:
        """Raises `Failed` if a statement fails, behind the violations of those before it."""
        for unit in script.units():
            yield from self.judge_unit(unit)

    def judge_unit(self, unit: Unit) -> Iterator[Violation]:
        if unit.is_undone:
            self.run(unit)
        elif any(needs_steps(statement) for statement in unit.statements):
            yield from self.run_in_steps(unit)
        else:
            try:
                yield from self.try_out(unit)
            except Failed as failed:
                if failed.error.sqlstate != INVALID_TRANSACTION_TERMINATION or unit.is_block:
                    raise
                # A procedure that commits.
                yield from self.run_in_steps(unit)
            else:
                self.run(unit)

    def try_out(self, unit: Unit) -> Iterator[Violation]:
        """The violations that a dry run finds. If a statement fails, they are those of the statements before it, except
        what a later one might have mended."""
        tried = [statement for statement in unit.statements if statement.obstacle not in LEFT_OUT]
        try:
            yield from self.dry_run(tried)
        except psycopg.Error as error:
            number = scripts.number_of(error)
            yield from self.found_before(tried[: number - 1] if number else tried)
            raise Failed(scripts.line_of(error) or unit.last_line, error) from None

    def found_before(self, statements: list[Statement]) -> list[Violation]:
        try:
            return [found for found in self.dry_run(statements) if found.columns["moment"] != "commit"]
        except psycopg.Error:
            return []

    def dry_run(self, statements: list[Statement]) -> list[Violation]:
        if not statements:
            return []
        noted = self.sequences.note()
        found = self.rows(DRY_RUN, (scripts.text_of(statements),))
        self.sequences.set_back(noted)
        # What no single statement has added is told of the last one.
        return [Violation(columns["line"] or statements[-1].line, columns) for columns in found]

    def run(self, unit: Unit) -> None:
        """Runs a transaction for real. Nothing is checked any more."""
        self.set_mode("off")
        for statement in steps(unit):
            self.execute(statement)

    def run_in_steps(self, unit: Unit) -> Iterator[Violation]:
        """Runs a transaction that cannot be tried, and asks for the violations of each of its statements."""
        for statement in steps(unit):
            # Anew each time, as the one before may have set them.
            self.set_mode("warn")
            # The server's messages tell when there are violations.
            self.connection.execute("SET client_min_messages = notice")
            self.reported = False
            self.execute(statement)
            if self.reported:
                suspects = [statement] if statement in unit.statements else unit.statements
                for columns in self.rows(LAST_VIOLATIONS):
                    yield Violation(find_suspect(suspects, columns).line, columns)

    def set_mode(self, mode: str) -> None:
        """Sets the mode, also where the file has become a role that may not."""
        setting = "SELECT pg_catalog.current_setting({0!r}), pg_catalog.current_setting({1!r})"
        user, role = self.connection.execute(setting.format("session_authorization", "role")).fetchone()
        self.connection.execute("RESET SESSION AUTHORIZATION")
        self.connection.execute(f"SET guardrail.mode = {mode}")
        for name, value in (("session_authorization", user), ("role", role)):
            self.connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))

    def execute(self, statement: Statement) -> None:
        if statement.obstacle == scripts.TO_CLIENT:
            return
        try:
            self.connection.execute(statement.sql)
        except psycopg.Error as error:
            raise Failed(statement.line, error) from None

    def rows(self, query: str, parameters: tuple = ()) -> list[dict]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def notice(self, diag: psycopg.errors.Diagnostic) -> None:
        self.reported = self.reported or diag.sqlstate == VIOLATION
        if (diag.message_primary or "").startswith("guardrail."):
            self.remark(diag.message_primary)

def needs_steps(statement: Statement) -> bool:
    """Whether a dry run can neither run a statement nor leave it out."""
    in_the_way = (scripts.CONCURRENTLY, scripts.NOT_IN_BLOCK, scripts.TRANSACTION, scripts.SAVEPOINT)
    return statement.obstacle in in_the_way or statement.command == "PREPARE"


def find_suspect(statements: list[Statement], columns: dict) -> Statement:
    """The statement that has probably added a violation of the commit: the first that names what it is about, as far as
    one does."""
    names = [columns[name] for name in ("constraint_name", "index_name", "column_name", "table_name")]
    for name in filter(None, names):
        for statement in statements:
            if name.lower() in statement.sql.lower():
                return statement
    return statements[-1]


def steps(unit: Unit) -> Iterator[Statement]:
    """The statements of a transaction with those around them."""
    last = unit.last_line
    if unit.wrapped:
        yield Statement(unit.statements[0].line, "BEGIN", scripts.TRANSACTION, "BEGIN")
    elif unit.begin:
        yield unit.begin
    yield from unit.statements
    if unit.wrapped:
        yield Statement(last, "COMMIT", scripts.TRANSACTION, "COMMIT")
    elif unit.end:
        yield unit.end
