"""A database with the guard, in which cases are run one after the other."""

import psycopg
import violations
from model import quote

SETTINGS = {
    "exempt_schemas": "side",
    "tenant_column": "tenant_id",
    "max_messages": "1000000",
}
# They report every change, whatever it is.
OF_ANY_CHANGE = ("direct_ddl", "unrecorded_migration")
# Every table would break them that the guard sees being made; each has cases of its own.
LATER = ("table_without_comment", "column_without_comment", "rls_disabled")
UNCOMMENTED = """
SELECT c.oid::regclass, attname, obj_description(c.oid, 'pg_class') IS NULL, relrowsecurity
FROM pg_class c LEFT JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
     AND col_description(c.oid, attnum) IS NULL
WHERE relnamespace = to_regnamespace('{schema}') AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY c.oid, attnum
"""


class Database:
    def __init__(self, dsn, preset):
        self.connection = psycopg.connect(**dsn, autocommit=True, prepare_threshold=None)
        self.connection.add_notice_handler(self.listen)
        self.execute = self.connection.execute
        self.version = self.connection.info.server_version // 10000
        self.notices = []
        self.preset = preset
        self.execute("SET client_min_messages = notice")
        self.execute("LOAD 'pg_guardrail'")
        self.rules = [rule for (rule,) in self.execute("SELECT id FROM guardrail.rules")]
        self.execute("SET guardrail.mode = off")
        self.execute("CREATE TABLE IF NOT EXISTS public.alembic_version (version_num text)")

    def listen(self, diag):
        if diag.sqlstate == "42R01":
            self.notices.append((diag.message_detail or "", diag.constraint_name))

    def settings(self, case, level):
        """Returns the settings of a case: every rule at a level, or those of a preset."""
        settings = {"preset": self.preset} if self.preset else {rule: level for rule in self.rules}
        if not self.preset:
            settings |= dict.fromkeys(OF_ANY_CHANGE if case.way == "moved" else OF_ANY_CHANGE + LATER, "off")
            settings |= {case.rule: level}
        return settings | SETTINGS | {name: value for name, value in case.settings.items() if name not in settings}

    def configure(self, settings):
        self.execute("RESET ALL; SET guardrail.mode = off")
        self.execute("; ".join(f"SET guardrail.{name} = '{value}'" for name, value in settings.items()))

    def mode(self, mode):
        self.execute(f"SET guardrail.mode = {mode}")

    def prepare(self, case, commented=True, secured=True):
        """Runs what is there before, and describes every table, which nothing else is about."""
        for statement in case.setup:
            self.execute(statement)
        tidying = self.tidy(case.schema, commented, secured)
        for statement in tidying:
            self.execute(statement)
        case.setup += tidying

    def tidy(self, schema, commented=True, secured=True):
        statements, seen = [], set()
        for table, column, bare, has_security in self.execute(UNCOMMENTED.format(schema=schema)).fetchall():
            if table not in seen:
                seen.add(table)
                statements += [f"COMMENT ON TABLE {table} IS 'what a row is'"] if bare and commented else []
                statements += [] if has_security or not secured else [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"]
            if column and commented:
                statements.append(f"COMMENT ON COLUMN {table}.{quote(column)} IS 'what it means'")
        return statements

    def clean(self):
        """Removes whatever a case has made, also after a failure in the middle of it."""
        self.connection.rollback()
        self.execute("RESET ROLE")
        self.execute("SET guardrail.mode = off")
        for (name,) in self.execute("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()").fetchall():
            self.execute(f"ROLLBACK PREPARED '{name}'")
        self.execute("DROP PUBLICATION IF EXISTS told, told2, everything; DROP SCHEMA IF EXISTS side, app CASCADE")

    def read(self):
        return violations.read(self.connection)

    def everything(self):
        """Returns all violations that there are in the schema `app`, and ends the transaction, which is undone.

        What leaves an exempt schema is checked as if it was new; at PREPARE as at a commit.
        """
        self.execute("ALTER SCHEMA app RENAME TO side")
        self.execute("ALTER SCHEMA side RENAME TO app")
        found, names = self.read(), violations.Names(self.connection)
        return found + self.prepare_and_undo(), names

    def prepare_and_undo(self):
        """Returns what is reported at the end of the transaction."""
        name = f"t{self.connection.info.backend_pid}"
        self.execute(f"PREPARE TRANSACTION '{name}'")
        found = self.read()
        self.execute(f"ROLLBACK PREPARED '{name}'")
        return found
