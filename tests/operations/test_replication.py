"""Standbys and their promotion, and logical replication, with the conventions enforced on every server."""

import time

import guard as guard_module
import psycopg
import pytest
import server
import sites

STREAMING = {"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"}
LOGICAL = {"wal_level": "logical", "max_wal_senders": "8", "max_replication_slots": "8"}
JOURNAL = "SELECT id, rule, level, tag FROM guardrail.journal ORDER BY id"


def wait_until(connection, query, expected=True):
    for _ in range(1500):
        found = connection.execute(query).fetchone()[0]
        if found == expected:
            return
        time.sleep(0.02)
    raise AssertionError(f"{query} is {found!r}, not {expected!r}")


# Streaming


@pytest.fixture(params=["late", "preloaded"])
def primary(bindir, request):
    preload = {"shared_preload_libraries": "pg_guardrail"} if request.param == "preloaded" else {}
    cluster = server.Cluster(bindir, **STREAMING, **preload).start()
    yield cluster
    cluster.stop()


@pytest.fixture
def standby(primary):
    copy = server.Cluster(primary.bindir, **primary.settings | {"unix_socket_directories": "''"})
    copy.settings["unix_socket_directories"] = f"'{copy.directory}'"
    source = ("-h", str(primary.directory), "-U", "postgres", "--checkpoint=fast", "-R", "-D", str(copy.data))
    copy.program("pg_basebackup", *source)
    copy.launch()
    yield copy
    copy.stop()


def catch_up(primary, standby):
    with primary.connect("postgres") as admin:
        (target,) = admin.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    with standby.connect("postgres") as waiting:
        wait_until(waiting, f"SELECT pg_last_wal_replay_lsn() >= '{target}'")


def test_a_standby_is_promoted(primary, standby):
    site = sites.make(primary, legacy=True)
    site.administer(f"ALTER DATABASE {site.dbname} SET guardrail.journal = on")
    site.reconnect()
    site.session.run("ALTER TABLE app.orders ALTER customer_id SET NOT NULL")
    site.configure(timestamp_without_time_zone="warning")
    site.session.run("ALTER TABLE app.orders ADD loose timestamp")
    site.configure(timestamp_without_time_zone="error")
    before, journal = sites.describe(site), site.observe(JOURNAL)
    assert journal
    catch_up(primary, standby)

    follower = guard_module.Guard(standby, site.dbname)
    assert sites.describe(follower) == before
    assert follower.observe(JOURNAL) == journal
    # PostgreSQL itself refuses, in its own words.
    for sql in ("CREATE TABLE app.t (made timestamp)", "CREATE TEMP TABLE t (a int)"):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            follower.session.run(sql)
    # What writes to the extension's own tables cannot, and what only reads can.
    for sql in ("SELECT guardrail.exempt('*', 'x', reason => 'y')", "SELECT guardrail.freeze(add_new => true)"):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            follower.observe(sql)
    assert follower.observe("SELECT count(*) FROM guardrail.report('json')")[0][0] > 0
    follower.close()

    primary.halt("immediate")
    standby.program("pg_ctl", "-D", str(standby.data), "-w", "promote")
    promoted = guard_module.Guard(standby, site.dbname)
    assert sites.describe(promoted) == before
    sites.assert_guarded(promoted)
    promoted.configure(timestamp_without_time_zone="warning")
    promoted.session.run("ALTER TABLE app.orders ADD looser timestamp")
    # A sequence may skip numbers after a failover, but never gives one again.
    now = promoted.observe(JOURNAL)
    assert now[: len(journal)] == journal
    assert len(now) > len(journal) and now[-1][0] > journal[-1][0]
    promoted.close()
    site.close()
    primary.launch()


def test_a_base_backup_is_a_server_of_its_own(primary):
    site = sites.make(primary, legacy=True)
    before = sites.describe(site)
    copy = server.Cluster(primary.bindir, **primary.settings)
    copy.settings["unix_socket_directories"] = f"'{copy.directory}'"
    copy.program("pg_basebackup", "-h", str(primary.directory), "-U", "postgres", "--checkpoint=fast", "-D", str(copy.data))
    copy.launch()
    try:
        restored = guard_module.Guard(copy, site.dbname)
        assert sites.describe(restored) == before
        sites.assert_guarded(restored)
        restored.close()
    finally:
        site.close()
        copy.stop()


# Logical


@pytest.fixture(scope="module")
def publishing(bindir):
    cluster = server.Cluster(bindir, **LOGICAL).start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def subscribing(bindir):
    cluster = server.Cluster(bindir, **LOGICAL).start()
    yield cluster
    cluster.stop()


@pytest.fixture
def pair(publishing, subscribing):
    """The same database on two servers, the second one without its rows."""
    publisher, subscriber = sites.make(publishing), sites.make(subscribing)
    subscriber.administer("TRUNCATE customers, app.orders, app.events")
    yield publisher, subscriber
    with subscribing.connect(subscriber.dbname) as admin:
        for (name,) in admin.execute("SELECT subname FROM pg_subscription").fetchall():
            admin.execute(f"DROP SUBSCRIPTION {name}")
    for site in (publisher, subscriber):
        site.close()
        site.cluster.drop_database(site.dbname)


def subscribe(publisher, subscriber, publication, options="copy_data = true"):
    """By a superuser, with the guard on: neither statement adds a violation."""
    with publisher.cluster.connect(publisher.dbname) as admin:
        admin.execute(f"CREATE PUBLICATION pub {publication}")
    connection = f"host={publisher.cluster.directory} port=5432 user=postgres dbname={publisher.dbname}"
    with subscriber.cluster.connect(subscriber.dbname) as admin:
        admin.execute(f"CREATE SUBSCRIPTION sub CONNECTION '{connection}' PUBLICATION pub WITH ({options})")


def assert_no_errors(subscriber, major):
    """No worker has failed."""
    log = subscriber.cluster.log.read_text()
    assert "42R01" not in log
    assert "logical replication" not in "\n".join(line for line in log.splitlines() if "ERROR" in line)
    if major >= 15:
        errors = "SELECT sum(apply_error_count + sync_error_count) FROM pg_stat_subscription_stats"
        assert subscriber.observe(errors) == [(0,)]


def wait_until_logged(site, text):
    for _ in range(1500):
        if text in site.cluster.log.read_text():
            return
        time.sleep(0.02)
    raise AssertionError(f"the log has no {text!r}")


def test_the_workers_are_not_hindered(pair, major):
    """The first copy, then changes of every kind, on a subscriber that enforces `house`."""
    publisher, subscriber = pair
    subscribe(publisher, subscriber, "FOR TABLE customers, app.orders, app.events")
    watch = subscriber.cluster.connect(subscriber.dbname)
    wait_until(watch, "SELECT count(*) FROM app.orders", 100)
    wait_until(watch, "SELECT count(*) FROM app.events", 150)
    publisher.session.run("INSERT INTO app.orders VALUES (500, repeat('x', 26), 1)")
    publisher.session.run("UPDATE app.orders SET code = repeat('y', 26) WHERE id = 500")
    publisher.session.run("DELETE FROM app.orders WHERE id < 50")
    wait_until(watch, "SELECT count(*) || coalesce(min(code) FILTER (WHERE id = 500), '') FROM app.orders", "52" + 26 * "y")
    publisher.session.run("TRUNCATE app.events")
    wait_until(watch, "SELECT count(*) FROM app.events", 0)
    assert_no_errors(subscriber, major)

    # DDL is checked on each side for itself.
    for site in pair:
        sites.assert_guarded(site)
    for site in reversed(pair):
        site.passes("ALTER TABLE app.orders ADD note text")
    publisher.session.run("INSERT INTO app.orders (id, customer_id, note) VALUES (600, 1, 'n')")
    wait_until(watch, "SELECT note FROM app.orders UNION ALL SELECT 'none' ORDER BY 1 LIMIT 1", "n")
    # A new table is copied by a worker of its own.
    made = "CREATE TABLE app.late (id bigint CONSTRAINT pk_late PRIMARY KEY, code text)"
    for site in pair:
        site.passes(made)
    publisher.session.run("INSERT INTO app.late VALUES (1, 'a')")
    with publisher.cluster.connect(publisher.dbname) as admin:
        admin.execute("ALTER PUBLICATION pub ADD TABLE app.late")
    with subscriber.cluster.connect(subscriber.dbname) as admin:
        admin.execute("ALTER SUBSCRIPTION sub REFRESH PUBLICATION")
    wait_until(watch, "SELECT count(*) FROM app.late", 1)
    assert_no_errors(subscriber, major)
    watch.close()


def test_row_filters_and_columns(pair, major):
    if major < 15:
        pytest.skip("PostgreSQL 15 and later")
    publisher, subscriber = pair
    subscribe(publisher, subscriber, "FOR TABLE customers, app.orders (id, customer_id) WHERE (id > 90)")
    watch = subscriber.cluster.connect(subscriber.dbname)
    wait_until(watch, "SELECT count(*) FROM app.orders WHERE id > 90 AND code IS NULL", 10)
    wait_until(watch, "SELECT count(*) FROM app.orders", 10)
    assert_no_errors(subscriber, major)
    watch.close()


EXEMPT = "SELECT guardrail.exempt('timestamp_without_time_zone', 'app.orders', 'sent', reason => 'r')"


def test_schemas_leave_the_extension_s_own_rows_out(pair, major):
    """Each server has its own exemptions, baseline and journal."""
    if major < 15:
        pytest.skip("PostgreSQL 15 and later")
    publisher, subscriber = pair
    subscribe(publisher, subscriber, "FOR TABLES IN SCHEMA app, public")
    watch = subscriber.cluster.connect(subscriber.dbname)
    wait_until(watch, "SELECT count(*) FROM app.orders", 100)
    for site in reversed(pair):
        site.administer(EXEMPT, f"ALTER DATABASE {site.dbname} SET guardrail.journal = on")
        site.configure(timestamp_without_time_zone="warning")
        site.session.run("ALTER TABLE app.orders ADD loose timestamp")
        site.administer("SELECT guardrail.freeze()")
        assert [site.observe(f"SELECT count(*) FROM guardrail.{name}") for name in ("journal", "frozen")] == 2 * [[(1,)]]
    publisher.session.run("INSERT INTO app.orders (id, customer_id) VALUES (600, 1)")
    wait_until(watch, "SELECT count(*) FROM app.orders", 101)
    assert_no_errors(subscriber, major)
    watch.close()


def test_all_tables_have_the_extension_s_own_rows(pair):
    """The publisher's rows count on the subscriber, too, until both have one with the same key: then nothing arrives."""
    publisher, subscriber = pair
    subscribe(publisher, subscriber, "FOR ALL TABLES")
    watch = subscriber.cluster.connect(subscriber.dbname)
    wait_until(watch, "SELECT count(*) FROM app.orders", 100)
    subscriber.refuses("ALTER TABLE app.orders ADD sent timestamp", adds="timestamp_without_time_zone app.orders.sent")
    publisher.administer(EXEMPT)
    wait_until(watch, "SELECT count(*) FROM guardrail.exemptions", 1)
    subscriber.passes("ALTER TABLE app.orders ADD sent timestamp")

    # The subscriber gives the same numbers.
    with pytest.raises(psycopg.errors.UniqueViolation):
        subscriber.administer(EXEMPT)
    subscriber.administer(EXEMPT)
    publisher.administer(EXEMPT)
    publisher.session.run("INSERT INTO app.orders (id, customer_id) VALUES (600, 1)")
    wait_until_logged(subscriber, "(id)=(2)")
    assert watch.execute("SELECT count(*) FROM app.orders").fetchone() == (100,)

    # The way out: the row goes, and another publication has a list.
    subscriber.administer("DELETE FROM guardrail.exemptions WHERE id = 2")
    wait_until(watch, "SELECT count(*) FROM app.orders", 101)
    with publisher.cluster.connect(publisher.dbname) as admin:
        admin.execute("CREATE PUBLICATION listed FOR TABLE customers, app.orders, app.events")
    with subscriber.cluster.connect(subscriber.dbname) as admin:
        admin.execute("ALTER SUBSCRIPTION sub SET PUBLICATION listed")
    for site in reversed(pair):
        site.administer(EXEMPT)
    publisher.session.run("INSERT INTO app.orders (id, customer_id) VALUES (601, 1)")
    wait_until(watch, "SELECT count(*) FROM app.orders", 102)
    watch.close()


def test_the_owner_publishes(pair):
    """An ordinary role's publications and replica identities add no violation."""
    publisher, _ = pair
    publisher.administer(f"GRANT CREATE ON DATABASE {publisher.dbname} TO app")
    publisher.passes(
        "CREATE PUBLICATION mine FOR TABLE app.orders",
        "ALTER PUBLICATION mine ADD TABLE app.events",
        "ALTER TABLE app.orders REPLICA IDENTITY FULL",
        "ALTER TABLE app.orders REPLICA IDENTITY USING INDEX pk_orders",
        "DROP PUBLICATION mine",
    )
