"""A setting may name types and roles that do not exist. It is never refused for that: a warning tells once a session
which name means nothing, the rest of the value takes effect, and no query breaks."""

import pytest
import server
from guard import Guard

TYPES = "guardrail.primary_key_types"
UNKNOWN_TYPE = 'parameter "guardrail.{}" names a type that does not exist'
UNKNOWN_ROLE = 'parameter "guardrail.{}" names a role that does not exist'
NO_ROLE = "nobody_of_that_name"


def take_warnings(session):
    warnings = [message for message in session.messages if message.severity in ("WARNING", "NOTICE")]
    session.messages.clear()
    return warnings


def take_the_warning(session):
    (warning,) = take_warnings(session)
    assert warning.severity == "WARNING"
    assert warning.sqlstate == "42704", warning
    return warning


def key(name, type_name):
    return f"CREATE TABLE {name} (id {type_name} CONSTRAINT pk_{name} PRIMARY KEY)"


VALUES = [
    # setting, value, what the warning says
    ("primary_key_types", "uuid, bigit", 'primary_key_types: type "bigit" does not exist.'),
    ("primary_key_types", "uuid, app.ulid", 'primary_key_types: type "app.ulid" does not exist.'),
    ("required_columns", '{"a": {"type": "uid"}}', 'required_columns.a.type: type "uid" does not exist.'),
    ("discouraged_types", '{"jsn": "jsonb"}', 'discouraged_types.jsn: type "jsn" does not exist.'),
    ("discouraged_types", '{"json": "jsnb"}', 'discouraged_types.json: type "jsnb" does not exist.'),
    ("exempt_roles", f"app, {NO_ROLE}", f'exempt_roles: role "{NO_ROLE}" does not exist.'),
    ("ddl_roles", f'"{NO_ROLE.upper()}"', f'ddl_roles: role "{NO_ROLE.upper()}" does not exist.'),
]


@pytest.mark.parametrize("setting, value, told", VALUES)
def test_set_tells_at_once(preloaded_guard, setting, value, told):
    guard = preloaded_guard.as_superuser()
    guard.session.run(f"SET guardrail.{setting} = '{value}'")
    warning = take_the_warning(guard.session)
    assert f'"guardrail.{setting}"' in warning.primary
    assert warning.detail.startswith(told), warning
    assert warning.hint
    assert guard.session.rows(f"SHOW guardrail.{setting}") == [(value,)]
    guard.session.run(f"SET guardrail.{setting} = '{value}'")
    guard.session.run(key("t", "bigint"))
    assert [warning for warning in take_warnings(guard.session) if warning.sqlstate == "42704"] == []


@pytest.mark.parametrize("setting, value, told", VALUES)
def test_a_stored_value_is_told_about_once_a_session(either_guard, setting, value, told):
    guard = either_guard.configure(preset="none", **{setting: value})
    for _ in range(2):
        guard.reconnect()
        guard.session.run("CREATE TABLE t (id bigint)")
        assert take_the_warning(guard.session).detail.startswith(told)
        guard.session.run("DROP TABLE t")
        guard.session.run("CREATE TABLE t (id bigint)")
        guard.session.run("DROP TABLE t")
        assert take_warnings(guard.session) == []


def test_each_unknown_name_is_told(guard):
    guard.configure(preset="none", exempt_roles="one_role, other_role")
    guard.session.run("CREATE TABLE t (id bigint)")
    details = [warning.detail for warning in take_warnings(guard.session)]
    assert [detail.split('"')[1] for detail in details] == ["one_role", "other_role"]


def test_the_other_parts_of_the_value_count(guard):
    guard.check_only("disallowed_primary_key_type").configure(primary_key_types="uuid, app.ulid")
    guard.passes(key("known", "uuid"))
    guard.refuses(key("other", "bigint"), adds="disallowed_primary_key_type other.id")
    guard.administer("CREATE SCHEMA app AUTHORIZATION app", "CREATE DOMAIN app.ulid AS text")
    guard.passes(key("now_known", "app.ulid"))


def test_a_list_of_unknown_types_allows_no_type(guard):
    guard.check_only("disallowed_primary_key_type").configure(primary_key_types="app.ulid")
    guard.refuses(key("t", "bigint"), adds="disallowed_primary_key_type t.id")


def test_a_required_column_of_an_unknown_type(guard):
    guard.check_only("missing_required_column").configure(
        required_columns='{"a": {"type": "no.such"}, "b": {"type": "text", "not_null": true}}'
    )
    missing = ["missing_required_column t", "missing_required_column t"]
    message = guard.refuses("CREATE TABLE t (id bigint)", adds=missing)
    assert '-- Column "a" needs type "no.such", which does not exist.' in message.hint
    assert "ADD COLUMN b text NOT NULL" in message.hint
    guard.refuses("CREATE TABLE t (a text, b text NOT NULL)", adds="missing_required_column t.a")


def test_a_discouraged_type_that_does_not_exist_hides_no_other(guard):
    guard.check_only("discouraged_type").configure(discouraged_types='{"jsn": "jsonb", "money": "numeric"}')
    guard.refuses("CREATE TABLE t (price money)", adds="discouraged_type t.price")


def test_a_role_that_comes_later_counts_from_then_on(guard):
    role = f"late_{guard.dbname}"
    guard.configure(exempt_roles=role)
    bad = "CREATE TABLE t (made timestamp)"
    guard.refuses(bad, adds="timestamp_without_time_zone t.made")
    guard.administer(f"CREATE ROLE {role}", f"GRANT {role} TO app")
    try:
        guard.passes(bad)
        guard.administer(f"ALTER ROLE {role} RENAME TO other_{role}")
        guard.refuses("ALTER TABLE t ADD gone timestamp", adds="timestamp_without_time_zone t.gone")
        guard.reconnect()
        guard.session.expect_refusal("ALTER TABLE t ADD gone timestamp")
        assert role in take_the_warning(guard.session).detail
        guard.administer(f"ALTER ROLE other_{role} RENAME TO {role}")
        guard.passes("ALTER TABLE t ADD gone timestamp")
    finally:
        guard.administer(f"DROP ROLE {role}")


def test_in_postgresql_conf_for_databases_with_and_without_the_type(bindir):
    settings = {TYPES: "'uuid, app.ulid'", "guardrail.exempt_roles": f"'{NO_ROLE}'"}
    cluster = server.Cluster(bindir, shared_preload_libraries="pg_guardrail", **settings).start()
    try:
        with_type, without_type = (Guard(cluster, cluster.create_database()) for _ in range(2))
        for guard in (with_type, without_type):
            guard.check_only("disallowed_primary_key_type")
        with_type.administer("CREATE SCHEMA app AUTHORIZATION app", "CREATE DOMAIN app.ulid AS text")
        with_type.session.run(key("t", "app.ulid"))
        assert [warning.detail.split('"')[1] for warning in take_warnings(with_type.session)] == [NO_ROLE]
        assert str(without_type.session.expect_refusal(key("t", "bigint"))) == "disallowed_primary_key_type t.id"
        names = [warning.detail.split('"')[1] for warning in take_warnings(without_type.session)]
        assert sorted(names) == ["app.ulid", NO_ROLE]
        for guard in (with_type, without_type):
            guard.user = "postgres"
            guard.reconnect()
            guard.session.force_parallel()
            assert guard.session.rows(f"SELECT current_setting('{TYPES}') FROM pg_class LIMIT 1")
            assert take_warnings(guard.session) == []
            guard.close()
    finally:
        cluster.stop()


@pytest.mark.parametrize("tool", ["pg_restore", "psql"])
def test_a_restore_sets_the_value_before_the_type_exists(either_guard, tmp_path, tool):
    guard = either_guard
    guard.administer("CREATE SCHEMA app", "CREATE DOMAIN app.ulid AS text", "CREATE TABLE app.keys (id app.ulid)")
    guard.configure(primary_key_types="uuid, app.ulid", exempt_roles=NO_ROLE, mode="warn")
    cluster, dbname = guard.cluster, guard.dbname
    dump = tmp_path / "dump"
    form = "--format=custom" if tool == "pg_restore" else "--format=plain"
    made = cluster.client("pg_dump", "--create", form, "--file", str(dump), dbname=dbname)
    assert made.returncode == 0, made.stderr
    guard.close()
    cluster.drop_database(dbname)
    command = {
        "pg_restore": ["--create", "--exit-on-error", "--dbname", "postgres", str(dump)],
        "psql": ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(dump)],
    }[tool]
    restored = cluster.client(tool, *command, dbname="postgres")
    assert restored.returncode == 0, restored.stderr
    again = Guard(cluster, dbname)
    again.user = "postgres"
    assert again.session.rows("SELECT count(*) FROM app.keys") == [(0,)]
    again.session.run("LOAD 'pg_guardrail'")
    assert again.session.rows(f"SHOW {TYPES}") == [("uuid, app.ulid",)]
    again.close()


@pytest.mark.parametrize("place", ["DATABASE {dbname}", "ROLE stranger", "ROLE stranger IN DATABASE {dbname}"])
def test_stored_before_the_type_exists(preloaded_guard, place):
    guard = preloaded_guard
    place = place.format(dbname=guard.dbname)
    try:
        guard.administer(f"ALTER {place} SET {TYPES} = 'app.ulid'")
        guard.administer(f"ALTER {place} SET guardrail.exempt_roles = '{NO_ROLE}'")
    finally:
        guard.administer("ALTER ROLE stranger RESET ALL", f"ALTER ROLE stranger IN DATABASE {guard.dbname} RESET ALL")


def test_it_is_told_once_wherever_it_is_set(guard):
    """In a transaction, in a function, after RESET, after DISCARD ALL: once in a session."""
    guard.administer(
        f"CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql SET guardrail.exempt_roles = '{NO_ROLE}' "
        "AS $$ BEGIN RETURN current_setting('guardrail.exempt_roles'); END $$"
    )
    session = guard.as_superuser().session
    session.run("LOAD 'pg_guardrail'")
    session.run("BEGIN")
    session.run(f"SET LOCAL guardrail.exempt_roles = '{NO_ROLE}'")
    assert NO_ROLE in take_the_warning(session).detail
    session.run("ROLLBACK")
    for sql in ("SELECT f()", "SELECT f()", f"SET guardrail.exempt_roles = '{NO_ROLE}'", "RESET ALL", "DISCARD ALL",
                f"SELECT set_config('guardrail.exempt_roles', '{NO_ROLE}, postgres', false)"):  # fmt: skip
        session.run(sql)
    assert take_warnings(session) == []
    session.run("CREATE TABLE t (made timestamp)")
    assert take_warnings(session) == []


def test_nothing_is_looked_up_for_a_setting_of_another_database(preloaded_guard):
    session = preloaded_guard.as_superuser().session
    session.run(f"ALTER DATABASE {preloaded_guard.dbname} SET {TYPES} = 'no.such'")
    session.run(f"ALTER ROLE stranger IN DATABASE postgres SET {TYPES} = 'no.such'")
    session.run("ALTER ROLE stranger IN DATABASE postgres RESET ALL")
    assert take_warnings(session) == []


def test_long_lists(guard):
    """A long value is taken as it is; each of its names is looked up."""
    guard.administer("SET guardrail.mode = off")
    session = guard.as_superuser().session
    session.run("LOAD 'pg_guardrail'")
    names = ", ".join(["postgres"] * 20_000)
    session.run(f"SET guardrail.exempt_roles = '{names}'")
    session.run(f"SET {TYPES} = '{', '.join(['uuid'] * 20_000)}'")
    session.run(f"SET guardrail.exempt_roles = '{'x' * 5000}'")
    assert "x" * 5000 in take_the_warning(session).detail
    guard.refuses("CREATE TABLE t (made timestamp)", adds="timestamp_without_time_zone t.made")
