"""Unlogged tables."""

import cases

RULE = "unlogged_table"

T = "CREATE TABLE t (a int)"
OLD = "CREATE UNLOGGED TABLE t (a int)"
EV = "CREATE TABLE ev (a int) PARTITION BY RANGE (a)"

BAD = [
    ("plain", "", "CREATE UNLOGGED TABLE t (a int)", "t"),
    ("as", "", "CREATE UNLOGGED TABLE t AS SELECT 1 AS a", "t"),
    ("into", "", "SELECT 1 AS a INTO UNLOGGED t", "t"),
    ("set", T, "ALTER TABLE t SET UNLOGGED", "t"),
    ("partition", EV, "CREATE UNLOGGED TABLE ev1 PARTITION OF ev DEFAULT", "ev1"),
    ("child", T, "CREATE UNLOGGED TABLE u () INHERITS (t)", "u"),
]


@cases.table("setup, sql, violations", BAD)
def test_bad(guard, setup, sql, violations):
    guard.legacy(setup)
    guard.only(RULE).refused(sql, adds=cases.violations(RULE, violations))


GOOD = [
    ("plain", "", "CREATE TABLE t (a int)"),
    ("set_logged", OLD, "ALTER TABLE t SET LOGGED"),
    ("legacy", OLD, ["ALTER TABLE t ADD b int", "ALTER TABLE t RENAME TO u", "CREATE INDEX ON u (a)"]),
    ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
    ("like", OLD, "CREATE TABLE u (LIKE t)"),
    ("temporary", "", "CREATE TEMPORARY TABLE tmp (a int)"),
    ("sequence", "", "CREATE SEQUENCE s"),
]


@cases.table("setup, statements", GOOD)
def test_good(guard, setup, statements):
    guard.legacy(setup)
    guard.only(RULE).passes(*cases.several(statements))


def test_set_logged_later_in_the_transaction_is_too_late(guard):
    guard.only(RULE).refused_in_transaction("CREATE UNLOGGED TABLE t (a int)", adds=f"{RULE} t")


def test_exempt(guard):
    guard.only(RULE).configure(exempt_tables="t").passes("CREATE UNLOGGED TABLE t (a int)")
    guard.refused("ALTER TABLE t RENAME TO u", adds=f"{RULE} u")


FIX = [
    ("plain", "", """CREATE UNLOGGED TABLE t (id serial CONSTRAINT pk_t PRIMARY KEY, code text DEFAULT 'x' NOT NULL
        CONSTRAINT ck CHECK (code <> ''), parent int CONSTRAINT fk REFERENCES t ON DELETE CASCADE)"""),
    ("set", T, "ALTER TABLE t SET UNLOGGED"),
    ("partition", EV, "CREATE UNLOGGED TABLE ev1 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
    ("child", T, "CREATE UNLOGGED TABLE u (b int CONSTRAINT ck CHECK (b > 0)) INHERITS (t)"),
]  # fmt: skip


@cases.table("setup, sql", FIX)
def test_fix(guard, setup, sql):
    cases.mend_instead(guard, RULE, setup, sql)


@cases.table("setup, sql", FIX)
def test_fix_afterwards(guard, setup, sql):
    cases.mend_afterwards(guard, RULE, setup, sql)
