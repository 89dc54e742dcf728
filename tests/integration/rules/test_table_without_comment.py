"""Tables that have no comment when the transaction commits."""

from rule_test import Exemption, RuleTest

RULE = "table_without_comment"

OLD = "CREATE TABLE t (a int, b int)"
TOLD = OLD + "; COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'x'; COMMENT ON COLUMN t.b IS 'x'"
EV = "CREATE TABLE ev (a int) PARTITION BY RANGE (a)"


class TestTableWithoutComment(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", ["CREATE TABLE t (a int)"], "t"),
        ("as", "", ["CREATE TABLE t AS SELECT 1 AS a"], "t"),
        ("partitioned", "", [EV], "ev"),
        ("blank", "", ["CREATE TABLE t (a int)", "COMMENT ON TABLE t IS '  '"], "t"),
        ("taken_away", TOLD, ["COMMENT ON TABLE t IS NULL"], "t"),
        ("comment_on_column", "", ["CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'x'"], "t"),
        ("child", OLD, ["CREATE TABLE u () INHERITS (t)"], "u"),
    ]

    good = [
        ("fixed_later", "", ["BEGIN", "CREATE TABLE t (a int)", "COMMENT ON TABLE t IS 'x'", "COMMIT"]),
        ("dropped_later", "", ["BEGIN", "CREATE TABLE t (a int)", "DROP TABLE t", "COMMIT"]),
        ("legacy", OLD, ["ALTER TABLE t ADD c int", "ALTER TABLE t RENAME TO u", "CREATE INDEX ON u (a)"]),
        ("legacy_fixed", OLD, "COMMENT ON TABLE t IS 'x'"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("other_things", OLD, ["CREATE TYPE e AS ENUM ('a')", "CREATE TYPE c AS (a int)", "CREATE VIEW v AS SELECT 1",
         "CREATE DOMAIN d AS int", "CREATE TEMPORARY TABLE tmp (a int)"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u",
    )

    fixes = [
        ("plain", "", "CREATE TABLE t (a int)"),
        ("odd_names", "", 'CREATE TABLE "It\'s \\" ("a""b\'" int)'),
    ]


def test_no_preset_asks_for_comments(guard):
    assert guard.session.rows(f"SELECT preset_level FROM guardrail.rules WHERE id = '{RULE}'") == [("off",)]
