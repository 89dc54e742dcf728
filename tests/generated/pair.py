"""Two databases that start equal: in one of them the guard refuses, in the other one it is off."""

import pathlib
import time

import psycopg
from wire import Lost, Wire

HERE = pathlib.Path(__file__).parent
TRUTH = HERE.parent / "integration" / "support" / "truth.sql"


def query(name):
    lines = (HERE / name).read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


AUDIT, WORLD, COMPARE = query("audit.sql"), query("world.sql"), query("compare.sql")
CHECKED = query("truth.sql").format(
    actions="cascade, restrict, set null, set default",
    rules="fk_without_on_delete|fk_without_index|timestamp_without_time_zone|table_without_primary_key"
    "|unlogged_table",
)
NAMED = """
    SELECT coalesce(json_agg(json_build_object(
        'rule', rule, 'level', level, 'moment', moment, 'kind', object_kind, 'schema', schema_name, 'table', table_name,
        'column', column_name, 'constraint', constraint_name, 'index', index_name, 'type', data_type,
        'message', message, 'fingerprint', fingerprint)), '[]')
    FROM guardrail.last_violations()
"""

# Who runs the programs. `boss` logs in and takes one of the others; `exempted` is a role
# that the setting exempt_roles names.
ROLES = """
    CREATE ROLE app; CREATE ROLE other; CREATE ROLE exempted;
    CREATE ROLE boss LOGIN NOINHERIT; GRANT app, other, exempted TO boss; GRANT other TO app;
    GRANT app TO exempted; GRANT pg_read_server_files TO app, other;
    CREATE DATABASE origin;
"""
TEMPLATE = """
    CREATE EXTENSION pg_guardrail;
    SET guardrail.mode = off;
    GRANT CREATE, TEMPORARY ON DATABASE origin TO PUBLIC;
"""
# What each program starts from.
START = """
    CREATE SCHEMA public;
    CREATE SCHEMA s2;
    CREATE SCHEMA attic;
    GRANT ALL ON SCHEMA public, s2, attic TO PUBLIC;
    ALTER SCHEMA s2 OWNER TO app; ALTER SCHEMA attic OWNER TO app;
    CREATE EXTENSION file_fdw SCHEMA pg_catalog;
    CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    GRANT USAGE ON FOREIGN SERVER files TO PUBLIC;
    GRANT EXECUTE ON FUNCTION guardrail.exempt TO boss, app;
    CREATE TABLE public.alembic_version (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY);
    GRANT ALL ON public.alembic_version TO PUBLIC;
    CREATE FUNCTION public.run(sql text) RETURNS integer LANGUAGE plpgsql AS 'BEGIN EXECUTE sql; RETURN 1; END';
    CREATE FUNCTION public.run_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE new.sql; RETURN new; END';
    CREATE TABLE public.scratch_run (id bigint, sql text);
    CREATE TABLE public.scratch_later (id bigint, sql text);
    CREATE TRIGGER run AFTER INSERT ON public.scratch_run FOR EACH ROW EXECUTE FUNCTION public.run_row();
    CREATE CONSTRAINT TRIGGER run AFTER INSERT ON public.scratch_later DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.run_row();
    GRANT ALL ON public.scratch_run, public.scratch_later TO PUBLIC;
"""
CLEAR = """
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger WHERE evtname !~ '^pg_guardrail_'
        UNION ALL SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
        UNION ALL SELECT 'DROP EXTENSION file_fdw CASCADE' FROM pg_extension WHERE extname = 'file_fdw'
        UNION ALL SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
                  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'guardrail', 'truth')
    LOOP EXECUTE statement; END LOOP;
END $$;
DELETE FROM guardrail.exemptions; DELETE FROM guardrail.frozen;
"""
PREPARED = "SELECT coalesce(json_agg(gid), '[]') FROM pg_prepared_xacts WHERE database = current_database()"
LEFT = "SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_(temp|toast)'"


def prepare(cluster):
    """Makes the database of which all others are copies."""
    with cluster.connect("postgres") as admin:
        for statement in filter(str.strip, ROLES.split(";")):
            admin.execute(statement)
    with cluster.connect("origin") as admin:
        admin.execute(TEMPLATE)
        admin.execute("DROP SCHEMA public CASCADE")
        admin.execute(TRUTH.read_text())


class Database:
    """One of the two, with the sessions of a program and those of the harness."""

    def __init__(self, cluster, name, mode):
        self.cluster, self.name, self.mode = cluster, name, mode
        self.wires = {}
        self.create()

    def create(self):
        self.close()
        with self.cluster.connect("postgres") as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {self.name} TEMPLATE origin")
            admin.execute(f"GRANT CREATE, TEMPORARY ON DATABASE {self.name} TO PUBLIC")
        self.left = self.wire("admin").json(LEFT)

    def wire(self, name):
        if name not in self.wires:
            self.wires[name] = Wire(**self.cluster.dsn(self.name))
            if name == "admin":
                self.wires[name].must("SET guardrail.mode = off; SET client_min_messages = error")
                self.wires[name].must("SET lock_timeout = '10s'")
        return self.wires[name]

    def reset(self, settings, sessions):
        """As new, with these settings in the sessions."""
        for name in [*self.wires]:
            wire = self.wires[name]
            if wire.had_internal_error:
                self.wires.pop(name).close()
                continue
            if not wire.is_idle:
                wire.must("ROLLBACK")
            if name != "admin":
                wire.must("RESET SESSION AUTHORIZATION")
                wire.must("DISCARD ALL")
        admin = self.wire("admin")
        self.forget_prepared()
        admin.must(CLEAR)
        if admin.json(LEFT) != self.left:
            raise RuntimeError(f"something was left in {self.name}")
        admin.must(START)
        mode = {"guardrail.mode": self.mode}
        common = {"client_min_messages": "notice", "search_path": "public, s2"}
        for name in sessions:
            self.configure(self.wire(name), common | settings | mode)
            self.wire(name).must("SET lock_timeout = '20ms'; SET SESSION AUTHORIZATION boss; SET ROLE app")
        self.configure(self.wire("observer"), settings | mode)
        # The superuser's statements for whom the guard is off.
        self.configure(self.wire("legacy"), common | settings | {"guardrail.mode": "off"})

    def forget_prepared(self):
        for gid in self.wire("admin").json(PREPARED):
            self.wire("admin").must(f"ROLLBACK PREPARED '{gid}'")

    def local(self, sql):
        """With names of prepared transactions that no other database has."""
        return sql.replace("'g", f"'{self.name}_g") if "PREPARE" in sql else sql

    @staticmethod
    def configure(wire, settings):
        # Planned once a program, not each time.
        wire.must(f"PREPARE world AS {WORLD}")
        wire.must(f"PREPARE audit AS {AUDIT}")
        wire.must("LOAD 'pg_guardrail'")
        wire.must("SET lock_timeout = '10s'")
        wire.must("; ".join(f"SELECT set_config('{name}', '{value}', false)" for name, value in settings.items()))

    def close(self):
        for wire in self.wires.values():
            wire.close()
        self.wires = {}


class Pair:
    def __init__(self, cluster, worker):
        self.cluster = cluster
        self.guarded = Database(cluster, f"guarded{worker}", "enforce")
        self.free = Database(cluster, f"free{worker}", "off")

    def reset(self, settings, sessions=(1, 2)):
        for database in (self.guarded, self.free):
            try:
                database.reset(settings, sessions)
            except (RuntimeError, Lost):
                for attempt in range(60):
                    try:
                        database.create()
                        break
                    except (psycopg.Error, Lost):
                        time.sleep(0.5)
                database.reset(settings, sessions)

    def close(self):
        self.guarded.close()
        self.free.close()
