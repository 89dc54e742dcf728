"""The tables that use a type are checked when the type changes."""

import cases
import pytest

TS = "timestamp_without_time_zone"

ROWS = [
    ("view", "CREATE VIEW v AS SELECT 1 AS id; CREATE TABLE t (a v)",
     "CREATE OR REPLACE VIEW v AS SELECT 1 AS id, now()::timestamp AS made", f"{TS} t.a"),
    ("array_of_view", "CREATE VIEW v AS SELECT 1 AS id; CREATE TABLE t (a v[])",
     "CREATE OR REPLACE VIEW v AS SELECT 1 AS id, now()::timestamp AS made", f"{TS} t.a"),
    ("view_of_view", "CREATE VIEW v AS SELECT 1 AS id; CREATE TYPE c AS (x v); CREATE TABLE t (a c)",
     "CREATE OR REPLACE VIEW v AS SELECT 1 AS id, now()::timestamp AS made", [f"{TS} t.a", f"{TS} c.x"]),
    ("typed_table", "CREATE TYPE ty AS (id int); CREATE TABLE t OF ty",
     "ALTER TYPE ty ADD ATTRIBUTE made timestamp CASCADE", [f"{TS} t.made", f"{TS} ty.made"]),
]


@cases.parametrize("setup, sql, violations", ROWS)
def test_row_types(guard, setup, sql, violations):
    guard.prepare(setup)
    guard.refuses(sql, adds=violations)


def test_a_typed_table_gets_a_column(guard):
    guard.prepare("CREATE TYPE ty AS (id int)", "CREATE TABLE t OF ty")
    guard.check_only("unbounded_string")
    guard.refuses("ALTER TYPE ty ADD ATTRIBUTE n varchar CASCADE", adds="unbounded_string t.n")


def test_a_domain_loses_its_not_null(guard):
    guard.prepare("CREATE DOMAIN nn AS int NOT NULL", "CREATE DOMAIN over AS nn", "CREATE TABLE t (a nn, b over)")
    guard.check_only("nullable_column")
    guard.refuses("ALTER DOMAIN nn DROP NOT NULL", adds=["nullable_column t.a", "nullable_column t.b"])
    guard.passes_in_transaction("ALTER DOMAIN nn DROP NOT NULL", "ALTER TABLE t ALTER a SET NOT NULL, ALTER b SET NOT NULL")


CHANGES = [
    ("domain", "CREATE DOMAIN d AS int; CREATE TABLE t (a d)", "ALTER DOMAIN d ADD CONSTRAINT ck CHECK (value > 0)"),
    ("enum", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e[])", "ALTER TYPE e ADD VALUE 'b'"),
    ("composite", "CREATE TYPE c AS (id int); CREATE TABLE t (a c)", "ALTER TYPE c ADD ATTRIBUTE n int"),
    ("typed_table", "CREATE TYPE c AS (id int); CREATE TABLE t OF c", "ALTER TYPE c ADD ATTRIBUTE n int CASCADE"),
]


@cases.parametrize("setup, sql", CHANGES)
def test_the_tables_that_use_it_have_changed(guard, setup, sql):
    guard.prepare(setup)
    guard.check_only("unrecorded_migration")
    guard.refuses(sql, adds="unrecorded_migration t")


RENAMES = [
    ("inexact_money", "double precision", "price"),
    ("missing_required_column", "int", "other"),
]


@pytest.mark.parametrize("rule, data_type, name", RENAMES)
def test_an_attribute_that_is_renamed_under_a_typed_table(guard, rule, data_type, name):
    guard.prepare(f"CREATE TYPE ty AS (v {data_type})", "CREATE TABLE t OF ty")
    guard.check_only(rule).configure(required_columns='{"v": {"type": "integer"}}')
    message = guard.session.expect_refusal(f"ALTER TYPE ty RENAME ATTRIBUTE v TO {name} CASCADE")
    assert message.rule == rule and message.table == "t", message


MIGRATION_TABLES = [
    ("itself", "CREATE TABLE alembic_version (a int); CREATE TABLE t (a alembic_version)", f"{TS} t.a"),
    ("array", "CREATE TABLE alembic_version (a int); CREATE TABLE t (a alembic_version[])", f"{TS} t.a"),
    ("type_over_it", "CREATE TABLE alembic_version (a int); CREATE TYPE c AS (x alembic_version); CREATE TABLE t (a c)",
     [f"{TS} t.a", f"{TS} c.x"]),
    ("child", "CREATE TABLE alembic_version (a int); CREATE TABLE k (k int) INHERITS (alembic_version); CREATE TABLE t (a k)",
     f"{TS} t.a"),
]  # fmt: skip


@cases.parametrize("setup, violations", MIGRATION_TABLES)
def test_a_migration_table_is_left_out_but_not_what_uses_its_rows(guard, setup, violations):
    guard.prepare(setup)
    guard.check_only(TS)
    guard.passes("ALTER TABLE alembic_version ADD b int")
    guard.refuses("ALTER TABLE alembic_version ADD made timestamp", adds=violations)
    guard.administer("DROP TABLE t CASCADE", "DROP TABLE IF EXISTS k", "DROP TYPE IF EXISTS c")
    guard.passes("ALTER TABLE alembic_version ADD made timestamp")
