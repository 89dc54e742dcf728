"""The database `shop`: its roles, its migrations, and what is refused in it."""

import contextlib
import itertools
import pathlib

import documents
import psycopg

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/with-other-extensions.md"
# What a table must have under `house`.
TIMES = "created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()"
RECORDS = f"CREATE TABLE schema_migrations (version bigint CONSTRAINT pk_schema_migrations PRIMARY KEY, {TIMES})"
HOUSE = ("mode = 'enforce'", "preset = 'house'")
EXTENSIONS = (
    "pg_cron", "hypopg", "pgaudit", "postgis", "postgis_raster", "postgis_topology", "fuzzystrmatch",
    "postgis_tiger_geocoder", "pgtap", "orafce", "pg_repack",
)  # fmt: skip
AUDIT = "SELECT rule, schema_name, table_name FROM guardrail.audit() WHERE status = 'open'"
NUMBERS = itertools.count(1)


def guard(machine, dbname):
    """Makes a database with the guard, under `house` in `enforce`."""
    with machine.connect("postgres") as admin:
        admin.execute(f"CREATE DATABASE {dbname} OWNER app")
    with machine.connect(dbname) as admin:
        admin.execute("CREATE EXTENSION pg_guardrail")
        for setting in HOUSE:
            admin.execute(f"ALTER DATABASE {dbname} SET guardrail.{setting}")
        admin.execute("GRANT CREATE, USAGE ON SCHEMA public TO app")
    with machine.connect(dbname, "app") as app:
        app.execute(RECORDS)


def make(machine):
    """The database with all extensions, each created by a superuser while the guard is on. Returns what the audit says
    about them."""
    with machine.connect("postgres") as admin:
        admin.execute("CREATE ROLE app LOGIN")
        admin.execute("CREATE ROLE maintenance LOGIN IN ROLE app")
        admin.execute("CREATE ROLE repacker LOGIN SUPERUSER")
    guard(machine, "shop")
    with machine.connect("shop") as admin:
        for name in EXTENSIONS:
            admin.execute(f"CREATE EXTENSION {name}")
        admin.execute("CREATE SCHEMA partman")
        admin.execute("CREATE EXTENSION pg_partman SCHEMA partman")
        found = admin.execute(AUDIT).fetchall()
        for kind in ("TABLES", "FUNCTIONS", "PROCEDURES"):
            admin.execute(f"GRANT ALL ON ALL {kind} IN SCHEMA partman TO app")
        admin.execute("GRANT ALL ON SCHEMA partman TO app")
        admin.execute("GRANT USAGE ON SCHEMA cron, oracle TO app")
    return found


class Shop:
    def __init__(self, machine, dbname):
        self.machine = machine
        self.dbname = dbname
        self.admin(f"ALTER DATABASE {dbname} RESET ALL")
        for role in ("app", "maintenance", "repacker"):
            self.admin(f"ALTER ROLE {role} IN DATABASE {dbname} RESET ALL")
        for setting in HOUSE:
            self.admin(f"ALTER DATABASE {dbname} SET guardrail.{setting}")

    def connect(self, role="app"):
        return self.machine.connect(self.dbname, role)

    def admin(self, sql):
        return self.run(sql, "postgres")

    def run(self, sql, role="app"):
        """Runs statements in one transaction. Returns the rows of the last one, if it has any."""
        with self.connect(role) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def migrate(self, *statements, role="app"):
        """Runs statements as a migration does that records itself in the same transaction."""
        with self.connect(role) as connection, connection.transaction():
            connection.execute("INSERT INTO public.schema_migrations VALUES (%s)", [next(NUMBERS)])
            return [connection.execute(statement).description for statement in statements]

    @contextlib.contextmanager
    def refuses(self, *rules):
        """What is run inside is refused, for these rules."""
        try:
            yield
        except psycopg.Error as error:
            detail = f"{error.diag.message_primary} {error.diag.message_detail}"
            assert error.sqlstate == "42R01" or error.sqlstate == "P0001", f"{error.sqlstate}: {error}"
            assert [rule for rule in rules if f"{rule} (error)" not in f"{detail} {error}"] == [], str(error)
        else:
            raise AssertionError(f"nothing was refused, though {rules} should be")

    def set_as_documented(self, title):
        """Runs the settings that the page shows for an extension."""
        (chapter,) = [chapter for chapter in documents.chapters(PAGE) if chapter.title == title]
        with self.connect("postgres") as admin:
            for block in chapter.blocks:
                admin.execute(block.code)

    def audit(self):
        return self.admin(AUDIT)
