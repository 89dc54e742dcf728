"""Exempt schemas, tables and roles, temporary tables and system schemas are never checked."""

import pytest

TS = "timestamp_without_time_zone"
BAD = "CREATE TABLE {} (made timestamp)"

SCHEMAS = [
    # patterns, schema, exempt
    ("attic", "attic", True),
    ("attic", "attics", False),
    ("attic", "the_attic", False),
    ("att", "attic", False),
    ("att.*", "attic", True),
    ("one|two", "two", True),
    ("one|two", "two2", False),
    ("none, attic", "attic", True),
    ("ATTIC", "attic", False),
    ("", "attic", False),
]


@pytest.mark.parametrize("patterns, schema, exempt", SCHEMAS)
def test_schemas(guard, patterns, schema, exempt):
    guard.administer(f"CREATE SCHEMA {schema} AUTHORIZATION app")
    guard.configure(exempt_schemas=patterns)
    if exempt:
        guard.passes(BAD.format(f"{schema}.t"), f"ALTER TABLE {schema}.t ADD UNIQUE (made)")
    else:
        guard.refuses(BAD.format(f"{schema}.t"), adds=f"{TS} {schema}.t.made")
    guard.refuses(BAD.format("t"), adds=f"{TS} t.made")


TABLES = [
    # patterns, table, exempt
    ("t", "t", True),
    ("t", "tt", False),
    ("t", "attic.t", True),
    ("tmp_.*", "tmp_x", True),
    ("tmp_.*", "xtmp_x", False),
    (r"public\.t", "t", True),
    (r"public\.t", "attic.t", False),
    (r"attic\..*", "attic.t", True),
    (r"attic\..*", "t", False),
    (r"[a-c]+\d", "abc1", True),
    ("a|b", "b", True),
    ("a|b", "ab", False),
    ("x, t", "t", True),
    ('"T"', "t", False),
    ("T", "t", False),
    ("T", '"T"', True),
]


@pytest.mark.parametrize("patterns, table, exempt", TABLES)
def test_tables(guard, patterns, table, exempt):
    guard.administer("CREATE SCHEMA attic AUTHORIZATION app")
    guard.configure(exempt_tables=patterns)
    if exempt:
        guard.passes(BAD.format(table))
    else:
        guard.refuses(BAD.format(table), adds=f"{TS} {table}.made")


def test_commit_rules_are_exempt_too(guard):
    guard.configure(exempt_tables="child")
    guard.passes("CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)")
    guard.passes("CREATE INDEX ix ON child (c)", "DROP INDEX CONCURRENTLY ix")


@pytest.fixture
def roles(guard):
    guard.administer(
        f"CREATE ROLE deployers_{guard.dbname}",
        f"CREATE ROLE team_{guard.dbname} IN ROLE deployers_{guard.dbname}",
    )
    yield f"deployers_{guard.dbname}", f"team_{guard.dbname}"
    guard.administer(
        "SET guardrail.mode = off",
        f"REASSIGN OWNED BY deployers_{guard.dbname}, team_{guard.dbname} TO app",
        f"DROP ROLE deployers_{guard.dbname}, team_{guard.dbname}",
    )


def test_role_by_name(guard):
    guard.configure(exempt_roles="other, app").passes(BAD.format("t"))
    guard.configure(exempt_roles="ap").refuses(BAD.format("t2"), adds=f"{TS} t2.made")
    guard.configure(exempt_roles="ap.*").refuses(BAD.format("t2"), adds=f"{TS} t2.made")


def test_role_by_membership(guard, roles):
    deployers, team = roles
    guard.configure(exempt_roles=deployers).refuses(BAD.format("t"), adds=f"{TS} t.made")
    guard.administer(f"GRANT {team} TO app")
    guard.reconnect()
    guard.passes(BAD.format("t"))
    guard.administer(f"REVOKE {team} FROM app")
    guard.reconnect()
    guard.refuses(BAD.format("t2"), adds=f"{TS} t2.made")


def test_superusers_are_no_members(guard, roles):
    guard.configure(exempt_roles=roles[0])
    guard.as_superuser().refuses(BAD.format("t"), adds=f"{TS} t.made")
    guard.passes(f"SET ROLE {roles[0]}", BAD.format("t"), "RESET ROLE")
    guard.refuses(BAD.format("t2"), adds=f"{TS} t2.made")


def test_a_role_that_does_not_exist_exempts_nobody(guard):
    guard.configure(exempt_roles="nobody_of_that_name").refuses(BAD.format("t"), adds=f"{TS} t.made")


def test_what_an_exempt_role_made_is_legacy_for_the_others(guard):
    guard.configure(exempt_roles="postgres")
    guard.as_superuser().passes("CREATE TABLE t (id int PRIMARY KEY, made timestamp)", "ALTER TABLE t OWNER TO app")
    guard.user = "app"
    guard.reconnect()
    guard.passes("ALTER TABLE t ADD note text")
    guard.refuses("ALTER TABLE t ADD gone timestamp", adds=f"{TS} t.gone")


TEMPORARY = [
    "CREATE TEMP TABLE t (id int PRIMARY KEY, made timestamp, c int REFERENCES t)",
    "CREATE TABLE pg_temp.t (made timestamp)",
    "CREATE LOCAL TEMPORARY TABLE t (LIKE old INCLUDING ALL)",
    "CREATE TEMP TABLE t () INHERITS (old); ALTER TABLE t ADD gone timestamp",
    "CREATE TEMP TABLE t (id int, made timestamp) PARTITION BY RANGE (id); "
    "CREATE TEMP TABLE t1 PARTITION OF t (UNIQUE (id)) FOR VALUES FROM (0) TO (9)",
    "SET search_path = pg_temp, public; CREATE TABLE t (made timestamp)",
    "CREATE DOMAIN pg_temp.d AS timestamp; CREATE TYPE pg_temp.c AS (made timestamp)",
]


@pytest.mark.parametrize("sql", TEMPORARY)
def test_temporary_tables(guard, sql):
    guard.prepare("CREATE TABLE old (id int PRIMARY KEY, made timestamp)")
    guard.passes(*sql.split("; "))


def test_the_guard_s_own_and_postgresql_s_schemas(guard):
    guard.as_superuser().passes(
        "CREATE TABLE guardrail.t (made timestamp)",
        "SET allow_system_table_mods = on",
        "CREATE TABLE information_schema.t (made timestamp)",
        "CREATE TABLE pg_catalog.t (made timestamp)",
    )


def test_unlogged_tables_are_not_exempt(guard):
    guard.refuses("CREATE UNLOGGED TABLE t (made timestamp)", adds=f"{TS} t.made")
