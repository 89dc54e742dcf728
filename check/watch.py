"""Sees to it that the files do not switch off what judges them: a check that nobody makes finds nothing."""

import re
from collections import defaultdict
from collections.abc import Mapping

import psycopg
from problem import Problem, at
from source import Source

# They fire whatever session_replication_role is, which loads of data set.
ALWAYS = "ALTER EVENT TRIGGER {} ENABLE ALWAYS"
TRIGGERS = "SELECT evtname, xmin::text FROM pg_catalog.pg_event_trigger WHERE evtname LIKE 'pg\\_guardrail\\_%' ORDER BY 1"
# From PostgreSQL 17 on a superuser can switch off all event triggers.
SWITCH = "SELECT pg_catalog.current_setting('event_triggers', true)"
EXEMPTIONS = "SELECT count(*) FROM guardrail.exemptions"

# Statements about event triggers and extensions that name ours.
OURS = ("ALTER EVENT TRIGGER", "DROP EVENT TRIGGER", "ALTER EXTENSION", "DROP EXTENSION")
OF_GUARD = re.compile(r"\bpg_guardrail", re.IGNORECASE)
# The mode is that of the check, whatever a file sets.
SETTING = re.compile(
    r"""\bguardrail"?\s*\.\s*"?(?!mode\b)\w+(?="?\s*(?:=|\bto\b|',))|\bevent_triggers\b""", re.IGNORECASE
)
# The statements that set something: for the session, or for all later ones of a database or role.
SETS = ("SET", "ALTER DATABASE", "ALTER ROLE", "ALTER FUNCTION", "ALTER PROCEDURE", "ALTER ROUTINE")
COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)

# What is in the database in the end, as the check's own session sees it, whatever the files have set in theirs.
# A name that looks made up may well have been given by a statement.
REST = "SELECT rule, fingerprint, message FROM guardrail.audit() WHERE status = 'open' AND certain"


class Watch:
    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        for name, _ in connection.execute(TRIGGERS).fetchall():
            connection.execute(ALWAYS.format(name))
        self.triggers = connection.execute(TRIGGERS).fetchall()

    def look(self, source: Source, session: psycopg.Connection) -> None:
        """Raises a problem if the file that has just run in a session has changed what judges the files."""
        (is_on,) = session.execute(SWITCH).fetchone()
        if is_on == "off" or self.connection.execute(TRIGGERS).fetchall() != self.triggers:
            message = f"{source.name}: it changes the event triggers of pg_guardrail, or sets event_triggers to off"
            raise Problem(message, "What is not checked cannot be judged. Leave it out, or the file.")

    def count_exemptions(self) -> int:
        """How many the files have written; none if the extension is gone, which is told."""
        try:
            return self.connection.execute(EXEMPTIONS).fetchone()[0]
        except psycopg.errors.UndefinedTable:
            return 0

    def find_unjudged(self, found: Mapping[str, set[str]]) -> list[str]:
        """The messages of what violates a rule in the end though no statement was found to add it. What was found and
        is gone may have got another name, and with it another fingerprint: so many of a rule are no riddle."""
        rest = defaultdict(dict)
        for rule, fingerprint, message in self.connection.execute(REST):
            rest[rule][fingerprint] = message
        unjudged = []
        for rule, messages in rest.items():
            unknown = [message for fingerprint, message in messages.items() if fingerprint not in found.get(rule, ())]
            if len(unknown) > len(found.get(rule, set()) - messages.keys()):
                unjudged += unknown
        return unjudged


def is_about_guard(command: str, sql: str) -> bool:
    """Whether a statement is about the event triggers or the extension of pg_guardrail."""
    return command in OURS and bool(OF_GUARD.search(sql))


def settings_in(command: str, sql: str) -> list[str]:
    """The settings that a statement sets by which the files are judged."""
    if command not in SETS and "set_config" not in sql:
        return []
    return [re.sub(r'["\s]', "", name).lower() for name in SETTING.findall(COMMENT.sub(" ", sql))]


def remarks(source: Source, statements: list) -> list[str]:
    """What is to be known about a file because it is judged accordingly."""
    found = [(name, statement.line) for statement in statements for name in settings_in(statement.command, statement.sql)]
    return [f"{at(source.name, line)}: it sets {name}, and is judged accordingly" for name, line in found]
