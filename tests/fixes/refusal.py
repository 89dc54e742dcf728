"""Fixes of kind `instead` and `same transaction`, applied in `enforce` mode by a program until everything passes."""

import psycopg
from elements import put, renames
from model import Written, literal, map_texts, with_elements
from trial import Impossible, Outcome, comment_of, text_of

REFUSED = "42R01"
ROUNDS = 8


def follow(statements, pairs):
    """Writes the new names in what was written with the old ones."""

    def change(text):
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    return [keep_written(statement, map_texts(statement, change)) for statement in statements]


def keep_written(statement, changed):
    """What a fix has written must be right as it is."""
    pairs = zip(statement.elements, changed.elements)
    return with_elements(changed, [old if isinstance(old, Written) else new for old, new in pairs])


class Refused(Exception):
    """The guard has refused the statement of this number, or the end of the transaction."""

    def __init__(self, number, found):
        self.number, self.found = number, found


class Refusal:
    def __init__(self, database, case, alone):
        self.database, self.case = database, case
        self.alone = alone and len(case.faulty) == 1
        self.statements, self.closing = list(case.faulty), []
        self.tried, self.outcomes = [], []

    def run(self):
        self.database.mode("enforce")
        wrong = None
        try:
            for _ in range(ROUNDS):
                refused = self.attempt()
                if refused is None:
                    break
                wrong = self.mend(refused)
                if wrong:
                    break
            else:
                wrong = "it is refused again and again"
        except (psycopg.Error, ValueError) as error:
            self.database.connection.rollback()
            wrong = text_of(error) if isinstance(error, psycopg.Error) else str(error)
            if not self.tried or self.error_without_the_guard():
                raise Impossible(wrong) from error
        script = wrong and self.script(wrong)
        for violation in self.tried:
            by_hand = violation.applies == "by hand"
            self.outcomes.append(Outcome(
                violation.rule, self.case.situations, violation.applies, None if by_hand else wrong, script,
                comment_of(violation)))  # fmt: skip
        return self.outcomes

    def error_without_the_guard(self):
        """Returns the error of the faulty statements that PostgreSQL does not allow anyway: the guard comes first."""
        self.database.mode("off")
        is_concurrent = any("CONCURRENTLY" in statement.sql() for statement in self.case.faulty)
        try:
            self.database.execute("SELECT" if is_concurrent else "BEGIN")
            for statement in self.case.faulty:
                self.database.execute(statement.sql())
        except psycopg.Error as error:
            return text_of(error)
        finally:
            self.database.connection.rollback()
        return None

    def attempt(self):
        """Runs everything up to the end of the transaction, which PREPARE stands for. Returns a refusal or None."""
        alone, self.alone = self.alone, False
        number = 0
        try:
            if alone:
                self.database.execute(self.statements[0].sql())
                return None
            if not any("CONCURRENTLY" in statement.sql() for statement in self.statements):
                self.database.execute("BEGIN")
            for number, statement in enumerate(self.statements):
                self.database.execute(statement.sql())
            number = None
            for text in self.closing:
                self.database.execute(text)
            if self.database.connection.info.transaction_status:
                self.database.prepare_and_undo()
            return None
        except psycopg.Error as error:
            if error.sqlstate != REFUSED:
                raise
            self.database.connection.rollback()
            return Refused(number, self.database.read())

    def mend(self, refused):
        """Applies the fixes. Returns what is wrong with them."""
        instead, earlier = [], set(map(str, self.tried))
        for violation in refused.found:
            if violation.level != "error":
                continue
            if str(violation) in earlier:
                return f"reported again: {violation}"
            self.tried.append(violation)
            if violation.applies == "by hand":
                self.database.execute(f"SET guardrail.{violation.rule} = off")
            elif violation.applies == "same transaction":
                self.closing += [] if violation.fix in self.closing else [violation.fix]
            elif violation.applies == "instead":
                instead.append(violation)
            else:
                return f"{violation} is refused, and its fix is {violation.applies}"
        if instead:
            old, later = self.statements[refused.number], self.statements[refused.number + 1 :]
            first, new = put(old, instead)
            pairs = renames(old, new)
            self.statements[refused.number :] = [*first, *follow([new, *later], pairs)]
        return None

    def script(self, wrong):
        """What can be pasted into psql to see it."""
        case = self.case
        lines = [f"-- {case.title}; seed {case.seed}; PostgreSQL {self.database.version}", "SET guardrail.mode = off;"]
        lines += [f"SET guardrail.{name} = {literal(value)};" for name, value in self.database.settings(case, "error").items()]
        lines += [f"{statement};" for statement in case.setup]
        lines += ["SET guardrail.mode = enforce;", *(f"{statement.sql()};" for statement in case.faulty)]
        for violation in self.tried:
            lines += [f"-- {violation} ({violation.applies}):"]
            lines += [f"--   {line}" for line in violation.fix.splitlines()]
        lines += ["-- what was made of it:", "BEGIN;", *(f"{statement.sql()};" for statement in self.statements)]
        return "\n".join([*lines, *self.closing, "COMMIT;", f"-- went wrong: {wrong}"])
