"""A boolean column that may be NULL. The rule is checked on the final state of the transaction."""

import cases
from rule_test import Exemption, RuleTest

RULE = "nullable_boolean"

T = "CREATE TABLE t (id int, old boolean)"
DOMAINS = "CREATE DOMAIN flag AS boolean; CREATE DOMAIN sure AS flag NOT NULL"
EV = "CREATE TABLE ev (id int, a boolean) PARTITION BY RANGE (id)"
ROWS = "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2)"


class TestNullableBoolean(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", "CREATE TABLE t (a boolean)", "t.a"),
        ("default", "", "CREATE TABLE t (a bool DEFAULT true, b bool NOT NULL)", "t.a"),
        ("domain", DOMAINS, "CREATE TABLE t (a flag)", "t.a"),
        ("exempt_name_of_another_rule", "", "CREATE TABLE t (is_on boolean)", "t.is_on"),
        ("added", T, "ALTER TABLE t ADD a boolean", "t.a"),
        ("retyped", "CREATE TABLE t (a int)", "ALTER TABLE t ALTER a TYPE boolean USING a > 0", "t.a"),
        ("not_null_dropped", "CREATE TABLE t (a boolean NOT NULL)", "ALTER TABLE t ALTER a DROP NOT NULL", "t.a"),
        ("partitioned", "", EV, "ev.a"),
        ("own_of_child", T, "CREATE TABLE u (a boolean) INHERITS (t)", "u.a"),
    ]

    good = [
        ("not_null", "", "CREATE TABLE t (a boolean NOT NULL)"),
        ("other_types", "", "CREATE TABLE t (a int, b boolean[], c text)"),
        ("domain", DOMAINS, "CREATE TABLE t (a sure, b flag NOT NULL)"),
        ("check", "", "CREATE TABLE t (a boolean CHECK (a IS NOT NULL))"),
        ("key", "", "CREATE TABLE t (a boolean PRIMARY KEY)"),
        ("generated", "", "CREATE TABLE t (a int, b boolean GENERATED ALWAYS AS (a > 0) STORED)"),
        ("comment", "", ["BEGIN", "CREATE TABLE t (a boolean)", "COMMENT ON COLUMN t.a IS 'nullable: not asked yet'", "COMMIT"]),
        ("fixed_later", T, ["BEGIN", "ALTER TABLE t ADD a boolean", "ALTER TABLE t ALTER a SET NOT NULL", "COMMIT"]),
        ("legacy", T, ["ALTER TABLE t ADD a int", "ALTER TABLE t RENAME old TO older", "ALTER TABLE t ALTER older SET DEFAULT true"]),
        ("legacy_fixed", T, "ALTER TABLE t ALTER old SET NOT NULL"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("child", T, "CREATE TABLE u () INHERITS (t)"),
        ("migration_table", "", "CREATE TABLE flyway_schema_history (success boolean)"),
        ("temporary", "", "CREATE TEMPORARY TABLE t (a boolean)"),
        ("types", DOMAINS, ["CREATE TYPE c AS (a boolean)", "CREATE DOMAIN d AS flag"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a boolean)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.a",
    )

    fixes = [
        ("new_table", "", "CREATE TABLE t (a boolean)"),
        ("new_column_with_rows", ROWS, "ALTER TABLE t ADD a boolean"),
        ("default_with_rows", ROWS, "ALTER TABLE t ADD a boolean DEFAULT true"),
        ("domain", f"{DOMAINS}; {ROWS}", "ALTER TABLE t ADD a flag"),
        ("dropped", "CREATE TABLE t (a boolean NOT NULL)", "ALTER TABLE t ALTER a DROP NOT NULL"),
        ("partitioned", "", EV),
    ]


def test_rows_are_not_given_a_meaning_they_may_not_have(guard):
    guard.prepare("CREATE TABLE t (a boolean NOT NULL)", "INSERT INTO t VALUES (true)")
    (fix,) = cases.fix_before_commit(guard, RULE, "", "ALTER TABLE t ALTER a DROP NOT NULL")
    assert fix.text == "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL;"


def test_a_not_null_that_is_not_valid_keeps_no_null_out(guard, needs):
    needs(18)
    guard.prepare("CREATE TABLE t (a int NOT NULL)", "INSERT INTO t VALUES (1)")
    guard.check_only(RULE).refuses(
        "ALTER TABLE t ADD b bool, ADD CONSTRAINT n NOT NULL b NOT VALID", adds=f"{RULE} t.b"
    )


def test_what_a_parent_refuses_for_itself_alone(guard):
    guard.prepare("CREATE TABLE p (a bool, CHECK (a IS NOT NULL) NO INHERIT)")
    guard.check_only(RULE).refuses("CREATE TABLE t () INHERITS (p)", adds=f"{RULE} t.a")
