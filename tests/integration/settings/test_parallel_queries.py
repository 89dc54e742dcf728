"""A parallel worker has the settings of its leader, and no setting breaks a parallel query."""

import pytest

TYPES = "guardrail.primary_key_types"
LOADED = {
    "shared preload": ("preloading_cluster", {}, []),
    "session preload": ("late_cluster", {"options": "-c session_preload_libraries=pg_guardrail"}, []),
    "LOAD": ("late_cluster", {}, ["LOAD 'pg_guardrail'"]),
    "first DDL": ("late_cluster", {}, ["CREATE TABLE first (id bigint)"]),
}


@pytest.fixture(params=LOADED)
def guard_and_session(request):
    """A guard, and a function that opens a superuser's session that has loaded the library, in each of the ways."""
    cluster, options, statements = LOADED[request.param]
    guard = request.getfixturevalue("preloaded_guard" if cluster == "preloading_cluster" else "late_guard")

    def open_session():
        session = guard.connect("postgres", **options)
        for sql in statements:
            session.run(sql)
        session.messages.clear()
        return session

    return guard, open_session


SHOWN = """
    SELECT name, setting FROM pg_settings WHERE name LIKE 'guardrail.%'
    UNION ALL SELECT 'shown', concat_ws(';', current_setting('guardrail.mode'), current_setting('guardrail.exempt_roles'),
        current_setting('guardrail.fk_on_delete_actions'), current_setting('guardrail.max_messages'))
    ORDER BY 1
"""


def test_a_worker_shows_what_its_leader_shows(guard_and_session):
    guard, open_session = guard_and_session
    guard.configure(unnamed_constraint="NOTICE", exempt_tables="kept_.*", mode="ENFORCE")
    session = open_session()
    session.run("SET guardrail.fk_on_delete_actions = 'CASCADE'")
    session.run("SET guardrail.max_messages = 7")
    in_leader = session.rows(SHOWN)
    assert ("shown", "enforce;;CASCADE;7") in in_leader
    session.force_parallel()
    plan = "\n".join(line for (line,) in session.rows(f"EXPLAIN (COSTS OFF) {SHOWN}"))
    assert "Workers Planned" in plan, plan
    assert session.rows(SHOWN) == in_leader
    assert session.messages == []


def test_a_dropped_type_breaks_no_parallel_query(guard_and_session):
    guard, open_session = guard_and_session
    guard.administer("CREATE SCHEMA app", "CREATE DOMAIN app.ulid AS text")
    session = open_session()
    session.run(f"SET {TYPES} = 'uuid, app.ulid'")
    session.run("SET guardrail.exempt_roles = 'postgres'")
    guard.administer("DROP DOMAIN app.ulid")
    session.force_parallel()
    assert session.rows("SELECT count(*) > 0 FROM pg_class") == [(True,)]
    assert session.messages == []


VALUES = [
    ("primary_key_types", "uuid, app.ulid"),
    ("required_columns", '{"a": {"type": "uid"}}'),
    ("discouraged_types", '{"json": "jsnb"}'),
    ("exempt_roles", "nobody_of_that_name"),
    ("ddl_roles", "nobody_of_that_name"),
    ("exempt_tables", "a|b, (c|d)+"),
]


@pytest.mark.parametrize("setting, value", VALUES)
def test_a_stored_value_breaks_no_parallel_query(guard_and_session, setting, value):
    guard, open_session = guard_and_session
    guard.configure(**{setting: value})
    session = open_session()
    session.force_parallel()
    assert session.rows(f"SELECT current_setting('guardrail.{setting}') FROM pg_class LIMIT 1") == [(value,)]
    assert session.messages == []


def test_a_function_s_setting_in_a_parallel_query(guard_and_session):
    guard, open_session = guard_and_session
    guard.administer(
        "CREATE SCHEMA app",
        "CREATE DOMAIN app.ulid AS text",
        f"CREATE FUNCTION f(name) RETURNS name LANGUAGE plpgsql PARALLEL SAFE SET {TYPES} = 'app.ulid' "
        "AS 'BEGIN RETURN $1; END'",
        "DROP DOMAIN app.ulid",
    )
    session = open_session()
    session.force_parallel()
    assert len(session.rows("SELECT f(relname) FROM pg_class LIMIT 3")) == 3


def test_a_bad_stored_option_is_not_told_about_by_workers(late_guard):
    """PostgreSQL itself tells about a bad word or number again, as for any setting."""
    with late_guard.cluster.connect("postgres") as admin:
        admin.execute(f"ALTER DATABASE {late_guard.dbname} SET guardrail.exempt_tables = '(open'")
    session = late_guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert len(session.messages) == 1
    session.force_parallel()
    session.messages.clear()
    assert session.rows("SELECT count(*) > 0 FROM pg_class") == [(True,)]
    assert session.messages == []
