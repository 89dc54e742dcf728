"""A private PostgreSQL cluster in a temporary directory, and the databases made in it."""

import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile

import pool
import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[3]
AS_USER = ROOT / "pgrx-config" / "as-user.sh"

SETTINGS = {
    "autovacuum": "off",
    "checkpoint_warning": "0",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "''",
    "max_connections": "40",
    "max_prepared_transactions": "4",
    "max_wal_senders": "0",
    "max_wal_size": "'256MB'",
    "shared_buffers": "'64MB'",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}

# Every test finds an ordinary role that owns the database, another that owns nothing, and a well-formed table to refer
# to.
ROLES = """
    CREATE ROLE app LOGIN;
    CREATE ROLE stranger LOGIN;
"""
CUSTOMERS = """
    CREATE TABLE customers (
        id bigint CONSTRAINT pk_customers PRIMARY KEY,
        tenant_id bigint NOT NULL,
        email text,
        CONSTRAINT uq_customers_tenant UNIQUE (tenant_id, id));
    ALTER TABLE customers OWNER TO app;
"""
TEMPLATE = f"""
    CREATE EXTENSION pg_guardrail;
    GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
    SET guardrail.mode = off;
    {CUSTOMERS}
"""


# The core rules alone are on, unless a test says otherwise: most tables in the tests are as small as can be.
GUARDED = """
    ALTER DATABASE {name} SET guardrail.preset = 'core';
    ALTER DATABASE {name} SET guardrail.mode = '{mode}'
"""


def as_server_user(command):
    """PostgreSQL refuses to run as root, so its programs are started through a wrapper then."""
    if os.geteuid() != 0:
        return command
    if AS_USER.exists():
        return [str(AS_USER), *command]
    identity = subprocess.run(["id", "-u", "postgres"], capture_output=True, text=True)
    uid = identity.stdout.strip() or "1"
    return ["unshare", "--user", f"--map-user={uid}", f"--map-group={uid}", *command]


def place():
    """A folder in memory, if there is one with room for many databases. The tests make and drop tables all the time, and
    ext4 searches long for the number of a new file where many have just been removed: half of the time goes there."""
    memory, room = "/dev/shm", 6 << 30
    if not os.access(memory, os.W_OK | os.X_OK):
        return "/tmp"
    status = os.statvfs(memory)
    return memory if status.f_bavail * status.f_frsize >= room else "/tmp"


class Cluster:
    def __init__(self, bindir, **settings):
        self.bindir = pathlib.Path(bindir)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pgg-", dir=place()))
        # The server may run as another user than the tests.
        self.directory.chmod(0o777)
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.settings = SETTINGS | {"unix_socket_directories": f"'{self.directory}'"} | settings
        self.names = (f"t{number}" for number in itertools.count())
        self.pool = pool.Pool(self, GUARDED, CUSTOMERS)

    def program(self, name, *arguments, **options):
        command = as_server_user([str(self.bindir / name), *arguments])
        result = subprocess.run(command, capture_output=True, text=True, **options)
        if result.returncode:
            raise RuntimeError(f"{name} failed:\n{result.stdout}{result.stderr}{self.log_tail()}")
        return result.stdout

    def log_tail(self):
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def start(self):
        self.initialize().launch().furnish()
        return self

    def initialize(self, *options):
        as_usual = ("--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", str(self.data))
        self.program("initdb", *as_usual, *options)
        return self

    def furnish(self):
        with self.connect("postgres") as admin:
            admin.execute(ROLES)
            admin.execute("CREATE DATABASE guarded OWNER app")
        with self.connect("guarded") as admin:
            admin.execute(TEMPLATE)
        return self

    def launch(self):
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        start = ("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-o", options, "-w", "start")
        # A server that inherits a pipe keeps whoever reads it waiting.
        command = as_server_user([str(self.bindir / start[0]), *start[1:]])
        nothing = subprocess.DEVNULL
        # postgres_fdw must find the libpq of this install, not the machine's.
        libraries = {"LD_LIBRARY_PATH": self.program("pg_config", "--libdir").strip()}
        done = subprocess.run(command, stdin=nothing, stdout=nothing, stderr=nothing, env=os.environ | libraries)
        if done.returncode:
            raise RuntimeError(f"the server did not start:\n{self.log_tail()}")
        return self

    def halt(self, mode="fast"):
        """Stops the server and keeps its data."""
        self.program("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def stop(self):
        self.halt("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)

    def dsn(self, dbname, user="postgres"):
        return {"host": str(self.directory), "port": "5432", "user": user, "dbname": dbname}

    def environment(self, dbname, user="postgres", **extra):
        """libpq's environment variables for a program that connects here."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        mine = {f"PG{name.upper()}": value for name, value in self.dsn(dbname, user).items()}
        mine["PGDATABASE"] = mine.pop("PGDBNAME")
        return inherited | mine | extra

    def connect(self, dbname, user="postgres", **extra):
        return psycopg.connect(**self.dsn(dbname, user), autocommit=True, **extra)

    def client(self, program, *arguments, dbname, user="postgres", **extra):
        """Runs a client program of PostgreSQL against a database."""
        command = [str(self.bindir / program), *arguments]
        return subprocess.run(command, env=self.environment(dbname, user, **extra), capture_output=True, text=True)

    def create_database(self, template="guarded", mode="enforce"):
        name = next(self.names)
        with self.connect("postgres") as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER app TEMPLATE {template}")
            if mode:
                admin.execute(GUARDED.format(name=name, mode=mode))
        return name

    def drop_database(self, name):
        with self.connect("postgres") as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
