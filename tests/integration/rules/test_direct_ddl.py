"""DDL by roles and from applications that are not meant to run it.

migrations/test_recorded_migrations.py tests the rule with real tools.
"""

import cases
import pytest
from rule_test import RuleTest

RULE = "direct_ddl"
# The rule is about a statement, and about no object.
ADDS = f"{RULE} "

SETUP = "CREATE TABLE t (a int); CREATE INDEX ix ON t (a); CREATE SCHEMA side; CREATE TABLE side.t (a int)"

# (id, statement)
DDL = [
    ("table", "CREATE TABLE x (a int)"),
    ("as", "CREATE TABLE x AS SELECT 1 AS a"),
    ("into", "SELECT 1 AS a INTO x"),
    ("alter", "ALTER TABLE t ADD b int"),
    ("rename", "ALTER TABLE t RENAME TO x"),
    ("drop", "DROP TABLE t"),
    ("index", "CREATE INDEX ON t (a)"),
    ("concurrently", "CREATE INDEX CONCURRENTLY ix_2 ON t (a)"),
    ("view", "CREATE VIEW v AS SELECT 1 AS a"),
    ("function", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("schema", "CREATE SCHEMA x CREATE TABLE inner_one (a int)"),
    ("type", "CREATE TYPE mood AS ENUM ('ok')"),
    ("comment", "COMMENT ON TABLE t IS 'old'"),
    ("grant", "GRANT SELECT ON t TO stranger"),
    ("grant_all", "GRANT SELECT ON ALL TABLES IN SCHEMA side TO stranger"),
    ("owned", "DROP OWNED BY app"),
    ("do", "DO $$ BEGIN CREATE TABLE x (); END $$"),
    ("if_not_exists", "CREATE TABLE IF NOT EXISTS t (a int)"),
    ("one_of_two", "CREATE TEMP TABLE tmp (); DROP TABLE tmp, t"),
]
NO_DDL = [
    ("select", "SELECT FROM t"),
    ("insert", "INSERT INTO t VALUES (1)"),
    ("truncate", "TRUNCATE t"),
    ("vacuum", "VACUUM t"),
    ("reindex", "REINDEX TABLE t"),
    ("refresh", "REFRESH MATERIALIZED VIEW mv"),
    ("set", "SET search_path = side"),
    ("drop_of_nothing", "DROP TABLE IF EXISTS nothing, side.nothing, nowhere.nothing"),
    ("drop_view_of_nothing", "DROP VIEW IF EXISTS nothing"),
]


class TestDirectDdl(RuleTest):
    rule = RULE
    # The role app, which runs the tests, is not meant to run DDL.
    settings = {"ddl_roles": "stranger"}

    bad = [(case, SETUP, statement, "") for case, statement in DDL]
    good = [(case, f"{SETUP}; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a", statement) for case, statement in NO_DDL]


@pytest.fixture
def guarded(guard):
    """The guard checks this rule alone, and the role app is not meant to run DDL."""
    guard.prepare(SETUP)
    return guard.check_only(RULE).configure(ddl_roles="stranger")


def test_one_violation_for_one_statement(guarded):
    guarded.configure(mode="warn")
    guarded.warns("CREATE SCHEMA x CREATE TABLE a (id serial PRIMARY KEY) CREATE VIEW v AS SELECT 1 AS a", adds=ADDS)
    (message,) = guarded.warns("CREATE TABLE b (id serial PRIMARY KEY, a int UNIQUE)", adds=ADDS)
    assert message.primary == 'role "app" is not meant to run CREATE TABLE'
    assert message.hint == '-- Let role "stranger" run it.'


TEMPORARY = [
    ("table", "CREATE TEMP TABLE x (id serial PRIMARY KEY)"),
    ("by_schema", "CREATE TABLE pg_temp.x (a int)"),
    ("as", "CREATE TEMP TABLE x AS SELECT 1 AS a"),
    ("into", "SELECT 1 AS a INTO TEMP x"),
    ("by_path", "SET search_path = pg_temp; CREATE TABLE x (a int); RESET search_path"),
    ("view", "CREATE TEMP VIEW x AS SELECT 1 AS a"),
    ("view_by_content", "CREATE TEMP VIEW x AS TABLE tmp"),
    ("sequence", "CREATE TEMP SEQUENCE x; ALTER SEQUENCE x RESTART 5; DROP SEQUENCE x"),
    ("alter", "ALTER TABLE tmp ADD b int; ALTER TABLE tmp RENAME b TO c; ALTER TABLE tmp RENAME TO tmp_2"),
    ("index", "CREATE INDEX tmp_ix ON tmp (a); ALTER INDEX tmp_ix RENAME TO tmp_ix_2; DROP INDEX tmp_ix_2"),
    ("trigger", """CREATE TRIGGER g BEFORE UPDATE ON tmp EXECUTE FUNCTION suppress_redundant_updates_trigger();
                   DROP TRIGGER g ON tmp"""),
    ("comment", "COMMENT ON TABLE tmp IS 'x'; COMMENT ON COLUMN tmp.a IS 'y'"),
    ("grant", "GRANT SELECT ON tmp TO stranger"),
    ("function", "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("type", "CREATE TYPE pg_temp.pair AS (a int); CREATE TYPE pg_temp.mood AS ENUM ('ok')"),
    ("drop", "DROP TABLE tmp"),
    ("drop_hiding", "CREATE TEMP TABLE t (a int); DROP TABLE t"),
    ("drop_and_make", "DROP TABLE IF EXISTS tmp_3; CREATE TEMP TABLE tmp_3 (a int)"),
]  # fmt: skip


@cases.parametrize("sql", TEMPORARY)
def test_temporary_objects_are_exempt(guarded, sql):
    guarded.passes("CREATE TEMP TABLE tmp (a int)", sql)


def test_a_temporary_table_hides_nothing(guarded):
    """A permanent table of the same name can be made, and dropped by its qualified name, and that is a violation."""
    guarded.passes("CREATE TEMP TABLE x (a int)", "CREATE TEMP TABLE t (a int)")
    guarded.refuses("CREATE TABLE public.x (a int)", adds=ADDS)
    guarded.refuses("CREATE TABLE x (a int)", adds=ADDS)
    guarded.refuses("DROP TABLE public.t", adds=ADDS)


def test_silent_until_an_option_is_set(guard):
    guard.check_only(RULE).passes("CREATE TABLE x (a int)")


def test_roles(guard):
    """The current role counts and every role that it is a member of; the role that logged in does not, and a superuser is a
    member of no role."""
    guard.check_only(RULE).configure(ddl_roles="nobody_of_this_name, pg_monitor")
    guard.refuses("CREATE TABLE x (a int)", adds=ADDS)
    guard.administer("GRANT pg_monitor TO stranger", "GRANT stranger TO app")
    try:
        guard.passes("CREATE TABLE x (a int)", "DROP TABLE x")
        guard.as_superuser().refuses("CREATE TABLE x (a int)", adds=ADDS)
        guard.passes("SET ROLE app", "CREATE TABLE x (a int)", "RESET ROLE")
        message = guard.refuses("DROP TABLE x", adds=ADDS)
        assert message.primary == 'role "postgres" is not meant to run DROP TABLE'
        guard.passes("SET SESSION AUTHORIZATION stranger", "CREATE TABLE y (a int)")
    finally:
        guard.administer("REVOKE stranger FROM app", "REVOKE pg_monitor FROM stranger")


def test_security_definer(guard):
    """Inside the function the current role is the owner of the function."""
    make = "CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql {} AS $$ BEGIN CREATE TABLE x (); END $$"
    guard.check_only(RULE).configure(ddl_roles="stranger")
    with guard.cluster.connect(guard.dbname, "stranger") as stranger:
        stranger.execute(make.format("SECURITY DEFINER"))
        guard.passes("SELECT make()")
        stranger.execute("DROP TABLE x")
        stranger.execute("ALTER FUNCTION make() SECURITY INVOKER")
    guard.refuses("SELECT make()", adds=ADDS)


APPLICATIONS = [
    ("same", "alembic", "alembic", True),
    ("one_of", "flyway, alembic", "alembic", True),
    ("pattern", "alembic-.*", "alembic-shop", True),
    ("whole_name", "alembic", "alembic-shop", False),
    ("middle", "alembic", "my alembic", False),
    ("capitals", "alembic", "Alembic", False),
    ("capitals_meant", "(?i)alembic", "Alembic", True),
    ("none", "alembic", "", False),
    ("no_name_meant", "alembic|", "", True),
    ("other_letters", "wanderung-ä", "wanderung-ä", False),
]


@cases.parametrize("setting, application, meant", APPLICATIONS)
def test_applications(guard, setting, application, meant):
    """PostgreSQL escapes the letters of an application's name that are not ASCII, so such a name never fits."""
    guard.check_only(RULE).configure(ddl_applications=setting)
    guard.main = guard.connect(application_name=application)
    if meant:
        guard.passes("CREATE TABLE x (a int)")
    else:
        message = guard.refuses("CREATE TABLE x (a int)", adds=ADDS)
        assert message.primary.startswith('application "')
        assert "is not meant to run CREATE TABLE" in message.primary
        assert message.hint == "-- Write this change as a migration and let the migration tool run it."


def test_any_client_can_set_the_name(guard):
    """The setting is against mistakes, and no protection against intent."""
    guard.check_only(RULE).configure(ddl_applications="alembic")
    guard.refuses("CREATE TABLE x (a int)", adds=ADDS)
    guard.passes("SET application_name = alembic", "CREATE TABLE x (a int)")


def test_role_and_application(guarded):
    """The role is a violation, and the application is another."""
    guarded.configure(ddl_applications="alembic")
    guarded.refuses("CREATE TABLE x (a int)", adds=[ADDS, ADDS])


def test_exempt(guarded):
    guarded.configure(exempt_schemas="side", exempt_tables="mine")
    guarded.passes("CREATE TABLE side.x (a int)", "CREATE TABLE mine (a int)", "CREATE INDEX ix_mine ON mine (a)",
                   "SET search_path = side", "CREATE TABLE y (a int)", "DROP TABLE t", "RESET search_path",
                   "DROP INDEX ix_mine", "DROP TABLE mine, side.x")  # fmt: skip
    guarded.refuses("DROP TABLE t, side.y", adds=ADDS)
    guarded.refuses("CREATE TABLE x (a int)", adds=ADDS)
    guarded.configure(exempt_roles="app").passes("CREATE TABLE x (a int)")


def test_partition_and_legacy(guard):
    """The rule is about who runs a statement; which table the statement is about makes no difference."""
    guard.prepare("CREATE TABLE ev (a int) PARTITION BY RANGE (a)")
    guard.check_only(RULE).configure(ddl_roles="stranger")
    guard.refuses("CREATE TABLE ev1 PARTITION OF ev DEFAULT", adds=ADDS)
    guard.refuses("ALTER TABLE ev ADD b int", adds=ADDS)


def test_fixed_later(guarded):
    """The statement is checked before it runs, as nothing later in the transaction could fix it."""
    guarded.refuses_in_transaction("CREATE TABLE x (a int)", adds=ADDS)


def test_extension_script(guard):
    """The statement of the user is checked, and the statements of the extension's script are not."""
    if not guard.observe("SELECT FROM pg_available_extensions WHERE name = 'hstore'"):
        pytest.skip("this server comes without contrib")
    guard.as_superuser().check_only(RULE).configure(ddl_applications="alembic")
    guard.refuses("CREATE EXTENSION hstore", adds=ADDS)
    guard.configure(ddl_applications="", ddl_roles="app", mode="warn")
    guard.warns("CREATE EXTENSION hstore", adds=ADDS)
