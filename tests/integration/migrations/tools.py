"""Runs other people's migration tools against a database, in a virtual environment of their own."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import once
import pytest
import server

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
NPM = HERE / "npm"
INITIAL_TABLES = (
    "from sqlalchemy import create_engine; from mlflow.store.tracking.dbmodels.initial_models import Base;"
    "Base.metadata.create_all(create_engine('postgresql+psycopg://'))"
)
ONE_BY_ONE = "import sys, psycopg; [*map(psycopg.connect(autocommit=True).execute, sys.argv[1:])]"


def environment(requirements=REQUIREMENTS):
    """Makes the environment once for each state of the requirements, and keeps it under target/."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    with once.make(f"tools-{digest}") as (directory, is_missing):
        if is_missing:
            subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)
            pip = [directory / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-deps", "--requirement", requirements], check=True)
    return directory / "bin"


def node_modules(packages=NPM):
    """Installs the npm packages once for each state of the lock file, and keeps them under target/."""
    if not shutil.which("npm"):
        raise RuntimeError("npm is missing (Debian: apt-get install nodejs npm)")
    digest = hashlib.sha256((packages / "package-lock.json").read_bytes()).hexdigest()[:12]
    with once.make(f"npm-{digest}") as (directory, is_missing):
        if is_missing:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            for file in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(packages / file, directory)
            npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(npm, cwd=directory, check=True)
    return directory / "node_modules"


class Migrations:
    """One database that a tool migrates, and the messages that the server sent to the tool."""

    def __init__(self, cluster, bindir, dbname):
        self.cluster, self.bindir, self.dbname = cluster, bindir, dbname
        self.user, self.variables = "postgres", {}
        self.notices = cluster.directory / f"{dbname}.notices"

    def run(self, program, *arguments, **settings):
        # Every violation has its message, however many a statement adds.
        settings = {"max_messages": 1000000, **settings}
        options = " ".join(f"-c guardrail.{name}={value}" for name, value in settings.items())
        variables = self.cluster.environment(
            self.dbname,
            self.user,
            PGOPTIONS=options,
            PYTHONPATH=os.pathsep.join([str(HERE / "recorder"), str(HERE / "wagtail_site")]),
            GUARDRAIL_NOTICES=str(self.notices),
            DJANGO_SETTINGS_MODULE="settings",
            SHOP_DATABASE_URL="postgresql+psycopg://",
            PYTHONDONTWRITEBYTECODE="1",
            MLFLOW_DISABLE_TELEMETRY="true",
            DO_NOT_TRACK="true",
            **self.variables,
        )
        done = subprocess.run(
            [self.bindir / program, *arguments],
            env=variables,
            cwd=self.cluster.directory,
            capture_output=True,
            text=True,
        )
        if too_old := re.search(r"NotSupportedError: (PostgreSQL \d+ or later is required.*)", done.stderr):
            pytest.skip(f"Django: {too_old[1]}")
        return done

    def mlflow(self, **settings):
        return self.run("mlflow", "db", "upgrade", "postgresql+psycopg://", **settings)

    def mlflow_initial_tables(self, **settings):
        return self.run("python", "-c", INITIAL_TABLES, **settings)

    def django(self, *target, **settings):
        return self.run("django-admin", "migrate", "--skip-checks", *target, **settings)

    def npm(self, program, *arguments):
        """Runs an npm package's program, or `node`, in a copy of npm/ beside its packages."""
        directory = self.cluster.directory / f"{self.dbname}-npm"
        packages = node_modules()
        if not directory.exists():
            shutil.copytree(NPM, directory)
            (directory / "node_modules").symlink_to(packages)
        program = "node" if program == "node" else packages / ".bin" / program
        variables = self.cluster.environment(self.dbname, self.user, NO_COLOR="1", **self.variables)
        return subprocess.run([program, *arguments], env=variables, cwd=directory, capture_output=True, text=True)

    def psql(self, *commands, user="postgres"):
        """Runs what somebody types into psql."""
        arguments = [part for command in commands for part in ("-c", command)]
        quiet = ("-X", "-q", "-v", "ON_ERROR_STOP=1")
        return self.cluster.client("psql", *quiet, *arguments, dbname=self.dbname, user=user)

    def check_only(self, rule, **settings):
        """Sets this rule to error and all others to off, for everybody who connects."""
        settings |= {"preset": "none", rule: "error", "mode": "enforce"}
        with self.connect() as admin:
            for name, value in settings.items():
                admin.execute(f"ALTER DATABASE {self.dbname} SET guardrail.{name} = '{value}'")
        return self

    def statements(self, *statements, **settings):
        """Runs statements, each as a command of its own."""
        return self.run("python", "-c", ONE_BY_ONE, *statements, **settings)

    def warnings(self):
        """Yields the rule and the notice of each violation that the server reported, in order."""
        lines = self.notices.read_text().splitlines() if self.notices.exists() else []
        for notice in map(json.loads, lines):
            if notice["sqlstate"] == "42R01":
                yield re.search(r"Rule: (\w+) ", notice["message_detail"]).group(1), notice

    def reports(self):
        """Yields the same as severity and `rule schema.table.object`."""
        for rule, notice in self.warnings():
            part = notice["column_name"] or notice["constraint_name"]
            yield notice["severity"], f"{rule} {notice['schema_name']}.{notice['table_name']}.{part}"

    def reported(self):
        return [violation for _, violation in self.reports()]

    def connect(self):
        return self.cluster.connect(self.dbname, options="-c guardrail.mode=off")

    def execute(self, *files):
        """Runs SQL files as the superuser, unguarded."""
        with self.connect() as admin:
            for file in files:
                admin.execute(file.read_text())

    def schema(self):
        """Returns the definition of everything in the database."""
        done = self.cluster.client("pg_dump", "--schema-only", dbname=self.dbname)
        assert done.returncode == 0, done.stderr
        return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.MULTILINE)

    def rows(self, query):
        with self.connect() as connection:
            return connection.execute(query).fetchall()
