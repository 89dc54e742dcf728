"""Names matter beyond what has them: patterns name types and the tables that foreign keys refer to."""

import cases
import pytest

DT = "discouraged_type"
PKT = "disallowed_primary_key_type"
US = "unbounded_string"

TYPES = [
    ("domain", "CREATE DOMAIN fine AS int; CREATE TABLE t (a fine)", "ALTER DOMAIN fine RENAME TO bad", f"{DT} t.a"),
    ("type", "CREATE TYPE fine AS (x int); CREATE TABLE t (a fine[])", "ALTER TYPE fine RENAME TO bad", f"{DT} t.a"),
    ("enum_moves", "CREATE SCHEMA old AUTHORIZATION app; CREATE SCHEMA shop AUTHORIZATION app; CREATE TYPE shop.bad2 AS ENUM ('a'); CREATE TABLE t (a shop.bad2)",
     "ALTER TYPE shop.bad2 SET SCHEMA old", f"{DT} t.a"),
    ("schema", "CREATE SCHEMA shop AUTHORIZATION app; CREATE DOMAIN shop.bad2 AS int; CREATE TABLE t (a shop.bad2)",
     "ALTER SCHEMA shop RENAME TO old", f"{DT} t.a"),
    ("table_by_alter_index", "CREATE TABLE fine (x int); CREATE TABLE t (a fine)", "ALTER INDEX fine RENAME TO bad",
     f"{DT} t.a"),
    ("row_type", "CREATE TABLE fine (x int); CREATE TABLE t (a fine)", "ALTER TABLE fine RENAME TO bad", f"{DT} t.a"),
]


@cases.parametrize("setup, sql, violation", TYPES)
def test_of_a_type(guard, setup, sql, violation):
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    guard.check_only(DT).configure(discouraged_types='{"public.bad": "a good one", "old.bad2": "a good one"}')
    guard.prepare(setup)
    guard.refuses(sql, adds=violation)


def test_of_the_type_of_a_key(guard):
    guard.check_only(PKT).configure(primary_key_types="uuid, public.mine")
    guard.prepare("CREATE DOMAIN mine AS bigint", "CREATE TABLE t (id mine CONSTRAINT pk_t PRIMARY KEY)")
    guard.refuses("ALTER DOMAIN mine RENAME TO yours", adds=f"{PKT} t.id")


CHAIN = (
    "CREATE TABLE a (id int, code text CONSTRAINT ck CHECK (length(code) < 9) CONSTRAINT uq_a UNIQUE)",
    "CREATE TABLE b (code text CONSTRAINT uq_b UNIQUE CONSTRAINT fk_b REFERENCES a (code) ON DELETE CASCADE)",
)


@pytest.mark.parametrize(
    "sql",
    ["ALTER TABLE a RENAME code TO notes", "ALTER TABLE a RENAME TO schema_migrations", "ALTER TABLE a SET SCHEMA attic",
     "ALTER SCHEMA shop RENAME TO attic2"],
)  # fmt: skip
def test_of_what_a_key_refers_to(guard, sql):
    """A column that refers to another one is checked there, as long as the other one is checked."""
    guard.administer("CREATE SCHEMA attic AUTHORIZATION app", "CREATE SCHEMA shop AUTHORIZATION app")
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    guard.check_only(US).configure(exempt_schemas="attic, attic2")
    if "shop" in sql:
        guard.prepare("SET search_path = shop, public", CHAIN[0], "SET search_path = public, shop", CHAIN[1])
    else:
        guard.prepare(*CHAIN)
    guard.refuses_at_commit(sql, adds=f"{US} b.code")


def test_of_a_parent(guard):
    """What a child has from an exempt parent is left to the parent, and what it has from a migration table is its own."""
    guard.administer("CREATE SCHEMA attic AUTHORIZATION app")
    guard.check_only("nullable_column").configure(exempt_schemas="attic")
    guard.passes("CREATE TABLE attic.p (id int)", "CREATE TABLE c () INHERITS (attic.p)")
    guard.refuses("ALTER TABLE attic.p RENAME TO schema_migrations", adds="nullable_column c.id")
