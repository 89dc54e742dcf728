"""Tables and columns without a comment."""

import cases
import pytest

TABLE, COLUMN = "table_without_comment", "column_without_comment"

OLD = "CREATE TABLE t (a int, b int)"
TOLD = OLD + "; COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'x'; COMMENT ON COLUMN t.b IS 'x'"
EV = "CREATE TABLE ev (a int) PARTITION BY RANGE (a)"

BAD = [
    (TABLE, "plain", "", ["CREATE TABLE t (a int)"], "t"),
    (TABLE, "as", "", ["CREATE TABLE t AS SELECT 1 AS a"], "t"),
    (TABLE, "partitioned", "", [EV], "ev"),
    (TABLE, "blank", "", ["CREATE TABLE t (a int)", "COMMENT ON TABLE t IS '  '"], "t"),
    (TABLE, "taken_away", TOLD, ["COMMENT ON TABLE t IS NULL"], "t"),
    (TABLE, "comment_on_column", "", ["CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'x'"], "t"),
    (TABLE, "child", OLD, ["CREATE TABLE u () INHERITS (t)"], "u"),
    (COLUMN, "plain", "", ["CREATE TABLE t (a int, b int)", "COMMENT ON COLUMN t.b IS 'x'"], "t.a"),
    (COLUMN, "several", "", ["CREATE TABLE t (a int, b int)"], ["t.a", "t.b"]),
    (COLUMN, "added", OLD, ["ALTER TABLE t ADD c int"], "t.c"),
    (COLUMN, "taken_away", TOLD, ["COMMENT ON COLUMN t.a IS NULL"], "t.a"),
    (COLUMN, "comment_on_table", "", ["CREATE TABLE t (a int)", "COMMENT ON TABLE t IS 'x'"], "t.a"),
    (COLUMN, "childs_own", OLD, ["CREATE TABLE u (c int) INHERITS (t)"], "u.c"),
]
BAD = [(f"{rule}-{case[0]}", rule, *case[1:]) for rule, *case in BAD]


@cases.table("rule, setup, statements, violations", BAD)
def test_bad(guard, rule, setup, statements, violations):
    guard.legacy(setup)
    guard.only(rule).refused_at_commit(*statements, adds=cases.violations(rule, violations))


GOOD = [
    (TABLE, "mended_later", "", ["BEGIN", "CREATE TABLE t (a int)", "COMMENT ON TABLE t IS 'x'", "COMMIT"]),
    (TABLE, "dropped_later", "", ["BEGIN", "CREATE TABLE t (a int)", "DROP TABLE t", "COMMIT"]),
    (TABLE, "legacy", OLD, ["ALTER TABLE t ADD c int", "ALTER TABLE t RENAME TO u", "CREATE INDEX ON u (a)"]),
    (TABLE, "legacy_mended", OLD, "COMMENT ON TABLE t IS 'x'"),
    (TABLE, "partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
    (TABLE, "other_things", OLD, ["CREATE TYPE e AS ENUM ('a')", "CREATE TYPE c AS (a int)", "CREATE VIEW v AS SELECT 1",
     "CREATE DOMAIN d AS int", "CREATE TEMPORARY TABLE tmp (a int)"]),
    (COLUMN, "mended_later", "", ["BEGIN", "CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'x'", "COMMIT"]),
    (COLUMN, "dropped_later", OLD, ["BEGIN", "ALTER TABLE t ADD c int", "ALTER TABLE t DROP c", "COMMIT"]),
    (COLUMN, "legacy", OLD, ["ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t RENAME a TO z"]),
    (COLUMN, "legacy_mended", OLD, "COMMENT ON COLUMN t.a IS 'x'"),
    (COLUMN, "partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
    (COLUMN, "child", OLD, "CREATE TABLE u () INHERITS (t)"),
    (COLUMN, "other_things", OLD, ["CREATE TYPE c AS (a int)", "CREATE VIEW v AS SELECT 1 AS a", "CREATE DOMAIN d AS int"]),
]  # fmt: skip
GOOD = [(f"{rule}-{case[0]}", rule, *case[1:]) for rule, *case in GOOD]


@cases.table("rule, setup, statements", GOOD)
def test_good(guard, rule, setup, statements):
    guard.legacy(setup)
    guard.only(rule).passes(*cases.several(statements))


@pytest.mark.parametrize("rule", [TABLE, COLUMN])
def test_exempt(guard, rule):
    guard.only(rule).configure(exempt_tables="t").passes("CREATE TABLE t (a int)")
    guard.refused("ALTER TABLE t RENAME TO u", adds=f"{rule} u{'.a' if rule == COLUMN else ''}")


@pytest.mark.parametrize("rule", [TABLE, COLUMN])
def test_no_preset_asks_for_comments(guard, rule):
    shown = guard.session.rows(f"SELECT preset_level FROM guardrail.rules WHERE id = '{rule}'")
    assert shown == [("off",)]


@pytest.mark.parametrize("rule", [TABLE, COLUMN])
def test_fix(guard, rule):
    cases.mend_in_transaction(guard, rule, "", 'CREATE TABLE "It\'s \\" ("a""b\'" int)')


@pytest.mark.parametrize("rule", [TABLE, COLUMN])
def test_fix_afterwards(guard, rule):
    cases.mend_afterwards(guard, rule, "", "CREATE TABLE t (a int)")
