"""What no rollback takes back: the numbers that sequences have given. Later SQL may count on them."""

import psycopg
from psycopg import sql

LIST = """
    SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't'
"""
STATE = sql.SQL("SELECT {name}, last_value, is_called FROM {sequence}")
SET = "SELECT pg_catalog.setval(%s::pg_catalog.regclass, %s, %s)"


class Sequences:
    """Notes where the sequences of a database are, and sets them back. It has a session of its own, because what a file
    sets in its session (a role, for example) must not matter."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def note(self) -> dict[str, tuple[int, bool]]:
        names = [sql.Identifier(*name) for name in self.connection.execute(LIST)]
        states = [STATE.format(name=name.as_string(self.connection), sequence=name) for name in names]
        if not states:
            return {}
        rows = self.connection.execute(sql.SQL(" UNION ALL ").join(states))
        return {name: (last_value, is_called) for name, last_value, is_called in rows}

    def set_back(self, noted: dict[str, tuple[int, bool]]) -> None:
        now = self.note()
        for name, state in noted.items():
            if now.get(name, state) != state:
                self.connection.execute(SET, (name, *state))
