"""The names of tables, columns and types."""

import cases
import pytest

TABLE, COLUMN, TYPE = "misnamed_table", "misnamed_column", "misnamed_type"

T = "CREATE TABLE t (id int, code text)"
OLD = 'CREATE TABLE "Old" ("Id" int, code text)'
EV = 'CREATE TABLE ev ("A" int) PARTITION BY RANGE ("A")'
PARTITION = "PARTITION OF ev FOR VALUES FROM (1) TO (2)"
OLD_TYPE = "CREATE TYPE \"Old\" AS ENUM ('a')"

BAD = [
    (TABLE, "plain", "", 'CREATE TABLE "Orders" (id int)', "Orders"),
    (TABLE, "underscore", "", "CREATE TABLE _t (id int)", "_t"),
    (TABLE, "letter", "", "CREATE TABLE größe (id int)", "größe"),
    (TABLE, "as", T, 'CREATE TABLE "X" AS SELECT * FROM t', "X"),
    (TABLE, "into", T, 'SELECT * INTO "X" FROM t', "X"),
    (TABLE, "partitioned", "", 'CREATE TABLE "X" (id int) PARTITION BY HASH (id)', "X"),
    (TABLE, "partition", EV, f'CREATE TABLE "P" {PARTITION}', "P"),
    (TABLE, "renamed", T, 'ALTER TABLE t RENAME TO "T"', "T"),
    (TABLE, "from_bad_to_bad", OLD, 'ALTER TABLE "Old" RENAME TO "Older"', "Older"),
    (COLUMN, "plain", "", 'CREATE TABLE t ("Id" int, id int)', "t.Id"),
    (COLUMN, "several", "", 'CREATE TABLE t ("A" int, "b c" int)', ["t.A", "t.b c"]),
    (COLUMN, "added", T, 'ALTER TABLE t ADD "Id" int', "t.Id"),
    (COLUMN, "as", T, "CREATE TABLE u AS SELECT count(*) AS \"Count\" FROM t", "u.Count"),
    (COLUMN, "renamed", T, "ALTER TABLE t RENAME id TO _id", "t._id"),
    (COLUMN, "from_bad_to_bad", OLD, 'ALTER TABLE "Old" RENAME "Id" TO "ID"', "Old.ID"),
    (COLUMN, "partitioned", "", 'CREATE TABLE p ("A" int) PARTITION BY RANGE ("A")', "p.A"),
    (COLUMN, "attribute", "", 'CREATE TYPE pair AS ("First" int)', "pair.First"),
    (COLUMN, "attribute_added", "CREATE TYPE pair AS (a int)", 'ALTER TYPE pair ADD ATTRIBUTE "B" int', "pair.B"),
    (COLUMN, "childs_own", T, 'CREATE TABLE u ("X" int) INHERITS (t)', "u.X"),
    (TYPE, "enum", "", "CREATE TYPE \"State\" AS ENUM ('a')", "State"),
    (TYPE, "composite", "", 'CREATE TYPE "Pair" AS (a int)', "Pair"),
    (TYPE, "range", "", 'CREATE TYPE "Span" AS RANGE (SUBTYPE = int)', "Span"),
    (TYPE, "domain", "", 'CREATE DOMAIN "Size" AS int', "Size"),
    (TYPE, "renamed", "CREATE TYPE state AS ENUM ('a')", 'ALTER TYPE state RENAME TO "State"', "State"),
    (TYPE, "domain_renamed", "CREATE DOMAIN size AS int", 'ALTER DOMAIN size RENAME TO "Size"', "Size"),
    (TYPE, "from_bad_to_bad", OLD_TYPE, 'ALTER TYPE "Old" RENAME TO "Older"', "Older"),
]
BAD = [(f"{rule}-{case[0]}", rule, *case[1:]) for rule, *case in BAD]


@cases.table("rule, setup, sql, violations", BAD)
def test_bad(guard, rule, setup, sql, violations):
    guard.legacy(setup)
    guard.only(rule).refused(sql, adds=cases.violations(rule, violations))


GOOD = [
    (TABLE, "plain", "", "CREATE TABLE orders_2 (id int)"),
    (TABLE, "type", "", 'CREATE TYPE "Pair" AS (a int)'),
    (TABLE, "view", T, 'CREATE VIEW "V" AS SELECT * FROM t'),
    (TABLE, "sequence", "", 'CREATE SEQUENCE "S"'),
    (TABLE, "temporary", "", 'CREATE TEMPORARY TABLE "T" (id int)'),
    (TABLE, "legacy", OLD, ['ALTER TABLE "Old" ADD x int', 'ALTER TABLE "Old" RENAME x TO y', 'CREATE INDEX ON "Old" (y)']),
    (TABLE, "legacy_to_good", OLD, 'ALTER TABLE "Old" RENAME TO young'),
    (COLUMN, "plain", "", "CREATE TABLE t (a int, b_2 int)"),
    (COLUMN, "legacy", OLD, ['ALTER TABLE "Old" ADD x int', 'ALTER TABLE "Old" ALTER "Id" TYPE bigint']),
    (COLUMN, "legacy_to_good", OLD, 'ALTER TABLE "Old" RENAME "Id" TO id'),
    (COLUMN, "view", T, 'CREATE VIEW v AS SELECT id AS "Id" FROM t'),
    (COLUMN, "domain", "", "CREATE DOMAIN d AS int"),
    (COLUMN, "partition", EV, f"CREATE TABLE ev1 {PARTITION}"),
    (COLUMN, "child", OLD, 'CREATE TABLE u () INHERITS ("Old")'),
    (TABLE, "child", OLD, 'CREATE TABLE u () INHERITS ("Old")'),
    (COLUMN, "detached", f"{EV}; CREATE TABLE ev1 {PARTITION}", "ALTER TABLE ev DETACH PARTITION ev1"),
    (TYPE, "every_kind", "", ["CREATE TYPE e AS ENUM ('A')", "CREATE TYPE c AS (a int)", "CREATE DOMAIN d AS int",
     "CREATE TYPE r AS RANGE (SUBTYPE = int)"]),
    (TYPE, "table", "", 'CREATE TABLE "T" (id int)'),
    (TYPE, "legacy", OLD_TYPE, ["ALTER TYPE \"Old\" ADD VALUE 'b'", 'CREATE TABLE t (a "Old", b "Old"[])']),
    (TYPE, "legacy_to_good", OLD_TYPE, 'ALTER TYPE "Old" RENAME TO young'),
    (TYPE, "dropped", OLD_TYPE, 'DROP TYPE "Old"'),
]  # fmt: skip
GOOD = [(f"{rule}-{case[0]}", rule, *case[1:]) for rule, *case in GOOD]


@cases.table("rule, setup, statements", GOOD)
def test_good(guard, rule, setup, statements):
    guard.legacy(setup)
    guard.only(rule).passes(*cases.several(statements))


@pytest.mark.parametrize(
    "rule, made, moved, violation",
    [
        (TABLE, 'CREATE TABLE side."X" (a int)', 'ALTER TABLE side."X" SET SCHEMA public', "X"),
        (COLUMN, 'CREATE TABLE side.x ("A" int)', "ALTER TABLE side.x SET SCHEMA public", "x.A"),
        (TYPE, "CREATE TYPE side.\"X\" AS ENUM ('a')", 'ALTER TYPE side."X" SET SCHEMA public', "X"),
    ],
)
def test_exempt(guard, rule, made, moved, violation):
    guard.legacy("CREATE SCHEMA side")
    guard.only(rule).configure(exempt_schemas="side").passes(made)
    guard.refused(moved, adds=f"{rule} {violation}")


@pytest.mark.parametrize(
    "rule, sql, violation",
    [
        (TABLE, 'CREATE TABLE "X" (a int)', "X"),
        (COLUMN, 'CREATE TABLE t ("X" int)', "t.X"),
        (TYPE, 'CREATE DOMAIN "X" AS int', "X"),
    ],
)
def test_renaming_later_in_the_transaction_is_too_late(guard, rule, sql, violation):
    guard.only(rule).refused_in_transaction(sql, adds=f"{rule} {violation}")


def test_a_renamed_schema_leaves_its_exemption(guard):
    guard.legacy("CREATE SCHEMA side", "CREATE TYPE side.\"X\" AS ENUM ('a')", 'CREATE TYPE side."Y" AS RANGE (SUBTYPE = int)')
    guard.only(TYPE).configure(exempt_schemas="side")
    guard.refused("ALTER SCHEMA side RENAME TO main", adds=[f"{TYPE} main.X", f"{TYPE} main.Y"])


@pytest.mark.parametrize(
    "rule, option, pattern, good, bad",
    [
        (TABLE, "table_name_pattern", "[a-z]+s", "CREATE TABLE orders (a int)", "CREATE TABLE person (a int)"),
        (COLUMN, "column_name_pattern", "{table}_.+|id", "CREATE TABLE t (id int, t_a int)", "CREATE TABLE t (a int)"),
        (TYPE, "type_name_pattern", ".+_t", "CREATE DOMAIN a_t AS int", "CREATE DOMAIN a AS int"),
    ],
)
def test_pattern(guard, rule, option, pattern, good, bad):
    guard.only(rule).configure(**{option: pattern})
    assert guard.session.error(bad).rule == rule
    guard.passes(good)
    session = guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert "is not a placeholder" in session.fails(f"SET guardrail.{option} = '{{ref_table}}'")[1]


FULL = """CREATE TABLE "Orders" (id serial CONSTRAINT "pk_Orders" PRIMARY KEY, code varchar(9) DEFAULT 'x' NOT NULL,
    twice int GENERATED ALWAYS AS (1 + 1) STORED, n int GENERATED ALWAYS AS IDENTITY, part_of int
    CONSTRAINT fk REFERENCES "Orders" ON DELETE CASCADE, CONSTRAINT ck CHECK (code <> 'Orders'))"""
FIX = [
    (TABLE, "full", "", FULL),
    (TABLE, "partitioned", "", 'CREATE TABLE "Orders" (id int, made date) PARTITION BY RANGE (made, id)'),
    (TABLE, "partition", 'CREATE TABLE ev (id int) PARTITION BY LIST (id)',
     'CREATE TABLE "P" PARTITION OF ev (CONSTRAINT ck CHECK (id > 0)) FOR VALUES IN (1, 2) PARTITION BY HASH (id)'),
    (TABLE, "child", T, 'CREATE TABLE "Kid" (own int) INHERITS (t)'),
    (TABLE, "taken", T, 'CREATE TABLE "T" (id int)'),
    (TABLE, "renamed", T, 'ALTER TABLE t RENAME TO "OrderItems"'),
    (COLUMN, "added", T, "ALTER TABLE t ADD \"Total\" numeric(9,2) DEFAULT 1 NOT NULL CONSTRAINT ck CHECK (\"Total\" > 0)"),
    (COLUMN, "serial", T, 'ALTER TABLE t ADD "No" bigserial UNIQUE'),
    (COLUMN, "renamed", T, 'ALTER TABLE t RENAME code TO "Code"'),
    (COLUMN, "attribute", "CREATE TYPE pair AS (a int)", 'ALTER TYPE pair ADD ATTRIBUTE "B" varchar(9)'),
    (COLUMN, "attribute_renamed", "CREATE TYPE pair AS (a int)", 'ALTER TYPE pair RENAME ATTRIBUTE a TO "A"'),
    (TYPE, "enum", "", "CREATE TYPE \"State\" AS ENUM ('a', 'it''s')"),
    (TYPE, "composite", "", 'CREATE TYPE "Pair" AS ("First" varchar(9), second int[])'),
    (TYPE, "range", "", 'CREATE TYPE "Span" AS RANGE (SUBTYPE = int)'),
    (TYPE, "domain", "", 'CREATE DOMAIN "Size" AS varchar(9) DEFAULT \'x\' NOT NULL CONSTRAINT ck CHECK (VALUE <> \'y\')'),
    (TYPE, "renamed", "CREATE TYPE state AS ENUM ('a')", 'ALTER TYPE state RENAME TO "State"'),
]  # fmt: skip
FIX = [(f"{rule}-{case[0]}", rule, *case[1:]) for rule, *case in FIX]


@cases.table("rule, setup, sql", FIX)
def test_fix(guard, rule, setup, sql):
    cases.mend_instead(guard, rule, setup, sql)


@cases.table("rule, setup, sql", FIX)
def test_fix_afterwards(guard, rule, setup, sql):
    cases.mend_afterwards(guard, rule, setup, sql)


def test_the_table_is_made_with_everything(guard):
    cases.mend_instead(guard, TABLE, "", FULL)
    columns = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0"
    assert guard.session.rows(columns) == [
        ("id", "integer"), ("code", "character varying(9)"), ("twice", "integer"), ("n", "integer"), ("part_of", "integer")
    ]  # fmt: skip
    constraints = "SELECT contype::text FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype <> 'n' ORDER BY 1"
    assert guard.session.rows(constraints) == [("c",), ("f",), ("p",)]
    guard.session.run("INSERT INTO orders (code) VALUES ('a')")


def test_a_refused_column_is_added_afterwards(guard):
    cases.mend_instead(guard, COLUMN, "", 'CREATE TABLE t (a int, "Code" text UNIQUE)', "CREATE TABLE t (a int)")
