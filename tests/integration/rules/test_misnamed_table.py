"""Tables whose name does not fit the pattern."""

import cases
from rule_test import Exemption, RuleTest

RULE = "misnamed_table"

T = "CREATE TABLE t (id int, code text)"
OLD = 'CREATE TABLE "Old" ("Id" int, code text)'
EV = 'CREATE TABLE ev ("A" int) PARTITION BY RANGE ("A")'
PARTITION = "PARTITION OF ev FOR VALUES FROM (1) TO (2)"
FULL = """CREATE TABLE "Orders" (id serial CONSTRAINT "pk_Orders" PRIMARY KEY, code varchar(9) DEFAULT 'x' NOT NULL,
    twice int GENERATED ALWAYS AS (1 + 1) STORED, n int GENERATED ALWAYS AS IDENTITY, part_of int
    CONSTRAINT fk REFERENCES "Orders" ON DELETE CASCADE, CONSTRAINT ck CHECK (code <> 'Orders'))"""


class TestMisnamedTable(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", 'CREATE TABLE "Orders" (id int)', "Orders"),
        ("underscore", "", "CREATE TABLE _t (id int)", "_t"),
        ("letter", "", "CREATE TABLE größe (id int)", "größe"),
        ("as", T, 'CREATE TABLE "X" AS SELECT * FROM t', "X"),
        ("into", T, 'SELECT * INTO "X" FROM t', "X"),
        ("partitioned", "", 'CREATE TABLE "X" (id int) PARTITION BY HASH (id)', "X"),
        ("partition", EV, f'CREATE TABLE "P" {PARTITION}', "P"),
        ("renamed", T, 'ALTER TABLE t RENAME TO "T"', "T"),
        ("from_bad_to_bad", OLD, 'ALTER TABLE "Old" RENAME TO "Older"', "Older"),
    ]

    good = [
        ("plain", "", "CREATE TABLE orders_2 (id int)"),
        ("type", "", 'CREATE TYPE "Pair" AS (a int)'),
        ("view", T, 'CREATE VIEW "V" AS SELECT * FROM t'),
        ("sequence", "", 'CREATE SEQUENCE "S"'),
        ("temporary", "", 'CREATE TEMPORARY TABLE "T" (id int)'),
        ("legacy", OLD, ['ALTER TABLE "Old" ADD x int', 'ALTER TABLE "Old" RENAME x TO y', 'CREATE INDEX ON "Old" (y)']),
        ("legacy_to_good", OLD, 'ALTER TABLE "Old" RENAME TO young'),
        ("child", OLD, 'CREATE TABLE u () INHERITS ("Old")'),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_schemas": "side"},
        passes='CREATE TABLE side."X" (a int)',
        leaves='ALTER TABLE side."X" SET SCHEMA public',
        violations="X",
        setup="CREATE SCHEMA side",
    )

    fixes = [
        ("full", "", FULL),
        ("partitioned", "", 'CREATE TABLE "Orders" (id int, made date) PARTITION BY RANGE (made, id)'),
        ("partition", 'CREATE TABLE ev (id int) PARTITION BY LIST (id)',
         'CREATE TABLE "P" PARTITION OF ev (CONSTRAINT ck CHECK (id > 0)) FOR VALUES IN (1, 2) PARTITION BY HASH (id)'),
        ("child", T, 'CREATE TABLE "Kid" (own int) INHERITS (t)'),
        ("taken", T, 'CREATE TABLE "T" (id int)'),
        ("renamed", T, 'ALTER TABLE t RENAME TO "OrderItems"'),
    ]  # fmt: skip


def test_pattern(guard):
    guard.check_only(RULE).configure(table_name_pattern="[a-z]+s")
    assert guard.session.expect_refusal("CREATE TABLE person (a int)").rule == RULE
    guard.passes("CREATE TABLE orders (a int)")
    session = guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert "is not a placeholder" in session.expect_error("SET guardrail.table_name_pattern = '{ref_table}'")[1]


def test_the_table_is_renamed_with_everything(guard):
    cases.fix_before_commit(guard, RULE, "", FULL)
    columns = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0"
    assert guard.session.rows(columns) == [
        ("id", "integer"), ("code", "character varying(9)"), ("twice", "integer"), ("n", "integer"), ("part_of", "integer")
    ]  # fmt: skip
    constraints = "SELECT contype::text FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype <> 'n' ORDER BY 1"
    assert guard.session.rows(constraints) == [("c",), ("f",), ("p",)]
    guard.session.run("INSERT INTO orders (code) VALUES ('a')")
