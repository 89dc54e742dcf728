"""The well-formed schemas in `corpus/` pass without a message, as migrations and when they are checked as new.

A message about one of them shows a mistake of the schema or of a rule.
"""

import pathlib
import re

import cases
import pytest

FILES = sorted((pathlib.Path(__file__).parent / "corpus").glob("*.sql"))

# Adds what the preset `house` does not ask for: a comment on everything, and row-level security everywhere.
DESCRIBE = """
    DO $$
    DECLARE
        relation record;
        attribute record;
    BEGIN
        FOR relation IN SELECT oid, oid::regclass AS name FROM pg_class
            WHERE relkind IN ('r', 'p') AND relowner = current_user::regrole
        LOOP
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation.name);
            IF obj_description(relation.oid, 'pg_class') IS NULL THEN
                EXECUTE format('COMMENT ON TABLE %s IS %L', relation.name, 'What the name says');
            END IF;
        END LOOP;
        FOR attribute IN SELECT attrelid::regclass AS name, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relkind IN ('r', 'p') AND relowner = current_user::regrole AND attnum > 0 AND NOT attisdropped
                AND col_description(attrelid, attnum) IS NULL
        LOOP
            EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', attribute.name, attribute.attname, 'What the name says');
        END LOOP;
    END $$;
    COMMIT;
"""

# Without these settings the rules that they belong to check nothing.
OPTIONS = {"tenant_column": "tenant_id", "ddl_roles": "app"}


def text(file):
    return file.read_text()


def described(file):
    return re.sub(r"^commit;$", DESCRIBE, text(file), flags=re.M | re.I)


def in_one_transaction(file):
    return f"BEGIN; {re.sub(r'^(begin|commit);$', '', text(file), flags=re.M | re.I)} COMMIT;"


def every_rule(guard):
    """Sets to warning the rules that the preset leaves out."""
    others = guard.session.rows("SELECT id FROM guardrail.rules WHERE level = 'off'")
    return guard.configure(**dict.fromkeys((id for (id,) in others), "warning"), **OPTIONS)


def prepare(guard, file, preset, everything=False):
    since = int(re.search(r"^-- From PostgreSQL (\d+)\.$", text(file), re.M)[1])
    if guard.version < since:
        pytest.skip(f"PostgreSQL {since} and later")
    guard.configure(preset=preset)
    return every_rule(guard) if everything else guard


def psql(guard, script):
    """Runs a script, and returns the lines of all messages, PostgreSQL's own notices included."""
    options = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script))
    return guard.cluster.client("psql", *options, dbname=guard.dbname, user=guard.user).stderr.splitlines()


files = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@files
@pytest.mark.parametrize("preset", ["house", "recommended"])
def test_migrations_pass_without_a_message(either_guard, file, preset):
    guard = prepare(either_guard, file, preset)
    assert psql(guard, file) == []


@files
def test_every_rule_is_content(either_guard, file, tmp_path):
    guard = prepare(either_guard, file, "house", everything=True)
    script = tmp_path / file.name
    script.write_text(described(file))
    assert psql(guard, script) == []


@files
@pytest.mark.parametrize("preset", ["house", "recommended"])
def test_one_text_in_one_transaction(guard, file, preset):
    prepare(guard, file, preset).passes(in_one_transaction(file))


@files
@pytest.mark.parametrize("made", [text, described])
def test_what_comes_out_is_well_formed(guard, file, made):
    """Nothing was only accepted because it was there before."""
    prepare(guard, file, "house", everything=made is described)
    guard.prepare(made(file))
    # The tables are moved one by one, without a migration.
    guard.configure(unrecorded_migration="off")
    cases.expect_clean(guard)


@files
def test_the_guard_is_awake(guard, file):
    """Without the record of the migration the same text is refused at its first COMMIT."""
    unrecorded = re.sub(r"^(INSERT INTO|UPDATE) (public\.)?alembic_version .*$", "", text(file), flags=re.M | re.I)
    message = prepare(guard, file, "house").session.expect_refusal(unrecorded)
    assert "unrecorded_migration" in message.detail


def test_the_corpus_is_large():
    # Partitions and the tables in which migrations are recorded do not count.
    tables = [re.findall(r"^ *CREATE TABLE (?:public\.)?(?!alembic)\w+ \($", text(file), re.M | re.I) for file in FILES]
    assert len(FILES) >= 5
    assert sum(map(len, tables)) >= 40


UPKEEP = [
    "REINDEX TABLE products",
    "REINDEX INDEX ix_products_name",
    "REINDEX INDEX CONCURRENTLY ix_products_name",
    "CLUSTER products USING pk_products",
    "VACUUM (FULL, ANALYZE) products",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY stock_levels",
    "TRUNCATE audit_entries",
    "GRANT SELECT ON products TO stranger",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO stranger",
    "CREATE TEMPORARY TABLE seen AS TABLE products",
]


def test_upkeep_is_no_migration(guard):
    file = FILES[0].with_name("inventory.sql")
    prepare(guard, file, "house").passes(text(file), *UPKEEP)
