"""A dump can be restored under the guard: with warnings in warn mode, without when it is clean or the mode is off."""

import re

import pytest

LEGACY = [
    "CREATE DOMAIN naive AS timestamp",
    "CREATE TYPE pair AS (id int, made timestamp)",
    """CREATE TABLE orders (id int PRIMARY KEY, made timestamp, code text UNIQUE, age int CHECK (age > 0),
        felt naive, pair pair, customer_id bigint REFERENCES customers, room int4range,
        EXCLUDE USING gist (room WITH &&))""",
    "CREATE TABLE heir () INHERITS (orders)",
    "CREATE TABLE ev (id int, made timestamp, c bigint REFERENCES customers) PARTITION BY RANGE (id)",
    "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
    "INSERT INTO customers VALUES (1, 1)",
    "INSERT INTO orders (id, customer_id) SELECT n, 1 FROM generate_series(1, 100) AS n",
    "INSERT INTO ev VALUES (1, now(), 1)",
]
CLEAN = [
    """CREATE TABLE orders (id int CONSTRAINT pk_orders PRIMARY KEY, made timestamptz,
        code text CONSTRAINT uq_code UNIQUE, age int CONSTRAINT ck_age CHECK (age > 0),
        customer_id bigint CONSTRAINT fk_customer REFERENCES customers ON DELETE CASCADE)""",
    "CREATE INDEX ON orders (customer_id)",
    "CREATE TABLE ev (id int CONSTRAINT pk_ev PRIMARY KEY, c bigint CONSTRAINT fk_ev REFERENCES customers"
    " ON DELETE SET NULL) PARTITION BY RANGE (id)",
    "CREATE INDEX ON ev (c)",
    "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
    "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (9) TO (20)",
    "INSERT INTO customers VALUES (1, 1)",
    "INSERT INTO orders (id, customer_id) SELECT n, 1 FROM generate_series(1, 100) AS n",
]


@pytest.fixture
def target(guard):
    """Makes empty databases to restore into; the dump creates the extension."""
    cluster = guard.cluster
    made = []

    def make(mode):
        made.append(cluster.create_database(template="template0", mode=mode))
        return made[-1]

    yield make
    for name in made:
        cluster.drop_database(name)


def dump(cluster, dbname, *options):
    done = cluster.client("pg_dump", *options, dbname=dbname)
    assert done.returncode == 0, done.stderr
    return done.stdout


def comparable(text):
    """Takes out the random key that newer versions of pg_dump write into the dump."""
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)


def restore(cluster, dbname, script, **environment):
    path = cluster.directory / f"{dbname}.sql"
    path.write_text(script)
    return cluster.client("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(path), dbname=dbname, **environment)


def restored(guard, dbname, script, **environment):
    done = restore(guard.cluster, dbname, script, **environment)
    assert done.returncode == 0, done.stderr
    assert comparable(dump(guard.cluster, dbname)) == comparable(script)
    return done.stderr


def test_legacy_in_warn_mode(guard, target):
    guard.prepare(*LEGACY)
    messages = restored(guard, target("warn"), dump(guard.cluster, guard.dbname))
    assert "WARNING:" in messages
    assert "ERROR:" not in messages
    assert 'column "made" of table "public.orders"' in messages


def test_legacy_in_enforce_mode(guard, target):
    guard.prepare(*LEGACY)
    script = dump(guard.cluster, guard.dbname)
    done = restore(guard.cluster, target("enforce"), script)
    assert done.returncode != 0
    assert "HINT:" in done.stderr
    assert restored(guard, target("enforce"), script, PGOPTIONS="-c guardrail.mode=off") == ""


def test_clean_in_enforce_mode(guard, target):
    guard.prepare(*CLEAN)
    assert restored(guard, target("enforce"), dump(guard.cluster, guard.dbname)) == ""


@pytest.mark.parametrize("options", [(), ("-1",), ("-1", "--clean", "--if-exists")], ids=" ".join)
def test_pg_restore(guard, target, options):
    """pg_restore runs one job: with several jobs a key may be made before its index."""
    guard.prepare(*CLEAN)
    cluster, dbname = guard.cluster, target("enforce")
    archive = str(cluster.directory / f"{dbname}.dump")
    dump(cluster, guard.dbname, "-Fc", "-f", archive)
    done = cluster.client("pg_restore", "-e", "-d", dbname, *options, archive, dbname=dbname)
    assert (done.returncode, done.stderr) == (0, "")
    assert comparable(dump(cluster, dbname)) == comparable(dump(cluster, guard.dbname))


@pytest.mark.parametrize("tables", [LEGACY, CLEAN], ids=["legacy", "clean"])
def test_pg_restore_in_parallel_with_the_mode_off(guard, target, tables):
    guard.prepare(*tables)
    cluster, dbname = guard.cluster, target("enforce")
    archive = str(cluster.directory / f"{dbname}.dump")
    dump(cluster, guard.dbname, "-Fc", "-f", archive)
    options = {"PGOPTIONS": "-c guardrail.mode=off"}
    done = cluster.client("pg_restore", "-e", "-j", "2", "-d", dbname, archive, dbname=dbname, **options)
    assert (done.returncode, done.stderr) == (0, "")


def test_pg_restore_as_an_ordinary_user(guard, target):
    """A key comes after its table, so the tables pass only if all is one transaction."""
    guard.prepare(*CLEAN)
    cluster, dbname = guard.cluster, target("enforce")
    archive = str(cluster.directory / f"{dbname}.dump")
    dump(cluster, guard.dbname, "-Fc", "-f", archive)
    with cluster.connect(dbname) as admin:
        admin.execute("CREATE EXTENSION pg_guardrail")
        admin.execute("GRANT CREATE ON SCHEMA public TO app")
        admin.execute(f"ALTER DATABASE {dbname} SET guardrail.table_without_primary_key = error")
    # The comment on the extension is its owner's, and so are its tables.
    command = ["pg_restore", "-d", dbname, "--no-comments", "--exclude-schema=guardrail", archive]
    done = cluster.client(*command, dbname=dbname, user="app")
    assert done.returncode == 1
    assert 'ERROR:  table "public.orders" has no primary key' in done.stderr
    done = cluster.client(*command, "-1", dbname=dbname, user="app")
    assert (done.returncode, done.stderr) == (0, "")
    options = ("--no-comments", "--no-acl")
    assert comparable(dump(cluster, dbname, *options)) == comparable(dump(cluster, guard.dbname, *options))


def test_restored_guard_works(guard, target):
    guard.prepare(*LEGACY)
    dbname = target("enforce")
    restored(guard, dbname, dump(guard.cluster, guard.dbname), PGOPTIONS="-c guardrail.mode=off")
    twin = type(guard)(guard.cluster, dbname)
    twin.user = "postgres"
    twin.passes("ALTER TABLE orders ADD note text")
    twin.refuses("ALTER TABLE orders ADD gone timestamp", adds="timestamp_without_time_zone orders.gone")
    twin.close()


def test_settings_survive_a_dump_of_the_whole_database(guard):
    guard.configure(fk_on_delete_actions="no action, cascade", exempt_tables="tmp_.*, old")
    script = dump(guard.cluster, guard.dbname, "--create", "--schema-only")
    for line in ("guardrail.fk_on_delete_actions", "guardrail.exempt_tables", "guardrail.mode"):
        assert re.search(rf"ALTER DATABASE \w+ SET \"?{re.escape(line)}", script), line


def test_nothing_of_the_extension_is_in_the_dump_but_itself(guard):
    script = dump(guard.cluster, guard.dbname)
    assert "CREATE EXTENSION IF NOT EXISTS pg_guardrail" in script
    assert "CREATE EVENT TRIGGER" not in script
    assert "CREATE FUNCTION guardrail" not in script
