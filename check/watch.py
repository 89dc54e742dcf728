"""Sees to it that the files do not switch off what judges them: a check that nobody makes finds nothing."""

import re

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
SETTING = re.compile(r"\bguardrail\.(?!mode\b)\w+(?=\s*(?:=|\bto\b|',))|\bevent_triggers\b", re.IGNORECASE)


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


def is_about_guard(command: str, sql: str) -> bool:
    """Whether a statement is about the event triggers or the extension of pg_guardrail."""
    return command in OURS and bool(OF_GUARD.search(sql))


def settings_in(command: str, sql: str) -> list[str]:
    """The settings that a statement sets by which the files are judged."""
    is_setting = command == "SET" or "set_config" in sql
    return [name.lower() for name in SETTING.findall(sql)] if is_setting else []


def remarks(source: Source, statements: list) -> list[str]:
    """What is to be known about a file because it is judged accordingly."""
    found = [(name, statement.line) for statement in statements for name in settings_in(statement.command, statement.sql)]
    return [f"{at(source.name, line)}: it sets {name}, and is judged accordingly" for name, line in found]
