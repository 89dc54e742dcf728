"""A database as a team has it that follows the conventions, and how the copies of one are compared."""

import re

import guard as guard_module

# Everything that the settings name exists in this database only.
SETTINGS = {
    "preset": "house",
    "primary_key_types": "uuid, bigint, app.ulid",
    "migration_tables": r"app\.moves, mig_.*",
    "required_columns": '{"id": {"type": "bigint"}}',
    "ddl_roles": "app, postgres, nobody_there",
    "exempt_tables": r'"a{1,3}", "q""x", old\..*',
    "unrecorded_migration": "off",
    "nullable_column": "off",
    "unbounded_string": "off",
}
OF_ROLE = {"discouraged_types": '{"app.ulid": "text"}', "index_name_pattern": "ix_{table}_.+"}
TABLES = """
    CREATE SCHEMA app AUTHORIZATION app;
    CREATE DOMAIN app.ulid AS text CONSTRAINT ck_ulid CHECK (length(VALUE) = 26);
    CREATE TABLE app.orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, code app.ulid,
        customer_id bigint CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE,
        CONSTRAINT uq_orders_code UNIQUE (code));
    CREATE INDEX ix_orders_customer ON app.orders (customer_id);
    CREATE TABLE app.events (id bigint CONSTRAINT pk_events PRIMARY KEY,
        customer_id bigint CONSTRAINT fk_events_customer REFERENCES customers ON DELETE SET NULL)
        PARTITION BY RANGE (id);
    CREATE INDEX ix_events_customer ON app.events (customer_id);
    CREATE TABLE app.events_1 PARTITION OF app.events FOR VALUES FROM (0) TO (100);
    CREATE TABLE app.events_2 PARTITION OF app.events FOR VALUES FROM (100) TO (200);
    CREATE VIEW app.open AS SELECT id, code FROM app.orders;
    INSERT INTO customers VALUES (1, 1);
    INSERT INTO app.orders SELECT n, lpad(n::text, 26, '0'), 1 FROM generate_series(1, 100) AS n;
    INSERT INTO app.events SELECT n, 1 FROM generate_series(1, 150) AS n;
"""
# Made before the conventions were adopted: open, frozen, exempt.
LEGACY = """
    CREATE TABLE app.legacy (id int PRIMARY KEY, made timestamp, gone timestamp, c bigint REFERENCES customers);
    SELECT guardrail.freeze(rules => 'unnamed_constraint');
    SELECT guardrail.exempt('timestamp_without_time_zone', 'app.legacy', 'made', reason => 'it''s "old"');
"""
OWN = "SELECT id, rule, relation, object, reason FROM guardrail.exemptions ORDER BY id"
FROZEN = "SELECT fingerprint, rule, schema_name, table_name FROM guardrail.frozen ORDER BY fingerprint"
AUDIT = "SELECT rule, schema_name, table_name, fingerprint, status FROM guardrail.audit() ORDER BY 1, 2, 3, 4"


def configure(admin, dbname, settings=SETTINGS, role=None):
    admin.execute("LOAD 'pg_guardrail'")
    of = f"ROLE {role} IN DATABASE {dbname}" if role else f"DATABASE {dbname}"
    for name, value in settings.items():
        quoted = value.replace("'", "''")
        admin.execute(f"ALTER {of} SET guardrail.{name} = '{quoted}'")


def make(cluster, legacy=False):
    guard = guard_module.Guard(cluster, cluster.create_database())
    guard.prepare(TABLES)
    if legacy:
        guard.administer(LEGACY)
    with cluster.connect(guard.dbname) as admin:
        owners = "app.orders, app.events, app.events_1, app.events_2, app.open, app.legacy".split(", ")
        for name in owners if legacy else owners[:-1]:
            admin.execute(f"ALTER TABLE {name} OWNER TO app")
        admin.execute("ALTER DOMAIN app.ulid OWNER TO app")
        configure(admin, guard.dbname)
        configure(admin, guard.dbname, OF_ROLE, "app")
    guard.reconnect()
    return guard


def describe(guard):
    """What must be the same in a copy: the extension's own rows, and the audit under the same settings."""
    return [guard.observe(query) for query in (OWN, FROZEN, AUDIT)]


def dump(cluster, dbname, *options, program="pg_dump", **extra):
    done = cluster.client(program, *options, dbname=dbname, **extra)
    assert (done.returncode, done.stderr) == (0, "")
    return comparable(done.stdout)


def comparable(text):
    """A dump without the key that newer versions make up for each."""
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)


def assert_guarded(guard):
    """The conventions are enforced, and what follows them passes."""
    guard.refuses("ALTER TABLE app.orders ADD sent timestamp", adds="timestamp_without_time_zone app.orders.sent")
    guard.passes("ALTER TABLE app.orders ADD sent timestamptz", "ALTER TABLE app.orders DROP sent")
