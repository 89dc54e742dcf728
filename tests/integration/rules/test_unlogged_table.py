"""Tables that are made unlogged or become so."""

from rule_test import Exemption, RuleTest

T = "CREATE TABLE t (a int)"
OLD = "CREATE UNLOGGED TABLE t (a int)"
EV = "CREATE TABLE ev (a int) PARTITION BY RANGE (a)"


class TestUnloggedTable(RuleTest):
    rule = "unlogged_table"

    bad = [
        ("plain", "", "CREATE UNLOGGED TABLE t (a int)", "t"),
        ("as", "", "CREATE UNLOGGED TABLE t AS SELECT 1 AS a", "t"),
        ("into", "", "SELECT 1 AS a INTO UNLOGGED t", "t"),
        ("set", T, "ALTER TABLE t SET UNLOGGED", "t"),
        ("partition", EV, "CREATE UNLOGGED TABLE ev1 PARTITION OF ev DEFAULT", "ev1"),
        ("child", T, "CREATE UNLOGGED TABLE u () INHERITS (t)", "u"),
    ]

    good = [
        ("plain", "", "CREATE TABLE t (a int)"),
        ("set_logged", OLD, "ALTER TABLE t SET LOGGED"),
        ("legacy", OLD, ["ALTER TABLE t ADD b int", "ALTER TABLE t RENAME TO u", "CREATE INDEX ON u (a)"]),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("like", OLD, "CREATE TABLE u (LIKE t)"),
        ("temporary", "", "CREATE TEMPORARY TABLE tmp (a int)"),
        ("sequence", "", "CREATE SEQUENCE s"),
    ]

    refused_at_once = ("CREATE UNLOGGED TABLE t (a int)", "t")
    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE UNLOGGED TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u",
    )

    fixes = [
        ("plain", "", """CREATE UNLOGGED TABLE t (id serial CONSTRAINT pk_t PRIMARY KEY, code text DEFAULT 'x' NOT NULL
            CONSTRAINT ck CHECK (code <> ''), parent int CONSTRAINT fk REFERENCES t ON DELETE CASCADE)"""),
        ("set", T, "ALTER TABLE t SET UNLOGGED"),
        ("partition", EV, "CREATE UNLOGGED TABLE ev1 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("child", T, "CREATE UNLOGGED TABLE u (b int CONSTRAINT ck CHECK (b > 0)) INHERITS (t)"),
    ]  # fmt: skip
