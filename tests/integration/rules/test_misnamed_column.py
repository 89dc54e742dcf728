"""Columns whose name does not fit the pattern."""

import cases
from rule_test import Exemption, RuleTest

RULE = "misnamed_column"

T = "CREATE TABLE t (id int, code text)"
OLD = 'CREATE TABLE "Old" ("Id" int, code text)'
EV = 'CREATE TABLE ev ("A" int) PARTITION BY RANGE ("A")'
PARTITION = "PARTITION OF ev FOR VALUES FROM (1) TO (2)"


class TestMisnamedColumn(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", 'CREATE TABLE t ("Id" int, id int)', "t.Id"),
        ("several", "", 'CREATE TABLE t ("A" int, "b c" int)', ["t.A", "t.b c"]),
        ("added", T, 'ALTER TABLE t ADD "Id" int', "t.Id"),
        ("as", T, "CREATE TABLE u AS SELECT count(*) AS \"Count\" FROM t", "u.Count"),
        ("renamed", T, "ALTER TABLE t RENAME id TO _id", "t._id"),
        ("from_bad_to_bad", OLD, 'ALTER TABLE "Old" RENAME "Id" TO "ID"', "Old.ID"),
        ("partitioned", "", 'CREATE TABLE p ("A" int) PARTITION BY RANGE ("A")', "p.A"),
        ("attribute", "", 'CREATE TYPE pair AS ("First" int)', "pair.First"),
        ("attribute_added", "CREATE TYPE pair AS (a int)", 'ALTER TYPE pair ADD ATTRIBUTE "B" int', "pair.B"),
        ("childs_own", T, 'CREATE TABLE u ("X" int) INHERITS (t)', "u.X"),
    ]

    good = [
        ("plain", "", "CREATE TABLE t (a int, b_2 int)"),
        ("legacy", OLD, ['ALTER TABLE "Old" ADD x int', 'ALTER TABLE "Old" ALTER "Id" TYPE bigint']),
        ("legacy_to_good", OLD, 'ALTER TABLE "Old" RENAME "Id" TO id'),
        ("view", T, 'CREATE VIEW v AS SELECT id AS "Id" FROM t'),
        ("domain", "", "CREATE DOMAIN d AS int"),
        ("partition", EV, f"CREATE TABLE ev1 {PARTITION}"),
        ("child", OLD, 'CREATE TABLE u () INHERITS ("Old")'),
        ("detached", f"{EV}; CREATE TABLE ev1 {PARTITION}", "ALTER TABLE ev DETACH PARTITION ev1"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_schemas": "side"},
        passes='CREATE TABLE side.x ("A" int)',
        leaves="ALTER TABLE side.x SET SCHEMA public",
        violations="x.A",
        setup="CREATE SCHEMA side",
    )

    fixes = [
        ("added", T, "ALTER TABLE t ADD \"Total\" numeric(9,2) DEFAULT 1 NOT NULL CONSTRAINT ck CHECK (\"Total\" > 0)"),
        ("serial", T, 'ALTER TABLE t ADD "No" bigserial UNIQUE'),
        ("renamed", T, 'ALTER TABLE t RENAME code TO "Code"'),
        ("attribute", "CREATE TYPE pair AS (a int)", 'ALTER TYPE pair ADD ATTRIBUTE "B" varchar(9)'),
        ("attribute_renamed", "CREATE TYPE pair AS (a int)", 'ALTER TYPE pair RENAME ATTRIBUTE a TO "A"'),
    ]  # fmt: skip


def test_pattern(guard):
    guard.check_only(RULE).configure(column_name_pattern="{table}_.+|id")
    assert guard.session.expect_refusal("CREATE TABLE t (a int)").rule == RULE
    guard.passes("CREATE TABLE t (id int, t_a int)")
    session = guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert "is not a placeholder" in session.expect_error("SET guardrail.column_name_pattern = '{ref_table}'")[1]


def test_a_column_is_renamed_in_the_transaction_that_makes_it(guard):
    cases.fix_before_commit(guard, RULE, "", 'CREATE TABLE t (a int, "Code" text UNIQUE)')
