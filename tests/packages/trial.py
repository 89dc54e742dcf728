"""A server that gets the extension from a package, and what a user does first with it."""

import pathlib
import shutil
import subprocess
import sys
import tomllib

import psycopg
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/integration/support"))

import server  # noqa: E402

FIRST = "0.1.0"


def crate_field(name):
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["package"][name]


def scripts():
    """The names of the SQL scripts that every package has."""
    older = [path.name for path in (ROOT / "sql").glob("pg_guardrail--*.sql")]
    return sorted({f"pg_guardrail--{crate_field('version')}.sql", *older})


def copy_server(major, folder):
    """A relocatable PostgreSQL without the extension."""
    done = subprocess.run(
        [ROOT / "pgrx-config/get-postgresql.sh", major], capture_output=True, text=True, check=True
    )
    shutil.copytree(done.stdout.strip(), folder, symlinks=True, ignore=shutil.ignore_patterns("pg_guardrail*"))
    return folder


class Server(server.Cluster):
    """A running server of the install in `folder`; its database `postgres` gets the extension."""

    def __init__(self, folder, **settings):
        super().__init__(pathlib.Path(folder) / "bin", **settings)

    def __enter__(self):
        try:
            self.initialize().launch()
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, query):
        with self.connect("postgres") as session:
            return session.execute(query).fetchone()[0]

    def libraries(self):
        """The files of the extension that the server itself has loaded."""
        process = (self.data / "postmaster.pid").read_text().splitlines()[0]
        mapped = pathlib.Path(f"/proc/{process}/maps").read_text().splitlines()
        return {line.split()[-1] for line in mapped if "pg_guardrail" in line.rpartition("/")[2]}

    def knows_extension(self):
        return self.ask("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_guardrail'") > 0

    def create_older_extension(self):
        with self.connect("postgres") as session:
            session.execute(f"CREATE EXTENSION pg_guardrail VERSION '{FIRST}'")

    def update_extension(self):
        with self.connect("postgres") as session:
            session.execute("ALTER EXTENSION pg_guardrail UPDATE")
        installed = "SELECT extversion FROM pg_extension WHERE extname = 'pg_guardrail'"
        assert self.ask(installed) == crate_field("version")

    def expect_refusal(self, database="postgres"):
        """In enforce, a timestamp without time zone is refused, with the SQL that fixes it; a good table is not."""
        with self.connect(database) as session:
            session.execute("LOAD 'pg_guardrail'")
            session.execute("SET guardrail.mode = enforce")
            with pytest.raises(psycopg.Error, match="timestamp_without_time_zone") as refused:
                session.execute("CREATE TABLE seen (id bigint CONSTRAINT pk_seen PRIMARY KEY, at timestamp)")
            assert "at timestamp with time zone" in refused.value.diag.message_hint
            session.execute("CREATE TABLE seen (id bigint CONSTRAINT pk_seen PRIMARY KEY, at timestamptz)")
            session.execute("DROP TABLE seen")
