"""What PostgreSQL has kept for a setting when the library comes: good values hold, bad ones are told about once, and
postgresql.conf is read again only where a value was lost."""

import pytest

TS = "timestamp_without_time_zone"
BAD = "CREATE TABLE t (made timestamp)"
ADDS = f"{TS} t.made"
MARK = "guard_test.mark"


@pytest.fixture
def rereads(late_cluster):
    """Writes a setting to postgresql.conf that no session has read. Gives a function that tells whether a session has
    read the file again."""
    file = late_cluster.data / "postgresql.conf"
    text = file.read_text()
    file.write_text(f"{text}\n{MARK} = 'read'\n")
    yield lambda session: session.rows(f"SELECT current_setting('{MARK}', true)") == [("read",)]
    file.write_text(text)


KEPT = [
    ("mode", "ENFORCE"),
    ("mode", "enforce"),
    ("preset", "Core"),
    (TS, "ERROR"),
    ("max_messages", "0x14"),
    ("max_messages", " 020"),
    ("fk_index_may_follow", "OFF"),
    ("fk_on_delete_actions", " CASCADE ,Restrict"),
    ("exempt_roles", "nobody_of_that_name"),
]


@pytest.mark.parametrize("setting, value", KEPT)
def test_a_value_that_is_written_otherwise_is_not_lost(late_guard, rereads, setting, value):
    guard = late_guard.configure(**{setting: value})
    session = guard.session
    assert str(session.expect_refusal(BAD)) == ADDS
    assert not rereads(session)


def test_a_name_in_capitals(late_guard, rereads):
    guard = late_guard.configure(mode="warn")
    guard.administer(f"ALTER DATABASE {guard.dbname} RESET guardrail.mode")
    guard.administer(f"""ALTER DATABASE {guard.dbname} SET "guardrail"."MODE" = 'enforce'""")
    guard.refuses(BAD, adds=ADDS)
    session = guard.connect(options="-c guardrail.mode=off")
    assert str(session.expect_refusal(BAD)) == ADDS
    assert rereads(session)


def test_what_a_user_without_the_right_has_set_is_lost(late_guard, rereads):
    session = late_guard.connect(options="-c guardrail.mode=off")
    assert str(session.expect_refusal(BAD)) == ADDS
    assert rereads(session)


@pytest.mark.parametrize("lost", ["mode=off", "preset=none", f"{TS}=off", "exempt_roles=app"])
def test_the_same_where_the_database_loads_the_library(late_guard, rereads, lost):
    """PostgreSQL 13 and 14 load it then outside of a transaction."""
    guard = late_guard
    guard.administer(f"ALTER DATABASE {guard.dbname} SET session_preload_libraries = 'pg_guardrail'")
    guard.administer(f"ALTER DATABASE {guard.dbname} SET guardrail.exempt_roles = 'nobody_of_that_name'")
    guard.administer(f"ALTER DATABASE {guard.dbname} SET guardrail.{TS} = 'error'")
    session = guard.connect(options=f"-c guardrail.{lost} -c default_transaction_isolation=serializable")
    assert str(session.expect_refusal(BAD)) == ADDS
    assert rereads(session)
    assert session.rows("SHOW default_transaction_isolation") == [("serializable",)]


def test_only_what_was_lost_is_restored(late_guard):
    guard = late_guard.configure(unnamed_constraint="warning", timestamp_without_time_zone="notice")
    guard.user = "postgres"
    session = guard.connect(options="-c guardrail.unnamed_constraint=off")
    session.run("SET guardrail.fk_without_index = 'off'")
    session.run("LOAD 'pg_guardrail'")
    shown = {name: session.rows(f"SHOW guardrail.{name}")[0][0] for name in ("unnamed_constraint", TS, "fk_without_index")}
    assert shown == {"unnamed_constraint": "off", TS: "notice", "fk_without_index": "off"}


BAD_VALUES = [("mode", "enfroce"), (TS, "quiet"), ("max_messages", "0"), ("exempt_tables", "(open")]
PLACES = ["DATABASE {dbname}", "ROLE stranger", "ROLE stranger IN DATABASE {dbname}"]


@pytest.fixture
def logged(late_cluster):
    """Gives a function that counts the warnings in the server's log since the test began. The log has those, too, that
    come before a client listens."""
    before = len(late_cluster.log.read_text(errors="replace"))
    lines = lambda: late_cluster.log.read_text(errors="replace")[before:].splitlines()  # noqa: E731
    yield lambda words: len([line for line in lines() if "WARNING:" in line and words in line])


@pytest.fixture
def store(late_guard):
    """Gives a function that stores a value in a session without the library, where PostgreSQL cannot check it."""

    def store(place, setting, value):
        with late_guard.cluster.connect("postgres") as admin:
            admin.execute(f"ALTER {place.format(dbname=late_guard.dbname)} SET guardrail.{setting} = '{value}'")

    yield store
    with late_guard.cluster.connect("postgres") as admin:
        admin.execute("ALTER ROLE stranger RESET ALL")
        admin.execute(f"ALTER ROLE stranger IN DATABASE {late_guard.dbname} RESET ALL")


LOADED = [{}, {"options": "-c session_preload_libraries=pg_guardrail"}]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("setting, value", BAD_VALUES)
@pytest.mark.parametrize("how", LOADED, ids=["first DDL", "session preload"])
def test_a_bad_stored_value_is_told_about_once(late_guard, store, logged, place, setting, value, how):
    guard = late_guard
    store(place, setting, value)
    store("ROLE stranger", "exempt_schemas", "nowhere")
    guard.administer("ALTER ROLE stranger SUPERUSER")
    try:
        session = guard.connect("stranger", **how)
        session.run("LOAD 'pg_guardrail'")
        session.run("CREATE TABLE t (id bigint)")
        assert logged(f'parameter "guardrail.{setting}": "{value}"') + logged(f'"guardrail.{setting}" (') == 1
        assert session.rows("SHOW guardrail.exempt_schemas") == [("nowhere",)]
        if (place, setting) != (PLACES[0], "mode"):
            assert session.rows("SHOW guardrail.mode") == [("enforce",)]
    finally:
        guard.administer("ALTER ROLE stranger NOSUPERUSER")


def test_a_bad_value_over_a_good_one_does_not_lose_it(late_guard, store, logged):
    """Where the role's value is bad, the database's holds. Each bad value is told about once."""
    guard = late_guard
    store("DATABASE {dbname}", TS, "loud")
    store("ROLE stranger", TS, "quiet")
    store("ROLE stranger", "mode", "enfroce")
    session = guard.connect("stranger")
    assert str(session.expect_refusal(BAD)) == ADDS
    assert [logged(f'"{value}"') for value in ("quiet", "loud", "enfroce")] == [1, 1, 1]
    assert session.rows("SHOW guardrail.mode") == [("enforce",)]


def test_a_bad_value_that_a_preloaded_library_meets(preloaded_guard):
    """A value that was stored before the library was preloaded is told about when a session begins."""
    guard = preloaded_guard
    log = guard.cluster.log
    with guard.cluster.connect("postgres") as admin:
        admin.execute("SET allow_system_table_mods = on")
        stored = f"setdatabase = (SELECT oid FROM pg_database WHERE datname = '{guard.dbname}')"
        bad = "setconfig || ARRAY['guardrail.unnamed_constraint=quiet', 'guardrail.exempt_tables=(open']"
        admin.execute(f"UPDATE pg_db_role_setting SET setconfig = {bad} WHERE {stored}")
    before = len(log.read_text(errors="replace"))
    assert str(guard.session.expect_refusal(BAD)) == ADDS
    told = log.read_text(errors="replace")[before:]
    assert [told.count(f'WARNING:  invalid value for parameter "guardrail.{setting}') for setting in
            ("unnamed_constraint", "exempt_tables")] == [1, 1]  # fmt: skip


def test_a_bad_line_in_postgresql_conf_is_shown(preloaded_guard):
    """Such a line does not stop the server; pg_file_settings shows it."""
    session = preloaded_guard.connect("postgres")
    file = preloaded_guard.cluster.data / "postgresql.conf"
    text = file.read_text()
    file.write_text(f"{text}\nguardrail.mode = 'enfroce'\nguardrail.exempt_tables = '(open'\n"
                    "guardrail.exempt_roles = 'nobody_of_that_name'\nguardrail.primary_key_types = 'no.such'\n")  # fmt: skip
    try:
        query = "SELECT name, error FROM pg_file_settings WHERE name LIKE 'guardrail.%' ORDER BY name"
        assert session.rows(query) == [
            ("guardrail.exempt_roles", None),
            ("guardrail.exempt_tables", "setting could not be applied"),
            ("guardrail.mode", "setting could not be applied"),
            ("guardrail.primary_key_types", None),
        ]
    finally:
        file.write_text(text)
