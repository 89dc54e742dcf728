"""No file switches off what judges it and those after it without a word."""

import pytest

BAD = "CREATE TABLE bad (id int CONSTRAINT pk_bad PRIMARY KEY, at timestamp);"
FOUND = "timestamp_without_time_zone bad.at"
TRIGGER = "pg_guardrail_ddl_command_end"
DISABLE = f"ALTER EVENT TRIGGER {TRIGGER} DISABLE"


@pytest.mark.parametrize(
    "sql",
    [
        "SET guardrail.mode = off;",
        "SET session_replication_role = replica;",
        "SET ROLE pg_read_all_data; RESET ROLE;",
        "DISCARD ALL;",
        "RESET ALL;",
    ],
)
def test_what_does_not_matter(check, sql):
    check.write(a=sql + BAD)
    done = check.run()
    assert (done.violations, done.status) == ([f"m/a.sql:1 {FOUND}"], 1), done.messages
    assert "accordingly" not in done.messages


@pytest.mark.parametrize(
    "sql, command",
    [
        (DISABLE, "ALTER EVENT TRIGGER"),
        (f"DROP EVENT TRIGGER {TRIGGER}", "DROP EVENT TRIGGER"),
        ('drop extension if exists "pg_guardrail" cascade', "DROP EXTENSION"),
        (f"ALTER EXTENSION pg_guardrail DROP EVENT TRIGGER {TRIGGER}", "ALTER EXTENSION"),
    ],
)
def test_statements_about_the_guard_are_not_run(check, sql, command):
    check.write(a=f"{sql};\n{BAD}", b=BAD.replace("bad", "worse"))
    done = check.run()
    assert done.violations == [f"m/a.sql:2 {FOUND}", f"m/b.sql:1 {FOUND.replace('bad', 'worse')}"]
    assert f"m/a.sql:1: {command} is not run: it would change what judges the files" in done.messages


@pytest.mark.parametrize(
    "before, after",
    [
        (DISABLE, ""),
        (DISABLE, DISABLE.replace("DISABLE", "ENABLE ALWAYS")),
        ("DROP EXTENSION pg_guardrail", ""),
        (f"ALTER EVENT TRIGGER {TRIGGER} RENAME TO x", ""),
    ],
)
def test_who_gets_round_that_ends_the_check(check, before, after):
    def execute(sql):
        return f"DO $$ BEGIN EXECUTE '{sql}'; END $$;" if sql else ""

    check.write(a="SELECT 1", b=execute(before) + BAD + execute(after), c=BAD)
    done = check.run()
    assert done.status == 2
    assert "m/b.sql: it changes the event triggers of pg_guardrail" in done.messages
    assert "Traceback" not in done.messages


def test_event_triggers_are_not_switched_off_as_a_whole(check, needs):
    needs(17)
    check.write(a="SET event_triggers = off;" + BAD)
    done = check.run()
    assert done.status == 2
    assert "or sets event_triggers to off" in done.messages


@pytest.mark.parametrize(
    "sql",
    [
        "SET guardrail.preset = 'none'",
        "SET LOCAL guardrail.timestamp_without_time_zone TO off",
        "SELECT set_config('guardrail.exempt_tables', '.*', true)",
        'SET "guardrail"."preset" = none',
        "SET guardrail . preset /* a word */ = none",
    ],
)
def test_settings_of_a_file_are_told(check, sql):
    check.write(a=f"SELECT 1;\n{sql};\n{BAD}")
    done = check.run()
    assert (done.violations, done.status) == ([], 0)
    assert "m/a.sql:2: it sets guardrail." in done.messages


def test_exemptions_of_a_file_are_told(check):
    exempt = "SELECT guardrail.exempt('timestamp_without_time_zone', 'bad', 'at', 'the scale has no zone');"
    check.write(a=exempt + BAD)
    done = check.run()
    assert (done.violations, done.status) == ([], 0)
    assert "What the files exempt is not reported: 1 row in guardrail.exemptions." in done.messages


HIDDEN = "In the end the database violates rules where no statement was judged to"


@pytest.mark.parametrize(
    "files",
    [
        {"a": "DO $$ BEGIN PERFORM set_config('guard' || 'rail.preset', 'none', false); END $$;" + BAD},
        {"a": "UPDATE pg_settings SET setting = 'none' WHERE name = 'guardrail.preset';" + BAD},
        {"a": "ALTER ROLE CURRENT_USER SET guardrail.timestamp_without_time_zone = off", "b": BAD},
        {"a": "ALTER FUNCTION guardrail.dry_run SET guardrail.timestamp_without_time_zone = off", "b": BAD},
        {
            "a": "SELECT guardrail.exempt('timestamp_without_time_zone', 'bad', 'at', 'the scale has no zone')",
            "b": BAD,
            "c": "DELETE FROM guardrail.exemptions",
        },
        {
            "a": f"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN {BAD} RETURN 1; END $$",
            "b": "COPY (SELECT f()) TO '/dev/null'",
        },
    ],
    ids=["dynamic", "pg_settings", "role", "function", "exemption", "copy"],
)
def test_what_is_hidden_is_told(check, files):
    try:
        check.write(**files)
        done = check.run()
    finally:
        with check.cluster.connect("postgres") as admin:
            admin.execute("ALTER ROLE CURRENT_USER RESET guardrail.timestamp_without_time_zone")
    assert (done.violations, done.status) == ([], 0)
    assert HIDDEN in done.messages
    assert 'column "at" of table "public.bad" is of type' in done.messages


def test_another_name_hides_nothing(check):
    check.write(a=BAD, b="ALTER TABLE bad RENAME TO worse", c="CREATE SCHEMA s; ALTER TABLE worse SET SCHEMA s")
    done = check.run()
    assert (done.violations, done.status) == ([f"m/a.sql:1 {FOUND}"], 1)
    assert HIDDEN not in done.messages


@pytest.mark.parametrize("setting", ["guardrail.mode = off", "client_min_messages = error"])
def test_what_is_set_among_savepoints(check, setting):
    check.write(a=f"BEGIN; SAVEPOINT s; SET LOCAL {setting};\n{BAD} COMMIT;")
    done = check.run()
    assert (done.violations, done.status) == ([f"m/a.sql:2 {FOUND}"], 1), done.messages


def test_a_name_that_looks_made_up_hides_nothing(check):
    check.write(a="CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY, age int CONSTRAINT t_age_check CHECK (age > 0));")
    done = check.run()
    assert (done.violations, done.status) == ([], 0)
    assert "hides" not in done.messages
