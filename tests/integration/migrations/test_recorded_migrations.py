"""Some tools record a migration in its own transaction. For the others the rule can be switched off for their role."""

import pathlib
import shutil

import pytest
import server

HERE = pathlib.Path(__file__).parent
SHOP = server.ROOT / "examples" / "shop"
ONE_TRANSACTION = """
from alembic.config import main
from alembic.runtime.environment import EnvironmentContext as Environment
configure = Environment.configure
Environment.configure = lambda self, **options: configure(self, **options | {"transaction_per_migration": False})
main()
"""
LATE = """
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY ix_late ON products (name)")
"""
UNRECORDED = "without recording a migration"
HINT = "HINT:  -- Write this change as a migration and let the migration tool run it."


def alembic(*arguments):
    return ("run", "alembic", "--config", SHOP / "alembic.ini", *arguments)


def alembic_in_one(*arguments):
    return ("run", "python", "-c", ONE_TRANSACTION, "--config", SHOP / "alembic.ini", *arguments)


def recording_django(*target):
    return ("run", "python", HERE / "recording_django.py", *target)


def knex(*arguments):
    return ("npm", "knex", *arguments)


def node_pg_migrate(*arguments):
    return ("npm", "node-pg-migrate", *arguments, "--migrations-dir", "node-pg-migrate")


def typeorm(command, *arguments):
    return ("npm", "typeorm", f"migration:{command}", "--dataSource", "datasource.js", *arguments)


def run(database, steps):
    """Runs steps of a tool up to the first that fails, and returns the output of that step."""
    for method, *arguments in steps:
        done = getattr(database, method)(*arguments)
        if done.returncode:
            return done.stdout + done.stderr
    return ""


def tables(database):
    names = "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'guardrail')"
    return {name for (name,) in database.rows(names)}


def expect_refusal_by_hand(database, table):
    """The DDL of a migration is refused at COMMIT when somebody types it into psql, and nothing of it is left."""
    before = database.schema()
    change = f"ALTER TABLE {table} ADD by_hand integer"
    done = database.psql("BEGIN", change, "CREATE TABLE by_hand (id integer)", r"\echo still there", "COMMIT")
    assert done.stdout == "still there\n", "not before COMMIT"
    assert f'ERROR:  transaction changes table "public.{table}" and 1 more {UNRECORDED}' in done.stderr
    assert HINT in done.stderr
    assert UNRECORDED in database.psql(change).stderr, "without BEGIN the statement is its own transaction"
    assert UNRECORDED in database.psql(f"DROP TABLE {table} CASCADE").stderr
    assert database.schema() == before


@pytest.fixture
def database(migrations):
    """A database to which tools connect as app. Whoever works by hand is a superuser, and is checked as well."""
    made = migrations().check_only("unrecorded_migration")
    made.user = "app"
    return made


# For each tool: the steps up, the steps back, and one of the tables that it makes.
RECORDED = {
    "alembic": ([alembic("upgrade", "head")], [alembic("downgrade", "base")], "orders"),
    "alembic in one": ([alembic_in_one("upgrade", "head")], [alembic_in_one("downgrade", "base")], "orders"),
    "django": ([("django", "contenttypes")], None, "django_content_type"),
    "django recording": ([recording_django("auth")], [recording_django("auth", "zero")], "auth_user"),
    "knex": ([knex("migrate:latest")], None, "books"),
    "knex one by one": ([knex("migrate:up"), knex("migrate:up")], None, "books"),
    "node-pg-migrate": ([node_pg_migrate("up")], [node_pg_migrate("down", "2")], "books"),
    "node-pg-migrate each": (
        [node_pg_migrate("up", "--no-single-transaction")],
        [node_pg_migrate("down", "2", "--no-single-transaction")],
        "books",
    ),
    "drizzle": ([("npm", "node", "drizzle.js")], None, "books"),
    "kysely": ([("npm", "node", "kysely.js", "up")], [("npm", "node", "kysely.js", "down")] * 2, "books"),
    "typeorm": ([typeorm("run")], [typeorm("revert"), typeorm("revert")], "books"),
    "typeorm each": (
        [typeorm("run", "--transaction", "each")],
        [typeorm("revert", "--transaction", "each")] * 2,
        "books",
    ),
}


@pytest.mark.parametrize("up, back, table", RECORDED.values(), ids=RECORDED)
def test_recorded_in_the_same_transaction(database, up, back, table):
    """The tool runs all its migrations on an empty database, and takes them back."""
    assert run(database, up) == ""
    assert table in tables(database)
    expect_refusal_by_hand(database, table)
    if back:
        assert run(database, back) == ""
        assert table not in tables(database)


@pytest.fixture
def late(database, tmp_path):
    """The steps of the shop's tool for one more revision, a part of which runs outside of a transaction."""
    assert run(database, [alembic("upgrade", "head")]) == ""
    shop = shutil.copytree(SHOP, tmp_path / "shop")
    ours = ("run", "alembic", "--config", shop / "alembic.ini")
    assert run(database, [(*ours, "revision", "--message", "late")]) == ""
    (revision,) = (shop / "migrations" / "versions").glob("*_late.py")
    revision.write_text(revision.read_text().replace("\n    pass\n", LATE, 1))
    return [(*ours, "upgrade", "head")]


ELSEWHERE = {
    # Django records elsewhere where it puts off a part of the SQL, as of foreign keys, to the end of the migration.
    "django": ([("django", "contenttypes")], [("django", "auth")]),
    "django back": ([("django", "contenttypes")], [("django", "contenttypes", "0001")]),
    "knex back": ([knex("migrate:latest")], [knex("migrate:rollback")]),
    "knex down": ([knex("migrate:latest")], [knex("migrate:down")]),
    "knex without transactions": ([], [knex("migrate:latest", "--disable-transactions")]),
    "typeorm none": ([], [typeorm("run", "--transaction", "none")]),
    "umzug": ([], [("npm", "node", "umzug.js", "up")]),
}


def expect_recorded_elsewhere(database, steps):
    """The steps are refused until the rule is off for the role of the tool. Other roles are still checked."""
    assert UNRECORDED in run(database, steps)
    with database.connect() as admin:
        admin.execute(f"ALTER ROLE app IN DATABASE {database.dbname} SET guardrail.unrecorded_migration = off")
    assert run(database, steps) == ""
    done = database.psql("CREATE TABLE by_hand (id integer)")
    assert UNRECORDED in done.stderr
    assert HINT in done.stderr


@pytest.mark.parametrize("before, steps", ELSEWHERE.values(), ids=ELSEWHERE)
def test_recorded_elsewhere(database, before, steps):
    assert run(database, before) == ""
    expect_recorded_elsewhere(database, steps)


def test_node_pg_migrate_without_a_transaction(database):
    """`pgm.noTransaction()` in one migration ends the transaction before it."""
    database.variables["NO_TRANSACTION"] = "yes"
    expect_recorded_elsewhere(database, [node_pg_migrate("up")])


def test_one_knex_migration_without_a_transaction(database):
    """`config.transaction = false` in one pending migration: those beside it are recorded elsewhere, too."""
    database.variables["NO_TRANSACTION"] = "yes"
    assert UNRECORDED in run(database, [knex("migrate:latest")])
    assert "books" not in tables(database), "the first one, which has a transaction"


def test_django_s_migration_that_is_not_atomic(database):
    """Wagtail has one such migration, after more than a hundred that are atomic."""
    steps = [recording_django()]
    output = run(database, steps)
    assert "Applying wagtailcore.0069_log_entry_jsonfield... OK" in output
    assert "OK" not in output.partition("Applying wagtailcore.0070_")[2]
    assert UNRECORDED in output
    assert "wagtailcore_revision" not in tables(database), "nothing of it was done"


def test_alembic_s_autocommit_block(database, late):
    """CONCURRENTLY is refused before it leaves an invalid index behind."""
    before = database.schema()
    assert UNRECORDED in run(database, late)
    assert database.schema() == before
    expect_recorded_elsewhere(database, late)
    assert database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_late'::regclass") == [(True,)]


def test_an_exempt_role_is_a_way_too(database):
    """The setting `exempt_roles` switches off every rule for the tool."""
    steps = [("npm", "node", "umzug.js", "up")]
    assert UNRECORDED in run(database, steps)
    database.check_only("unrecorded_migration", exempt_roles="app")
    assert run(database, steps) == ""
    assert run(database, [("npm", "node", "umzug.js", "down")]) == ""
    assert UNRECORDED in database.psql("CREATE TABLE by_hand (id integer)").stderr


DDL = "CREATE TABLE by_hand (id integer)"


def test_ddl_from_one_application(migrations):
    """A tool gives its name in PGAPPNAME; the name of psql is psql."""
    database = migrations().check_only("direct_ddl", ddl_applications="alembic|knex-.*")
    assert 'application "" is not meant to run CREATE TABLE' in run(database, [alembic("upgrade", "head")])
    for name, step in ("alembic", alembic("upgrade", "head")), ("knex-shop", knex("migrate:latest")):
        database.variables["PGAPPNAME"] = name
        assert run(database, [step]) == ""
    assert tables(database) >= {"orders", "books"}
    refusal = database.psql(DDL).stderr
    assert 'ERROR:  application "psql" is not meant to run CREATE TABLE' in refusal
    assert HINT in refusal


def test_ddl_by_one_role(migrations):
    """The role of the tool may run DDL, and a superuser may after SET ROLE to that role."""
    database = migrations().check_only("direct_ddl", ddl_roles="app")
    assert 'role "postgres" is not meant to run CREATE TABLE' in run(database, [alembic("upgrade", "head")])
    database.user = "app"
    assert run(database, [alembic("upgrade", "head"), knex("migrate:latest"), knex("migrate:rollback")]) == ""
    for user in "postgres", "stranger":
        refusal = database.psql("ALTER TABLE public.orders ADD by_hand integer", user=user).stderr
        assert f'ERROR:  role "{user}" is not meant to run ALTER TABLE' in refusal
        assert 'HINT:  -- Let role "app" run it.' in refusal
    assert database.psql("SET ROLE app", "ALTER TABLE orders ADD by_hand integer").returncode == 0
