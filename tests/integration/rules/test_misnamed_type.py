"""Types and domains whose name does not fit the pattern."""

from rule_test import Exemption, RuleTest

RULE = "misnamed_type"

OLD_TYPE = "CREATE TYPE \"Old\" AS ENUM ('a')"


class TestMisnamedType(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("enum", "", "CREATE TYPE \"State\" AS ENUM ('a')", "State"),
        ("composite", "", 'CREATE TYPE "Pair" AS (a int)', "Pair"),
        ("range", "", 'CREATE TYPE "Span" AS RANGE (SUBTYPE = int)', "Span"),
        ("domain", "", 'CREATE DOMAIN "Size" AS int', "Size"),
        ("renamed", "CREATE TYPE state AS ENUM ('a')", 'ALTER TYPE state RENAME TO "State"', "State"),
        ("domain_renamed", "CREATE DOMAIN size AS int", 'ALTER DOMAIN size RENAME TO "Size"', "Size"),
        ("from_bad_to_bad", OLD_TYPE, 'ALTER TYPE "Old" RENAME TO "Older"', "Older"),
    ]

    good = [
        ("every_kind", "", ["CREATE TYPE e AS ENUM ('A')", "CREATE TYPE c AS (a int)", "CREATE DOMAIN d AS int",
         "CREATE TYPE r AS RANGE (SUBTYPE = int)"]),
        ("table", "", 'CREATE TABLE "T" (id int)'),
        ("legacy", OLD_TYPE, ["ALTER TYPE \"Old\" ADD VALUE 'b'", 'CREATE TABLE t (a "Old", b "Old"[])']),
        ("legacy_to_good", OLD_TYPE, 'ALTER TYPE "Old" RENAME TO young'),
        ("dropped", OLD_TYPE, 'DROP TYPE "Old"'),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_schemas": "side"},
        passes="CREATE TYPE side.\"X\" AS ENUM ('a')",
        leaves='ALTER TYPE side."X" SET SCHEMA public',
        violations="X",
        setup="CREATE SCHEMA side",
    )

    fixes = [
        ("enum", "", "CREATE TYPE \"State\" AS ENUM ('a', 'it''s')"),
        ("composite", "", 'CREATE TYPE "Pair" AS ("First" varchar(9), second int[])'),
        ("range", "", 'CREATE TYPE "Span" AS RANGE (SUBTYPE = int)'),
        ("domain", "", 'CREATE DOMAIN "Size" AS varchar(9) DEFAULT \'x\' NOT NULL CONSTRAINT ck CHECK (VALUE <> \'y\')'),
        ("renamed", "CREATE TYPE state AS ENUM ('a')", 'ALTER TYPE state RENAME TO "State"'),
    ]  # fmt: skip


def test_pattern(guard):
    guard.check_only(RULE).configure(type_name_pattern=".+_t")
    assert guard.session.expect_refusal("CREATE DOMAIN a AS int").rule == RULE
    guard.passes("CREATE DOMAIN a_t AS int")
    session = guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert "is not a placeholder" in session.expect_error("SET guardrail.type_name_pattern = '{ref_table}'")[1]


def test_a_renamed_schema_leaves_its_exemption(guard):
    guard.prepare("CREATE SCHEMA side", "CREATE TYPE side.\"X\" AS ENUM ('a')", 'CREATE TYPE side."Y" AS RANGE (SUBTYPE = int)')
    guard.check_only(RULE).configure(exempt_schemas="side")
    guard.refuses("ALTER SCHEMA side RENAME TO main", adds=[f"{RULE} main.X", f"{RULE} main.Y"])
