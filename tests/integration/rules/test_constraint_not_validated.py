"""Constraints that a transaction leaves NOT VALID."""

import pytest
from rule_test import Exemption, RuleTest

RULE = "constraint_not_validated"

T = "CREATE TABLE t (a int, c bigint)"
OLD = T + "; ALTER TABLE t ADD CONSTRAINT old CHECK (a > 0) NOT VALID"
CHECK = "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID"
KEY = "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (c) REFERENCES customers NOT VALID"


class TestConstraintNotValidated(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("check", T, CHECK, "t.x"),
        ("foreign_key", T, KEY, "t.x"),
        ("several", T, "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID, ADD CONSTRAINT y CHECK (a < 9) NOT VALID",
         ["t.x", "t.y"]),
        ("next_to_legacy", OLD, CHECK, "t.x"),
        ("parent", T + "; CREATE TABLE u () INHERITS (t)", CHECK, "t.x"),
        ("partitioned", "CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF t DEFAULT", CHECK, "t.x"),
    ]  # fmt: skip

    good = [
        ("validated", T, ["ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0)"]),
        ("fixed_later", T, ["BEGIN", CHECK, "ALTER TABLE t VALIDATE CONSTRAINT x", "COMMIT"]),
        ("dropped_later", T, ["BEGIN", KEY, "ALTER TABLE t DROP CONSTRAINT x", "COMMIT"]),
        ("table_dropped_later", T, ["BEGIN", KEY, "DROP TABLE t", "COMMIT"]),
        ("in_create_table", "", "CREATE TABLE t (a int, CONSTRAINT x CHECK (a > 0) NOT VALID)"),
        ("legacy", OLD, ["ALTER TABLE t ADD b int", "ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t RENAME CONSTRAINT old TO x"]),
        ("legacy_fixed", OLD, "ALTER TABLE t VALIDATE CONSTRAINT old"),
        ("partition", "CREATE TABLE ev (a int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT;"
         "ALTER TABLE ev ADD CONSTRAINT x CHECK (a > 0) NOT VALID", "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
        ("trigger", T, "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION "
         "suppress_redundant_updates_trigger()"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes=CHECK,
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.x",
        setup=T,
    )

    fixes = [
        ("check", T, CHECK),
        ("foreign_key", T, KEY),
    ]


@pytest.mark.parametrize("kind", ["CHECK (a > 0) NOT ENFORCED", "FOREIGN KEY (c) REFERENCES customers NOT ENFORCED"])
def test_what_is_not_enforced_has_nothing_to_validate(guard, needs, kind):
    needs(18)
    guard.prepare(T)
    guard.check_only(RULE).passes(f"ALTER TABLE t ADD CONSTRAINT x {kind}")


def test_it_is_a_notice_where_it_is_expected(guard):
    guard.prepare(T)
    guard.configure(preset="recommended").warns(CHECK, adds=f"{RULE} t.x", severity="NOTICE")


def test_not_null(guard, needs):
    needs(18)
    guard.prepare("CREATE TABLE t (a int)")
    guard.check_only(RULE).refuses("ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID", adds=f"{RULE} t.n")
    guard.passes_in_transaction("ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID", "ALTER TABLE t VALIDATE CONSTRAINT n")
