"""The script of an extension is never checked, and the members of an extension are exempt if a superuser owns it."""

import pathlib
import subprocess

import pytest

TS = "timestamp_without_time_zone"
NAME = "guardrail_sample"
TRUSTED = "guardrail_sample_trusted"
SCRIPT = """
    CREATE TABLE {0}_log (id int PRIMARY KEY, made timestamp, up int REFERENCES {0}_log);
    CREATE DOMAIN {0}_naive AS timestamp;
    CREATE TYPE {0}_pair AS (first timestamp, second timestamp);
    CREATE FUNCTION {0}_make() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TABLE made_later (made timestamp); END';
    CREATE SCHEMA {0}_own;
    DO $$ BEGIN EXECUTE 'CREATE TABLE {0}_two (made timestamp)'; END $$;
"""
UPDATE = "ALTER TABLE {0}_log ADD gone timestamp UNIQUE; CREATE TABLE {0}_three (id int PRIMARY KEY);"


@pytest.fixture(scope="module", autouse=True)
def samples(bindir):
    """Installs two extensions for as long as these tests run."""
    share = subprocess.run([bindir / "pg_config", "--sharedir"], capture_output=True, text=True, check=True)
    directory = pathlib.Path(share.stdout.strip()) / "extension"
    files = {}
    for name, trusted in ((NAME, "false"), (TRUSTED, "true")):
        files[f"{name}.control"] = f"default_version = '1'\nrelocatable = true\ntrusted = {trusted}\n"
        files[f"{name}--1.sql"] = SCRIPT.format(name)
        files[f"{name}--1--2.sql"] = UPDATE.format(name)
    try:
        for file, text in files.items():
            (directory / file).write_text(text)
    except PermissionError:
        pytest.skip(f"{directory} cannot be written to")
    yield
    for file in files:
        (directory / file).unlink()


def test_scripts(guard):
    guard.as_superuser().passes(
        f"CREATE EXTENSION {NAME}",
        f"ALTER EXTENSION {NAME} UPDATE TO '2'",
        f"DROP EXTENSION {NAME}",
        "CREATE SCHEMA own",
        f"BEGIN; CREATE EXTENSION {NAME} SCHEMA own; COMMIT",
        f"ALTER EXTENSION {NAME} SET SCHEMA public",
        f"DROP EXTENSION {NAME} CASCADE",
    )


def test_what_an_extension_s_function_makes_is_checked(guard):
    guard.as_superuser().passes(f"CREATE EXTENSION {NAME}")
    guard.refuses(f"SELECT {NAME}_make()", adds=f"{TS} made_later.made")


def test_members_of_a_superuser_s_extension(guard):
    guard.as_superuser().passes(
        f"CREATE EXTENSION {NAME}",
        f"ALTER TABLE {NAME}_log ADD mine timestamp",
        f"ALTER TABLE {NAME}_log ADD UNIQUE (mine)",
        "CREATE TABLE t (id int)",
        f"ALTER EXTENSION {NAME} ADD TABLE t",
        "ALTER TABLE t ADD mine timestamp",
        f"ALTER DOMAIN {NAME}_naive SET NOT NULL",
        f"ALTER TYPE {NAME}_pair ADD ATTRIBUTE third timestamp",
    )
    assert guard.session.rows("SELECT rule, object_kind, table_name FROM guardrail.audit()") == []


def test_what_a_superuser_makes_in_a_schema_of_an_extension(guard):
    """As pg_repack does, whose client runs as a superuser."""
    guard.as_superuser().passes(
        f"CREATE EXTENSION {NAME}",
        f"CREATE TABLE {NAME}_own.work (id serial PRIMARY KEY, made timestamp)",
        f"CREATE TABLE {NAME}_own.copy AS SELECT * FROM {NAME}_own.work",
        f"CREATE TYPE {NAME}_own.pair AS (made timestamp)",
        f"CREATE DOMAIN {NAME}_own.naive AS timestamp",
    )
    assert guard.session.rows("SELECT rule, table_name FROM guardrail.audit()") == []
    guard.passes(
        f"INSERT INTO {NAME}_own.work (made) VALUES (now())",
        "SET guardrail.destructive_change = 'error'",
        f"ALTER TABLE {NAME}_own.work DROP made",
        f"DROP TABLE {NAME}_own.work",
    )
    guard.refuses(f"ALTER TABLE {NAME}_own.copy SET SCHEMA public", adds=f"{TS} copy.made")
    guard.refuses(f"ALTER TABLE {NAME}_own.copy OWNER TO app", adds=f"{TS} {NAME}_own.copy.made")


def test_what_others_make_in_a_schema_of_an_extension(guard):
    guard.administer(f"CREATE EXTENSION {NAME}; GRANT ALL ON SCHEMA {NAME}_own TO app")
    guard.refuses(f"CREATE TABLE {NAME}_own.work (made timestamp)", adds=f"{TS} {NAME}_own.work.made")


def test_contrib(guard):
    guard.as_superuser().passes(
        "CREATE EXTENSION hstore", "CREATE EXTENSION earthdistance CASCADE", "CREATE EXTENSION pg_stat_statements"
    )


@pytest.fixture
def trusting(guard):
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    guard.passes(f"CREATE EXTENSION {TRUSTED}")
    assert guard.session.rows(f"SELECT extowner::regrole::text FROM pg_extension WHERE extname = '{TRUSTED}'") == [
        ("app",)
    ]
    return guard


def test_members_of_an_ordinary_user_s_extension(trusting):
    trusting.passes("CREATE TABLE t (id int)", f"ALTER EXTENSION {TRUSTED} ADD TABLE t")
    trusting.refuses("ALTER TABLE t ADD mine timestamp", adds=f"{TS} t.mine")
    trusting.refuses(
        "ALTER TABLE t ADD c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE", adds="fk_without_index t.fk"
    )


def test_a_table_cannot_be_hidden_before_commit(trusting):
    child = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
    trusting.refuses_at_commit(child, f"ALTER EXTENSION {TRUSTED} ADD TABLE child", adds="fk_without_index child.fk")


def test_scripts_of_an_ordinary_user_s_extension(trusting):
    trusting.passes(f"ALTER EXTENSION {TRUSTED} UPDATE TO '2'", f"DROP EXTENSION {TRUSTED}")
