"""Constraints that a transaction leaves NOT VALID."""

import cases
import pytest

RULE = "constraint_not_validated"

T = "CREATE TABLE t (a int, c bigint)"
OLD = T + "; ALTER TABLE t ADD CONSTRAINT old CHECK (a > 0) NOT VALID"
CHECK = "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID"
KEY = "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (c) REFERENCES customers NOT VALID"

BAD = [
    ("check", T, CHECK, "t.x"),
    ("foreign_key", T, KEY, "t.x"),
    ("several", T, "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID, ADD CONSTRAINT y CHECK (a < 9) NOT VALID",
     ["t.x", "t.y"]),
    ("next_to_legacy", OLD, CHECK, "t.x"),
    ("parent", T + "; CREATE TABLE u () INHERITS (t)", CHECK, "t.x"),
    ("partitioned", "CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF t DEFAULT", CHECK, "t.x"),
]  # fmt: skip


@cases.table("setup, sql, violations", BAD)
def test_bad(guard, setup, sql, violations):
    guard.legacy(setup)
    guard.only(RULE).refused(sql, adds=cases.violations(RULE, violations))
    guard.refused_at_commit(sql, adds=cases.violations(RULE, violations))


GOOD = [
    ("validated", T, ["ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0)"]),
    ("mended_later", T, ["BEGIN", CHECK, "ALTER TABLE t VALIDATE CONSTRAINT x", "COMMIT"]),
    ("dropped_later", T, ["BEGIN", KEY, "ALTER TABLE t DROP CONSTRAINT x", "COMMIT"]),
    ("table_dropped_later", T, ["BEGIN", KEY, "DROP TABLE t", "COMMIT"]),
    ("in_create_table", "", "CREATE TABLE t (a int, CONSTRAINT x CHECK (a > 0) NOT VALID)"),
    ("legacy", OLD, ["ALTER TABLE t ADD b int", "ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t RENAME CONSTRAINT old TO x"]),
    ("legacy_mended", OLD, "ALTER TABLE t VALIDATE CONSTRAINT old"),
    ("partition", "CREATE TABLE ev (a int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT;"
     "ALTER TABLE ev ADD CONSTRAINT x CHECK (a > 0) NOT VALID", "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
    ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
    ("trigger", T, "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()"),
]  # fmt: skip


@cases.table("setup, statements", GOOD)
def test_good(guard, setup, statements):
    guard.legacy(setup)
    guard.only(RULE).passes(*cases.several(statements))


@pytest.mark.parametrize("kind", ["CHECK (a > 0) NOT ENFORCED", "FOREIGN KEY (c) REFERENCES customers NOT ENFORCED"])
def test_what_is_not_enforced_has_nothing_to_validate(guard, needs, kind):
    needs(18)
    guard.legacy(T)
    guard.only(RULE).passes(f"ALTER TABLE t ADD CONSTRAINT x {kind}")


def test_exempt(guard):
    guard.legacy(T)
    guard.only(RULE).configure(exempt_tables="t").passes(CHECK)
    guard.refused("ALTER TABLE t RENAME TO u", adds=f"{RULE} u.x")


def test_it_is_a_notice_where_it_is_expected(guard):
    guard.legacy(T)
    guard.configure(preset="recommended").warned(CHECK, adds=f"{RULE} t.x", severity="NOTICE")


@pytest.mark.parametrize("sql", [CHECK, KEY])
def test_fix(guard, sql):
    cases.mend_in_transaction(guard, RULE, T, sql)


@pytest.mark.parametrize("sql", [CHECK, KEY])
def test_fix_afterwards(guard, sql):
    cases.mend_afterwards(guard, RULE, T, sql)
