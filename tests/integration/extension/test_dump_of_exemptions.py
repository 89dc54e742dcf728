"""Exemptions and the baseline are dumped and restored with the database, whatever the format and the version."""

import re
import subprocess

import guard as guard_module
import pytest
import server
from releases import INSTALLED, UPDATE, VERSION

OFF = {"PGOPTIONS": "-c guardrail.mode=off"}

TABLES = """
    CREATE TABLE orders (id int PRIMARY KEY, made timestamp, code text UNIQUE, age int CHECK (age > 0),
        customer_id bigint REFERENCES customers, CHECK (age > 1), CHECK (age > 1));
    CREATE TABLE "Odd ""Name"" of it" ("when" timestamp, "to" bigint REFERENCES customers);
    CREATE TABLE lines (id int, made timestamp[], c bigint REFERENCES customers) PARTITION BY RANGE (id);
    CREATE TABLE lines1 PARTITION OF lines FOR VALUES FROM (0) TO (9);
    CREATE DOMAIN naive AS timestamp;
    CREATE INDEX one ON orders (age); CREATE INDEX two ON orders (age);
"""
# A row that is gone makes the number of the last one another than the count.
EXEMPTIONS = r"""
    INSERT INTO guardrail.exemptions (rule, relation, object, reason, expires_at, created_by, created_at) VALUES
        ('timestamp_without_time_zone', 'public\.orders', 'made', E'a tab\t, a line\n, a \\, a \' and a 🔒',
            '2999-01-01 12:00+02', 'jane', '2020-02-02 02:02:02.123456+00'),
        ('*', 'gone', NULL, 'deleted below', NULL, 'jane', now()),
        ('fk_without_index', '"Odd ""Name"" of it"', NULL, 'over', '2020-03-03', 'joe "the" user', '2020-02-02'),
        ('*', '.*', '"x{2,3}"', 'no end', NULL, 'jane', '2020-02-02');
    DELETE FROM guardrail.exemptions WHERE relation = 'gone';
    INSERT INTO guardrail.exemptions (rule, relation, reason) VALUES ('*', 'last', 'deleted');
    DELETE FROM guardrail.exemptions WHERE relation = 'last';
"""
EXEMPT = "SELECT * FROM guardrail.exemptions ORDER BY id"
FROZEN = "SELECT * FROM guardrail.frozen ORDER BY fingerprint"
AUDIT = (
    "SELECT rule, schema_name, table_name, column_name, constraint_name, index_name, fingerprint, status"
    " FROM guardrail.audit() ORDER BY 1, 2, 3, fingerprint"
)
# What nobody but a superuser may read is in no dump.
JOURNAL = """
    INSERT INTO guardrail.journal (session_user_name, current_user_name, application_name, tag, rule, level, object_kind,
        fingerprint, message) VALUES ('jane', 'jane', 'psql', 'COMMIT', 'r', 'notice', 'transaction', 'f', 'm')
"""
HOUSE = "ALTER DATABASE {} SET guardrail.preset = 'house'"


def prepare(guard, freeze="'.*', 'orders'"):
    """Fills a database with violations that are open, frozen and exempt."""
    guard.prepare(TABLES)
    guard.administer(EXEMPTIONS, JOURNAL, f"SELECT guardrail.freeze({freeze})", HOUSE.format(guard.dbname))
    guard.reconnect()


def contents(guard):
    return [guard.observe(query) for query in (EXEMPT, FROZEN, AUDIT)]


@pytest.fixture
def target(cluster):
    yield from make_target(cluster)


def make_target(cluster):
    """An empty database to restore into; the dump creates the extension."""
    guard = guard_module.Guard(cluster, cluster.create_database(template="template0", mode="enforce"))
    with cluster.connect("postgres") as admin:
        admin.execute(HOUSE.format(guard.dbname))
    yield guard
    guard.close()
    cluster.drop_database(guard.dbname)


def run(cluster, program, *arguments, dbname, **options):
    done = cluster.client(program, *arguments, dbname=dbname, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def dump(guard, *options):
    return run(guard.cluster, "pg_dump", *options, dbname=guard.dbname)


def psql(guard, script, **options):
    path = guard.cluster.directory / f"{guard.dbname}.sql"
    path.write_text(script)
    run(guard.cluster, "psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-f", str(path),
        dbname=guard.dbname, **options)  # fmt: skip


def archive(guard, target, dump_options, restore_options):
    path = str(guard.cluster.directory / f"{target.dbname}.dump")
    dump(guard, *dump_options, "-f", path)
    run(guard.cluster, "pg_restore", "-e", *restore_options, "-d", target.dbname, path, dbname=target.dbname, **OFF)


def insert(guard):
    """The number of the next exemption."""
    row = "INSERT INTO guardrail.exemptions (rule, relation, reason) VALUES ('*', 'new', 'new') RETURNING id"
    return guard.observe(row)[0][0]


def assert_restored(guard, target):
    before = contents(guard)
    assert [len(rows) > 2 for rows in before] == [True] * 3
    assert {status for *_, status in before[2]} == {"open", "frozen", "exempt"}
    assert contents(target) == before
    last = max(id for id, *_ in before[0])
    assert insert(target) == insert(guard) == last + 2


@pytest.mark.parametrize("options", [(), ("--inserts",), ("--column-inserts", "--rows-per-insert=2")], ids=" ".join)
def test_as_a_script(guard, target, options):
    prepare(guard)
    psql(target, dump(guard, *options), **OFF)
    assert_restored(guard, target)


@pytest.mark.parametrize(
    "dump_options, restore_options",
    [
        (("-Fc",), ()),
        (("-Fc",), ("-1",)),
        (("-Fc",), ("-j", "2")),
        (("-Fd", "-j", "2"), ("-j", "2")),
        (("-Ft",), ("--clean", "--if-exists")),
    ],
    ids=str,
)
def test_as_an_archive(guard, target, dump_options, restore_options):
    prepare(guard)
    archive(guard, target, dump_options, restore_options)
    assert_restored(guard, target)


def test_schema_and_data_apart(guard, target):
    prepare(guard)
    psql(target, dump(guard, "--schema-only"), **OFF)
    assert contents(target)[:2] == [[], []]
    psql(target, dump(guard, "--data-only", "--disable-triggers"), **OFF)
    assert_restored(guard, target)


def test_a_restored_database_is_dumped_alike(guard, target):
    prepare(guard)
    script = dump(guard)
    psql(target, script, **OFF)
    lines = [[line for line in text.splitlines() if not re.match(r"\\(un)?restrict ", line)]
             for text in (script, dump(target))]  # fmt: skip
    assert lines[0] == lines[1]


def test_a_restored_database_checks_with_its_exemptions(guard, target):
    prepare(guard)
    psql(target, dump(guard), **OFF)
    target.user = "postgres"
    target.configure(preset="core")
    target.passes("ALTER TABLE orders DROP made", "ALTER TABLE orders ADD made timestamp")
    target.refuses("ALTER TABLE orders ADD sent timestamp", adds="timestamp_without_time_zone orders.sent")


def test_schemas_alone(guard, target):
    """A dump of the users' schema has nothing of the extension, and one of the extension's tables has their rows."""
    prepare(guard)
    mine = dump(guard, "-n", "public")
    assert "guardrail" not in mine
    target.administer("CREATE EXTENSION pg_guardrail", "DROP SCHEMA public CASCADE")
    psql(target, mine, **OFF)
    assert contents(target)[:2] == [[], []]
    psql(target, dump(guard, "-t", "guardrail.*"), **OFF)
    assert_restored(guard, target)


def test_without_the_extension_s_schema(guard, target):
    """What an ordinary user restores leaves the extension's rows to a superuser."""
    prepare(guard)
    target.administer("CREATE EXTENSION pg_guardrail")
    archive(guard, target, ("-Fc",), ("--exclude-schema=guardrail",))
    assert contents(target)[:2] == [[], []]
    archive(guard, target, ("-Fc",), ("--data-only", "--schema=guardrail"))
    assert_restored(guard, target)


def test_without_the_rows(guard, target):
    prepare(guard)
    psql(target, dump(guard, "--exclude-table-data=guardrail.*"), **OFF)
    assert contents(target)[:2] == [[], []]
    assert {fingerprint for *_, fingerprint, _ in target.observe(AUDIT)} == {
        fingerprint for *_, fingerprint, _ in guard.observe(AUDIT)
    }


def test_an_ordinary_user_can_dump(guard, needs):
    """The owner of a database can dump all of it, with the extension's own rows. An older pg_dump wants to lock tables that
    it does not dump, too."""
    needs(14)
    prepare(guard)
    script = run(guard.cluster, "pg_dump", dbname=guard.dbname, user="app")
    assert "COPY guardrail.exemptions" in script
    assert "COPY guardrail.frozen" in script
    assert "guardrail.exemptions_id_seq" in script
    assert "guardrail.journal" not in script


def test_of_a_released_version(cluster, target):
    """A dump names no version of the extension, so what comes back is the one that is installed."""
    for guard in make_target(cluster):
        guard.administer("CREATE EXTENSION pg_guardrail VERSION '0.1.0'")
        guard.administer("CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY)", TABLES)
        psql(target, dump(guard), **OFF)
        guard.administer(UPDATE)
        assert contents(target) == contents(guard)
        assert len(target.observe(AUDIT)) > 5
        assert target.observe(INSTALLED) == [(VERSION,)]


# From one major version to another


@pytest.fixture(scope="module")
def older_cluster(older_bindir):
    cluster = server.Cluster(older_bindir).start()
    yield cluster
    cluster.stop()


@pytest.mark.parametrize("pg_dump", ["older", "newer"])
def test_from_an_older_major_version(older_cluster, cluster, target, pg_dump):
    """Everything is as it was, above all the fingerprints, whichever pg_dump reads the older server."""
    program = (older_cluster if pg_dump == "older" else cluster).bindir / "pg_dump"
    for guard in make_target(older_cluster):
        guard.administer("CREATE EXTENSION pg_guardrail")
        guard.administer("CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY)", TABLES)
        guard.administer(EXEMPTIONS, "SELECT guardrail.freeze('.*', 'orders')")
        environment = older_cluster.environment(guard.dbname)
        done = subprocess.run([program], env=environment, capture_output=True, text=True, check=True)
        psql(target, done.stdout, **OFF)
        assert_restored(guard, target)
