"""Tables with row-level security off when the transaction commits."""

from rule_test import Exemption, RuleTest

RULE = "rls_disabled"

OLD = "CREATE TABLE t (a int)"
ON = OLD + "; ALTER TABLE t ENABLE ROW LEVEL SECURITY"
EV = "CREATE TABLE ev (a int) PARTITION BY RANGE (a)"
ENABLE = "ALTER TABLE t ENABLE ROW LEVEL SECURITY"


class TestRlsDisabled(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", ["CREATE TABLE t (a int)"], "t"),
        ("as", "", ["CREATE TABLE t AS SELECT 1 AS a"], "t"),
        ("partitioned", "", [EV], "ev"),
        ("disabled", ON, ["ALTER TABLE t DISABLE ROW LEVEL SECURITY"], "t"),
        ("on_and_off", "", ["CREATE TABLE t (a int)", "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
         "ALTER TABLE t DISABLE ROW LEVEL SECURITY"], "t"),
        ("policy_alone", "", ["CREATE TABLE t (a int)", "CREATE POLICY p ON t"], "t"),
        ("child", ON, ["CREATE TABLE u () INHERITS (t)"], "u"),
    ]  # fmt: skip

    good = [
        ("fixed_later", "", ["BEGIN", "CREATE TABLE t (a int)", ENABLE, "COMMIT"]),
        ("dropped_later", "", ["BEGIN", "CREATE TABLE t (a int)", "DROP TABLE t", "COMMIT"]),
        ("legacy", OLD, ["ALTER TABLE t ADD b int", "ALTER TABLE t RENAME TO u", "ALTER TABLE u DISABLE ROW LEVEL SECURITY"]),
        ("legacy_fixed", OLD, ENABLE),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("other_things", OLD, ["CREATE TYPE c AS (a int)", "CREATE VIEW v AS SELECT 1 AS a", "CREATE TEMPORARY TABLE tmp (a int)"]),
    ]

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u",
    )

    fixes = [
        ("plain", "", "CREATE TABLE t (a int)"),
        ("odd_name", "", 'CREATE TABLE "T" (a int) PARTITION BY RANGE (a)'),
        ("disabled", ON, "ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
    ]


def test_foreign_tables_cannot_have_it(guard):
    guard.administer("CREATE FOREIGN DATA WRAPPER w", "CREATE SERVER s FOREIGN DATA WRAPPER w", "GRANT USAGE ON FOREIGN SERVER s TO app")
    guard.check_only(RULE).passes("CREATE FOREIGN TABLE f (a int) SERVER s")


def test_schemas(guard):
    guard.prepare("CREATE SCHEMA api", "CREATE SCHEMA inner_api")
    guard.check_only(RULE).configure(rls_schemas="api, .*_public")
    guard.passes("CREATE TABLE t (a int)", "CREATE TABLE inner_api.t (a int)")
    guard.refuses("CREATE TABLE api.t (a int)", adds=f"{RULE} api.t")
    guard.refuses("ALTER TABLE t SET SCHEMA api", adds=f"{RULE} api.t")
