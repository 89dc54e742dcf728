"""The settings: defaults, levels, presets, and every place they can be set in."""

import pytest

TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"
RULES = ("fk_without_on_delete", "fk_without_index", TS, UN)

BAD = "CREATE TABLE t (made timestamp)"
ADDS = f"{TS} t.made"

DEFAULTS = {
    "mode": "warn",
    "preset": "recommended",
    "max_messages": "20",
    "journal": "off",
    "journal_keep": "1 year",
    "log_refusals": "on",
    "exempt_schemas": "",
    "exempt_tables": "",
    "exempt_roles": "",
    "fk_on_delete_actions": "cascade, restrict, set null, set default",
    "fk_index_ignored_columns": "",
    "named_constraint_kinds": "unique, foreign key, check, exclusion",
    **dict.fromkeys(RULES, "preset"),
}


def test_defaults(either_guard):
    guard = either_guard
    guard.administer(f"ALTER DATABASE {guard.dbname} RESET ALL")
    guard.session.run("SELECT * FROM guardrail.rules")
    found = dict(guard.session.rows("SELECT name, setting FROM pg_settings WHERE name LIKE 'guardrail.%'"))
    expected = {f"guardrail.{name}": value for name, value in DEFAULTS.items()}
    assert {name: value for name, value in found.items() if name in expected} == expected


def test_every_setting_is_the_superuser_s_and_described(preloaded_guard):
    rows = preloaded_guard.session.rows(
        "SELECT name, context, short_desc FROM pg_settings WHERE name LIKE 'guardrail.%'"
    )
    assert len(rows) >= len(DEFAULTS)
    for name, context, description in rows:
        assert context == "superuser", name
        assert len(description) > 20, (name, description)
        assert description.endswith("."), (name, description)


def test_installing_blocks_nothing(guard):
    guard.administer(f"ALTER DATABASE {guard.dbname} RESET ALL")
    guard.warns(BAD, adds=[ADDS, "table_without_primary_key t"])


def test_modes(guard):
    guard.configure(mode="off").passes(BAD, "DROP TABLE t")
    guard.configure(mode="warn").warns(BAD, adds=ADDS)
    guard.passes("DROP TABLE t")
    guard.configure(mode="enforce").refuses(BAD, adds=ADDS)


LEVELS = [
    # preset, level, mode, the severity of the message
    ("core", "preset", "enforce", "ERROR"),
    ("core", "error", "enforce", "ERROR"),
    ("core", "warning", "enforce", "WARNING"),
    ("core", "notice", "enforce", "NOTICE"),
    ("core", "off", "enforce", None),
    ("none", "preset", "enforce", None),
    ("none", "error", "enforce", "ERROR"),
    ("none", "warning", "enforce", "WARNING"),
    ("none", "notice", "enforce", "NOTICE"),
    ("core", "preset", "warn", "WARNING"),
    ("core", "error", "warn", "WARNING"),
    ("core", "warning", "warn", "WARNING"),
    ("core", "notice", "warn", "NOTICE"),
    ("core", "off", "warn", None),
    ("core", "error", "off", None),
    ("none", "error", "off", None),
]


@pytest.mark.parametrize("preset, level, mode, severity", LEVELS)
def test_levels(guard, preset, level, mode, severity):
    guard.configure(preset=preset, timestamp_without_time_zone=level, mode=mode)
    if severity == "ERROR":
        guard.refuses(BAD, adds=ADDS)
    elif severity:
        guard.warns(BAD, adds=ADDS, severity=severity)
    else:
        guard.passes(BAD)


COMMIT_BAD = "CREATE TABLE t (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"


@pytest.mark.parametrize("level, severity", [("warning", "WARNING"), ("notice", "NOTICE"), ("off", None)])
def test_levels_at_commit(guard, level, severity):
    guard.configure(fk_without_index=level)
    if severity:
        guard.warns("BEGIN", COMMIT_BAD, "COMMIT", adds="fk_without_index t.fk", severity=severity)
    else:
        guard.passes_in_transaction(COMMIT_BAD)


CORE = f"WHERE id IN {RULES} ORDER BY id"


def test_rules_view_shows_what_is_in_force(guard):
    guard.configure(timestamp_without_time_zone="notice", unnamed_constraint="off")
    rows = guard.session.rows(f"SELECT id, moment, preset_level, level FROM guardrail.rules {CORE}")
    assert rows == [
        ("fk_without_index", "commit", "error", "error"),
        ("fk_without_on_delete", "statement", "error", "error"),
        (TS, "statement", "error", "notice"),
        (UN, "statement", "error", "off"),
    ]
    guard.configure(preset="none")
    rows = guard.session.rows(f"SELECT preset_level, level FROM guardrail.rules {CORE}")
    assert rows == [("off", "off"), ("off", "off"), ("off", "notice"), ("off", "off")]
    assert guard.session.rows("SELECT id FROM guardrail.rules WHERE NOT (summary <> '' AND reason <> '')") == []


def test_mixed_levels_in_one_statement(guard):
    """The refusal is for the violations at error alone; last_violations() has them."""
    guard.configure(unnamed_constraint="warning")
    message = guard.session.expect_refusal("CREATE TABLE t (id int PRIMARY KEY, made timestamp)")
    assert str(message) == ADDS
    assert ADDS in guard.session.last_violations()


def test_set_for_a_session_and_for_a_transaction(guard):
    guard.as_superuser()
    guard.passes("SET guardrail.mode = off", BAD, "DROP TABLE t", "RESET guardrail.mode")
    guard.refuses(BAD, adds=ADDS)
    guard.passes("BEGIN", "SET LOCAL guardrail.mode = off", BAD, "DROP TABLE t", "COMMIT")
    guard.refuses(BAD, adds=ADDS)
    guard.passes("SET guardrail.timestamp_without_time_zone = off", BAD, "DROP TABLE t")
    guard.passes("RESET ALL")
    guard.refuses(BAD, adds=ADDS)


def test_set_local_holds_for_the_commit_too(guard):
    guard.as_superuser().passes("BEGIN", COMMIT_BAD, "SET LOCAL guardrail.mode = off", "COMMIT")


def test_connection_options(either_guard):
    guard = either_guard
    guard.user = "postgres"
    session = guard.connect(options="-c guardrail.mode=off")
    session.run(BAD)
    assert session.take_messages() == []


def test_role_and_database_settings(either_guard):
    guard = either_guard
    guard.administer("ALTER ROLE app SET guardrail.mode = off")
    try:
        guard.passes(BAD)
    finally:
        guard.administer("ALTER ROLE app RESET guardrail.mode")
    guard.administer(f"ALTER ROLE app IN DATABASE {guard.dbname} SET guardrail.timestamp_without_time_zone = notice")
    guard.reconnect()
    guard.warns("ALTER TABLE t ADD gone timestamp", adds=f"{TS} t.gone", severity="NOTICE")


def test_alter_system(either_guard):
    guard = either_guard
    with guard.cluster.connect("postgres") as admin:
        # Before 17 ALTER SYSTEM knows the settings of loaded libraries only.
        admin.execute("LOAD 'pg_guardrail'")
        admin.execute("ALTER SYSTEM SET guardrail.exempt_tables = 't'")
        admin.execute("SELECT pg_reload_conf()")
        try:
            guard.connect().run("SELECT pg_sleep(0.2)")
            guard.passes(BAD)
        finally:
            admin.execute("ALTER SYSTEM RESET guardrail.exempt_tables")
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("SELECT pg_sleep(0.2)")


def test_function_settings(guard):
    guard.as_superuser().prepare(
        "CREATE FUNCTION loose() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET guardrail.mode = off "
        "AS 'BEGIN CREATE TABLE t (made timestamp); END'",
    )
    guard.passes("SELECT loose()", "DROP TABLE t")
    guard.refuses(BAD, adds=ADDS)


def test_session_replication_role_is_the_superuser_s_way_round(guard):
    guard.as_superuser().passes("SET session_replication_role = replica", BAD, "DROP TABLE t", "RESET ALL")
    guard.refuses(BAD, adds=ADDS)


def test_disabled_event_triggers_are_the_superuser_s_way_round(guard):
    guard.as_superuser()
    names = [row[0] for row in guard.session.rows("SELECT evtname FROM pg_event_trigger ORDER BY 1")]
    assert all(name.startswith("pg_guardrail_") for name in names)
    guard.passes(*(f"ALTER EVENT TRIGGER {name} DISABLE" for name in names), BAD, "DROP TABLE t")
    guard.passes(*(f"ALTER EVENT TRIGGER {name} ENABLE" for name in names))
    guard.refuses(BAD, adds=ADDS)
