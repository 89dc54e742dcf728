"""A database that a tool has finished, what the guard reports about all of it, and the fixes of that."""

import copy
from dataclasses import dataclass

from checks import DONE
from filling import fill
from histories import History

IN_PLACE, BY_HAND = "in place", "by hand"
# A name that a finished database has may have been given or not.
NOT_SEEN = [*DONE, "unnamed_constraint"]
# Of these there is one for nearly every table and column, and a session remembers 1,000 violations of a command.
MANY = ["table_without_comment", "column_without_comment", "rls_disabled"]
RENAMING = ["misnamed_table", "misnamed_column", "misnamed_type", "identifier_needs_quotes"]
# A report is about tables that leave this schema.
ASIDE = "aside"
REPORTED = """
    SELECT rule, coalesce(to_regclass(format('%I.%I', schema_name, table_name))::oid, to_regtype(data_type)::oid),
           (SELECT attnum FROM pg_attribute WHERE attname = column_name
                AND attrelid = to_regclass(format('%I.%I', schema_name, table_name))),
           message, fix, fix_applies
    FROM guardrail.last_violations()
"""
ROWS = r"""
    SELECT oid::integer, (xpath('/row/count/text()', query_to_xml(
        format('SELECT count(*) FROM %s', oid::regclass), false, true, '')))[1]::text::integer
    FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace IN ('public'::regnamespace, to_regnamespace('reading'))
"""
NAMES = """
    SELECT attrelid::integer, attnum, relname, attname
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
"""
VIEWS = """
    SELECT format('CREATE VIEW reading.%1$I AS SELECT * FROM public.%1$I', relname)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True)
class Reported:
    """A violation, and what it is about by numbers, which stay the same when names are changed."""

    rule: str
    relation: int
    column: int | None
    message: str
    fix: str
    applies: str

    @property
    def about(self):
        return self.rule, self.relation, self.column

    def __str__(self):
        return f"{self.message}: {self.fix}"


class Finished(History):
    """All migrations have been run."""

    def __init__(self, cluster, tool):
        super().__init__(cluster, tool, guarded=True)
        self.set(mode="off")

    def copy(self, with_rows=True, with_views=False):
        """Returns a copy of the database; with rows in every table, and with a view over each."""
        twin = copy.copy(self)
        twin.dbname = self.cluster.create_database(self.dbname, mode=None)
        with twin.connect() as admin:
            if with_rows:
                fill(admin)
            if with_views:
                admin.execute("CREATE SCHEMA reading")
                for (statement,) in admin.execute(VIEWS).fetchall():
                    admin.execute(statement)
        return twin

    def settings(self, preset, but=()):
        """Yields the settings of each report that is needed for all rules of a preset."""
        if preset != "every rule":
            yield {"preset": preset, **dict.fromkeys([*but, *NOT_SEEN], "off")}
            return
        rules = {rule for (rule,) in self.rows("SELECT id FROM guardrail.rules")} - {*but, *NOT_SEEN}
        # Columns that are added need comments, too.
        for part in (rules - set(MANY), MANY):
            yield {"preset": "none", **dict.fromkeys(part, "error"), "tenant_column": self.tool.tenant_column}

    def report(self, settings):
        """Returns what the guard reports when all tables leave an exempt schema."""
        with self.connect() as admin:
            admin.execute(f"ALTER SCHEMA public RENAME TO {ASIDE}")
        settings = {**settings, "mode": "warn", "exempt_schemas": ASIDE}
        with self.cluster.connect(self.dbname, options=options(settings)) as connection:
            connection.execute(f"ALTER SCHEMA {ASIDE} RENAME TO public")
            found = [Reported(*row) for row in connection.execute(REPORTED)]
        assert len(found) < 1000
        return found

    def run(self, found, *psql, **settings):
        """Runs the fixes of kind `in place` as one script, equal ones once."""
        script = self.cluster.directory / f"{self.dbname}.sql"
        script.write_text("\n".join(dict.fromkeys(one.fix for one in found if one.applies == IN_PLACE)))
        arguments = ("-X", "-q", "-v", "ON_ERROR_STOP=1", *psql, "-f", script)
        done = self.cluster.client("psql", *arguments, dbname=self.dbname, PGOPTIONS=options(settings))
        assert done.returncode == 0, done.stderr

    def contents(self):
        """Returns how many rows each table and view has, and the names of tables and columns; by their numbers."""
        names = {(relation, column): names for relation, column, *names in self.rows(NAMES)}
        return dict(self.rows(ROWS)), names


def options(settings):
    return " ".join(f"-c guardrail.{name}={value}" for name, value in settings.items())
