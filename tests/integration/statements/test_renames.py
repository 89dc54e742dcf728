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


def test_of_a_type_that_a_column_should_be(guard):
    """What was there before is compared with the same type, whatever it is called."""
    guard.administer(
        "CREATE SCHEMA \"Own\"", "CREATE TYPE vch",
        "CREATE FUNCTION vch_in(cstring, oid, int) RETURNS vch LANGUAGE internal IMMUTABLE STRICT AS 'varcharin'",
        "CREATE FUNCTION vch_out(vch) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varcharout'",
        "CREATE TYPE vch (INPUT = vch_in, OUTPUT = vch_out, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout)",
        "CREATE TYPE \"Own\".\"Mood\" AS ENUM ('a')", "GRANT USAGE ON SCHEMA \"Own\" TO app",
    )  # fmt: skip
    rule = "missing_required_column"
    guard.check_only(rule)
    wanted = {"feel": '\\"Own\\".\\"Mood\\"[]', "code": "public.vch(3)"}
    guard.configure(required_columns="{%s}" % ", ".join(f'"{name}": {{"type": "{wanted[name]}"}}' for name in wanted))
    guard.prepare('CREATE TABLE t (feel "Own"."Mood"[], code vch(3))', "CREATE TABLE old (feel text, code vch(5))")
    guard.passes("ALTER TABLE old ADD note int", "ALTER TABLE t ADD note int")
    guard.refuses("ALTER TABLE t ALTER feel TYPE text USING 'x'", adds=f"{rule} t.feel")
    guard.refuses("ALTER TABLE t ALTER code TYPE vch(5)", adds=f"{rule} t.code")
    guard.as_superuser().refuses("ALTER TYPE vch RENAME TO other", adds=f"{rule} t.code")
    guard.passes("ALTER TYPE \"Own\".\"Mood\" ADD VALUE 'b'")


def test_of_a_type_with_a_modifier(guard):
    guard.check_only(DT).configure(discouraged_types='{"public.short(3)": "text"}')
    guard.administer(
        "CREATE TYPE short", "CREATE FUNCTION i(cstring, oid, int) RETURNS short LANGUAGE internal AS 'varcharin'",
        "CREATE FUNCTION o(short) RETURNS cstring LANGUAGE internal AS 'varcharout'",
        "CREATE TYPE short (INPUT = i, OUTPUT = o, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout)",
    )  # fmt: skip
    guard.passes("CREATE TABLE t (a short(5))")
    guard.refuses("ALTER TABLE t ALTER a TYPE short(3)", adds=f"{DT} t.a")


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
