"""The databases of the benchmark: the same tables without event triggers, with other triggers, and with the guard."""

import os
import pathlib
import subprocess

import scenarios
import server

HERE = pathlib.Path(__file__).parent

EMPTY_TRIGGER = """
    CREATE FUNCTION empty_trigger() RETURNS event_trigger LANGUAGE c AS '{library}', 'empty_trigger';
    CREATE EVENT TRIGGER empty_start ON ddl_command_start EXECUTE FUNCTION empty_trigger();
    CREATE EVENT TRIGGER empty_drop ON sql_drop EXECUTE FUNCTION empty_trigger();
    CREATE EVENT TRIGGER empty_end ON ddl_command_end EXECUTE FUNCTION empty_trigger();
"""
FLOOR_TRIGGER = """
    CREATE FUNCTION floor_trigger() RETURNS event_trigger LANGUAGE c AS '{library}', 'floor_trigger';
    CREATE EVENT TRIGGER floor_end ON ddl_command_end EXECUTE FUNCTION floor_trigger();
"""
EXTENSION = "CREATE EXTENSION pg_guardrail"
EVERY_RULE = """
    DO $$ DECLARE rule text; BEGIN
        FOR rule IN SELECT id FROM guardrail.rules LOOP
            EXECUTE format('ALTER DATABASE %I SET guardrail.%I = %L', current_database(), rule, 'error');
        END LOOP;
    END $$
"""
# The rules that a statement cannot keep by itself.
WANTED_BESIDES = ("table_without_comment", "column_without_comment", "rls_disabled", "unrecorded_migration")
EXCEPT = [f"ALTER DATABASE {{name}} SET guardrail.{rule} = 'off'" for rule in WANTED_BESIDES]
ENFORCE = "ALTER DATABASE {name} SET guardrail.mode = 'enforce'"

NOBODY, EMPTY, FLOOR, PLPGSQL = "no trigger", "empty trigger", "floor in C", "plpgsql guard"
OFF, CORE, ALL = "mode off", "core rules", "all rules"
# Every rule that a statement can keep by itself.
LONE = "31 rules"

VARIANTS = {
    NOBODY: [],
    EMPTY: [EMPTY_TRIGGER],
    FLOOR: [FLOOR_TRIGGER],
    PLPGSQL: [(HERE / "plpgsql_guard.sql").read_text()],
    OFF: [EXTENSION, "ALTER DATABASE {name} SET guardrail.mode = 'off'"],
    CORE: [EXTENSION, "ALTER DATABASE {name} SET guardrail.preset = 'core'", ENFORCE],
    ALL: [EXTENSION, EVERY_RULE, ENFORCE],
    LONE: [EXTENSION, EVERY_RULE, *EXCEPT, ENFORCE],
}


# A folder whose files are in memory. The time that a file system takes to create a file differs from directory to
# directory, and so from variant to variant.
MEMORY = "/dev/shm"


def start(bindir, **more_settings):
    """Starts a server whose settings suit the largest of the measurements."""
    parent = MEMORY if os.access(MEMORY, os.W_OK) else "/tmp"
    settings = {"shared_buffers": "512MB", "max_locks_per_transaction": "1000", "max_wal_size": "4GB", "jit": "off"}
    return server.Cluster(bindir, parent, **settings, **more_settings).start()


def make(cluster, variant, tables=0):
    """Creates a database of a variant, with so many other tables in it. Returns its name."""
    name = next(cluster.names)
    cluster.connect("postgres").execute(f"CREATE DATABASE {name}").connection.close()
    with cluster.connect(name) as admin:
        admin.execute(scenarios.SETUP)
        for first in range(1, tables + 1, 500):
            admin.execute(FILL.format(first=first, last=min(tables, first + 499)))
        for sql in VARIANTS[variant]:
            admin.execute(sql.format(name=name, library=triggers_in_c(cluster)) if "{" in sql else sql)
    return name


FILL = """
    DO $$ BEGIN
        FOR n IN {first}..{last} LOOP
            EXECUTE format('CREATE TABLE filler_%s (id bigint CONSTRAINT pk_filler_%s PRIMARY KEY, a integer)', n, n);
        END LOOP;
    END $$
"""


def triggers_in_c(cluster):
    """The library of triggers.c, built for this server."""
    library = cluster.directory / "triggers.so"
    if not library.exists():
        headers = cluster.program("pg_config", "--includedir-server").strip()
        build = ["gcc", "-O2", "-fPIC", "-shared", f"-I{headers}", "-o", library, HERE / "triggers.c"]
        subprocess.run(build, check=True)
    return library
