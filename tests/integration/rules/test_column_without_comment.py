"""Columns that have no comment when the transaction commits."""

from rule_test import Exemption, RuleTest

RULE = "column_without_comment"

OLD = "CREATE TABLE t (a int, b int)"
TOLD = OLD + "; COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'x'; COMMENT ON COLUMN t.b IS 'x'"
EV = "CREATE TABLE ev (a int) PARTITION BY RANGE (a)"


class TestColumnWithoutComment(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", ["CREATE TABLE t (a int, b int)", "COMMENT ON COLUMN t.b IS 'x'"], "t.a"),
        ("several", "", ["CREATE TABLE t (a int, b int)"], ["t.a", "t.b"]),
        ("added", OLD, ["ALTER TABLE t ADD c int"], "t.c"),
        ("taken_away", TOLD, ["COMMENT ON COLUMN t.a IS NULL"], "t.a"),
        ("comment_on_table", "", ["CREATE TABLE t (a int)", "COMMENT ON TABLE t IS 'x'"], "t.a"),
        ("childs_own", OLD, ["CREATE TABLE u (c int) INHERITS (t)"], "u.c"),
    ]

    good = [
        ("fixed_later", "", ["BEGIN", "CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'x'", "COMMIT"]),
        ("dropped_later", OLD, ["BEGIN", "ALTER TABLE t ADD c int", "ALTER TABLE t DROP c", "COMMIT"]),
        ("legacy", OLD, ["ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t RENAME a TO z"]),
        ("legacy_fixed", OLD, "COMMENT ON COLUMN t.a IS 'x'"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
        ("other_things", OLD, ["CREATE TYPE c AS (a int)", "CREATE VIEW v AS SELECT 1 AS a", "CREATE DOMAIN d AS int"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.a",
    )

    fixes = [
        ("plain", "", "CREATE TABLE t (a int)"),
        ("odd_names", "", 'CREATE TABLE "It\'s \\" ("a""b\'" int)'),
    ]


def test_no_preset_asks_for_comments(guard):
    assert guard.session.rows(f"SELECT preset_level FROM guardrail.rules WHERE id = '{RULE}'") == [("off",)]
