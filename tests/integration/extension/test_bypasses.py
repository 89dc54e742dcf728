"""What README.md says about ways round pg_guardrail that need an administrator's setting to be closed."""

import time

import pytest
import server

TRIGGERS = ["pg_guardrail_ddl_command_start", "pg_guardrail_sql_drop", "pg_guardrail_ddl_command_end"]

# The table that is replicated, and another to which the trigger writes what happened.
TABLES = """
    CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
    CREATE TABLE outcome (of_order bigint CONSTRAINT pk_outcome PRIMARY KEY, what text);
"""
TRIGGER = """
    CREATE FUNCTION create_table() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        CREATE TABLE public.shipments (sent_at timestamp);
        INSERT INTO public.outcome VALUES (NEW.id, 'created');
        RETURN NEW;
    EXCEPTION WHEN SQLSTATE '42R01' THEN
        INSERT INTO public.outcome VALUES (NEW.id, 'refused');
        RETURN NEW;
    END $$;
    CREATE TRIGGER create_table AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION create_table();
    ALTER TABLE orders ENABLE ALWAYS TRIGGER create_table;
"""


@pytest.fixture(scope="module")
def replicating_cluster(bindir):
    cluster = server.Cluster(bindir, wal_level="logical", max_wal_senders="4", max_replication_slots="8").start()
    yield cluster
    cluster.stop()


@pytest.fixture
def subscriber(replicating_cluster):
    """A publisher and a guarded database that gets its orders. Returns the names of both."""
    cluster = replicating_cluster
    publisher, subscriber = cluster.create_database(mode="off"), cluster.create_database()
    for dbname in (publisher, subscriber):
        with cluster.connect(dbname, "app") as owner:
            owner.execute(TABLES)
    with cluster.connect(publisher) as admin:
        admin.execute("CREATE PUBLICATION orders FOR TABLE orders")
        admin.execute(f"SELECT pg_create_logical_replication_slot('{subscriber}', 'pgoutput')")
    with cluster.connect(subscriber) as admin:
        # Between two databases of one server, CREATE SUBSCRIPTION would wait for its own slot.
        admin.execute(
            f"CREATE SUBSCRIPTION {subscriber} CONNECTION 'host={cluster.directory} port=5432 user=postgres"
            f" dbname={publisher}' PUBLICATION orders WITH (create_slot = false, copy_data = false)"
        )
    yield publisher, subscriber
    with cluster.connect(subscriber) as admin:
        admin.execute(f"DROP SUBSCRIPTION {subscriber}")
    for dbname in (publisher, subscriber):
        cluster.drop_database(dbname)


def outcome_of_an_order(cluster, publisher, subscriber):
    """Inserts an order. Returns what the trigger wrote when the order arrived, and whether the bad table is there."""
    with cluster.connect(publisher) as session:
        session.execute("INSERT INTO orders VALUES (1)")
    with cluster.connect(subscriber) as session:
        for _ in range(200):
            outcome = session.execute("SELECT what, to_regclass('shipments') IS NOT NULL FROM outcome").fetchone()
            if outcome:
                return outcome
            time.sleep(0.1)
    raise AssertionError(f"the order did not arrive:\n{cluster.log_tail()}")


def test_the_apply_worker_fires_no_event_trigger(replicating_cluster, subscriber):
    with replicating_cluster.connect(subscriber[1], "app") as owner:
        owner.execute(TRIGGER)
    assert outcome_of_an_order(replicating_cluster, *subscriber) == ("created", True)


def test_event_triggers_that_are_always_enabled_check_the_apply_worker(replicating_cluster, subscriber):
    with replicating_cluster.connect(subscriber[1]) as admin:
        for name in TRIGGERS:
            admin.execute(f"ALTER EVENT TRIGGER {name} ENABLE ALWAYS")
    with replicating_cluster.connect(subscriber[1], "app") as owner:
        owner.execute(TRIGGER)
    assert outcome_of_an_order(replicating_cluster, *subscriber) == ("refused", False)


def test_event_triggers_that_are_always_enabled_check_a_replica_session(guard):
    guard.as_superuser()
    guard.passes("SET session_replication_role = replica", "CREATE TABLE shipments (sent_at timestamp)")
    for name in TRIGGERS:
        guard.administer(f"ALTER EVENT TRIGGER {name} ENABLE ALWAYS")
    adds = "timestamp_without_time_zone returns.sent_at"
    guard.refuses("CREATE TABLE returns (sent_at timestamp)", adds=adds)
    guard.refuses_at_commit(
        "CREATE TABLE returns (id bigint CONSTRAINT fk_c REFERENCES customers ON DELETE CASCADE)",
        adds="fk_without_index returns.fk_c",
    )
    # The dump of a database does not have them: they belong to the extension.
    assert "ENABLE ALWAYS" not in guard.cluster.client("pg_dump", dbname=guard.dbname).stdout


def swap(cluster, dbname):
    """Puts a copy of the database in its place, as a role may that owns both and has CREATEDB."""
    with cluster.connect("postgres") as admin:
        admin.execute("ALTER ROLE app CREATEDB")
    with cluster.connect("postgres", "app") as owner:
        owner.execute(f"CREATE DATABASE {dbname}_copy TEMPLATE {dbname}")
        owner.execute(f"ALTER DATABASE {dbname} RENAME TO {dbname}_old")
        owner.execute(f"ALTER DATABASE {dbname}_copy RENAME TO {dbname}")
    with cluster.connect("postgres") as admin:
        admin.execute("ALTER ROLE app NOCREATEDB")
        admin.execute(f"DROP DATABASE {dbname}_old")


def mode_after_a_swap(cluster):
    dbname = cluster.create_database()
    with cluster.connect(dbname, "app") as session:
        assert session.execute("SHOW guardrail.mode").fetchone() == ("enforce",)
    swap(cluster, dbname)
    with cluster.connect(dbname) as session:
        session.execute("LOAD 'pg_guardrail'")
        (mode,) = session.execute("SHOW guardrail.mode").fetchone()
        assert session.execute("SELECT FROM pg_extension WHERE extname = 'pg_guardrail'").rowcount == 1
    cluster.drop_database(dbname)
    return mode


def test_a_copy_that_takes_the_place_of_a_database_loses_its_settings(late_cluster):
    assert mode_after_a_swap(late_cluster) == "warn"


def test_settings_of_the_server_hold_in_a_copy_as_well(bindir):
    settings = {"shared_preload_libraries": "pg_guardrail", "guardrail.mode": "enforce"}
    cluster = server.Cluster(bindir, **settings).start()
    try:
        assert mode_after_a_swap(cluster) == "enforce"
    finally:
        cluster.stop()
