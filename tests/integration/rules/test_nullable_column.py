"""A column that may be NULL. The rule is checked on the final state of the transaction."""

import cases
import fixes
from rule_test import Exemption, RuleTest

RULE = "nullable_column"

T = "CREATE TABLE t (id int NOT NULL, note text)"
DOMAINS = "CREATE DOMAIN given AS text NOT NULL; CREATE DOMAIN twice AS given; CREATE DOMAIN open AS text"
EV = "CREATE TABLE ev (id int) PARTITION BY RANGE (id)"
REFERS = "c bigint REFERENCES customers"
ALONE = "DROP TABLE customers; "
FIXES = [
    ("new_table", "", "CREATE TABLE t (a int)"),
    ("new_column", T, "ALTER TABLE t ADD a int"),
    ("with_default", f"{T}; INSERT INTO t VALUES (1, '')", "ALTER TABLE t ADD a int DEFAULT 7"),
    ("dropped", T, "ALTER TABLE t ALTER id DROP NOT NULL"),
    ("partitioned", "", EV),
    ("odd_name", "", 'CREATE TABLE "T 1" ("select" int)'),
]


class TestNullableColumn(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", "", "CREATE TABLE t (a int)", "t.a"),
        ("two", "", "CREATE TABLE t (a int, b int, c int NOT NULL)", ["t.a", "t.b"]),
        ("default", "", "CREATE TABLE t (a int DEFAULT 0)", "t.a"),
        ("unique", "", "CREATE TABLE t (a int UNIQUE)", "t.a"),
        ("other_check", "", "CREATE TABLE t (a int CHECK (a > 0))", "t.a"),
        ("check_or", "", "CREATE TABLE t (a int, b int NOT NULL CHECK (a IS NOT NULL OR b > 0))", "t.a"),
        ("check_not_valid", "CREATE TABLE t (b int)", ["ALTER TABLE t ADD a int", "ALTER TABLE t ADD CHECK (a IS NOT NULL) NOT VALID"], "t.a"),
        ("domain", DOMAINS, "CREATE TABLE t (a open)", "t.a"),
        ("added", T, "ALTER TABLE t ADD a int", "t.a"),
        ("not_null_dropped", T, "ALTER TABLE t ALTER id DROP NOT NULL", "t.id"),
        ("key_dropped", "CREATE TABLE t (a int PRIMARY KEY)", ["ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER a DROP NOT NULL"], "t.a"),
        ("refers_cascade", "", f"CREATE TABLE t ({REFERS} ON DELETE CASCADE)", "t.c"),
        ("name", "", "CREATE TABLE t (at date, late_at_night int, upon int)", ["t.at", "t.late_at_night", "t.upon"]),
        ("renamed", "CREATE TABLE t (paid_at date)", "ALTER TABLE t RENAME paid_at TO paid", "t.paid"),
        ("comment_without_reason", "", ["CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'nullable: '"], "t.a"),
        ("other_comment", "", ["CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'not nullable: really'"], "t.a"),
        ("comment_removed", f"{T}; COMMENT ON COLUMN t.note IS 'nullable: just so'", "COMMENT ON COLUMN t.note IS NULL", "t.note"),
        ("partitioned", "", EV, "ev.id"),
        ("parent", "", "CREATE SCHEMA s CREATE TABLE p (a int) CREATE TABLE q (b int NOT NULL) ", "s.p.a"),
        ("refers_to_itself", "", "CREATE TABLE t (a int UNIQUE REFERENCES t (a))", "t.a"),
        ("set_null_by_itself", "", "CREATE TABLE t (a int UNIQUE REFERENCES t (a) ON DELETE SET NULL)", "t.a"),
        ("parents_check_for_itself", "CREATE TABLE p (a int, CHECK (a IS NOT NULL) NO INHERIT)",
         "CREATE TABLE t () INHERITS (p)", "t.a"),
        ("parents_foreign_key", f"CREATE TABLE p ({REFERS} ON DELETE SET NULL)", "CREATE TABLE t () INHERITS (p)", "t.c"),
        ("own_of_child", T, "CREATE TABLE u (a int) INHERITS (t)", "u.a"),
    ]  # fmt: skip

    good = [
        ("not_null", "", "CREATE TABLE t (a int NOT NULL)"),
        ("keys", "", "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))"),
        ("numbering", "", "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b serial)"),
        ("check", "", "CREATE TABLE t (a int CHECK (a IS NOT NULL), b int CHECK (b > 0 AND b IS NOT NULL))"),
        ("domains", DOMAINS, "CREATE TABLE t (a given, b twice)"),
        ("generated", "", "CREATE TABLE t (a int NOT NULL, b int GENERATED ALWAYS AS (a + 1) STORED)"),
        ("names", "", "CREATE TABLE t (deleted_at date, deleted_by int, paid_on date, valid_until date)"),
        ("set_null", "", f"CREATE TABLE t ({REFERS} ON DELETE SET NULL)"),
        ("set_default", "", f"CREATE TABLE t ({REFERS} ON UPDATE SET DEFAULT)"),
        ("child_of_a_column_with_a_reason", "CREATE TABLE p (a int); COMMENT ON COLUMN p.a IS 'nullable: just so'",
         "CREATE TABLE t () INHERITS (p)"),
        ("tree_of_a_tenant", "CREATE TABLE t (tenant int NOT NULL, id int NOT NULL, UNIQUE (tenant, id))",
         ["ALTER TABLE t ADD up int, ADD FOREIGN KEY (tenant, up) REFERENCES t (tenant, id)"]),
        ("tree", "", "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t)"),
        ("comment", "", ["BEGIN", "CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'nullable: not weighed yet'", "COMMIT"]),
        ("fixed_later", T, ["BEGIN", "ALTER TABLE t ADD a int", "UPDATE t SET a = 1", "ALTER TABLE t ALTER a SET NOT NULL", "COMMIT"]),
        ("key_later", "", ["BEGIN", "CREATE TABLE t (a int)", "ALTER TABLE t ADD PRIMARY KEY (a)", "COMMIT"]),
        ("legacy", T, ["ALTER TABLE t ADD a int NOT NULL", "ALTER TABLE t RENAME note TO remark", "ALTER TABLE t ALTER remark TYPE varchar"]),
        ("legacy_loses_its_default", "CREATE TABLE t (a int DEFAULT 1)", "ALTER TABLE t ALTER a DROP DEFAULT"),
        ("legacy_fixed", T, "ALTER TABLE t ALTER note SET NOT NULL"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("detached", f"{EV}; CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("child", T, "CREATE TABLE u () INHERITS (t)"),
        ("migration_table", "", "CREATE TABLE __drizzle_migrations (id serial, hash text NOT NULL, created_at bigint, x int)"),
        ("temporary", "", "CREATE TEMPORARY TABLE t (a int)"),
        ("types", "", ["CREATE TYPE c AS (a int)", "CREATE DOMAIN d AS int", "CREATE VIEW v AS SELECT 1 AS a"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.a",
    )

    fixes = [(case, f"{ALONE}{setup}; ALTER TABLE IF EXISTS t DROP note", statement) for case, setup, statement in FIXES]


def test_exempt_names(guard):
    guard.check_only(RULE).configure(nullable_column_exempt="middle_name, x.*").passes("CREATE TABLE t (middle_name text, x1 int)")
    guard.refuses("CREATE TABLE u (my_middle_name int, paid_at date)", adds=[f"{RULE} u.my_middle_name", f"{RULE} u.paid_at"])


def test_rows_get_the_default(guard):
    guard.prepare(ALONE, "CREATE TABLE t (id int NOT NULL)", "INSERT INTO t VALUES (1)")
    cases.fix_before_commit(guard, RULE, "", "ALTER TABLE t ADD a int", "ALTER TABLE t ALTER a SET DEFAULT 7")
    assert guard.session.rows("SELECT a FROM t") == [(7,)]


def test_not_null_of_the_table(guard, needs):
    needs(18)
    guard.check_only(RULE).passes("CREATE TABLE t (a int, NOT NULL a)")


def test_a_check_that_is_not_enforced_refuses_nothing(guard, needs):
    needs(18)
    guard.check_only(RULE).refuses("CREATE TABLE x (a int CHECK (a IS NOT NULL) NOT ENFORCED)", adds=f"{RULE} x.a")


NOT_VALID = "ALTER TABLE t ADD CONSTRAINT n NOT NULL b NOT VALID"


def test_a_not_null_that_is_not_valid_keeps_no_null_out(guard, needs):
    needs(18)
    guard.prepare("CREATE TABLE t (a int NOT NULL)", "INSERT INTO t VALUES (1)")
    guard.check_only(RULE).refuses_at_commit("ALTER TABLE t ADD b int", NOT_VALID, adds=f"{RULE} t.b")
    guard.refuses("ALTER TABLE t ADD b int, ADD CONSTRAINT n NOT NULL b NOT VALID", adds=f"{RULE} t.b")
    guard.passes_in_transaction(
        "ALTER TABLE t ADD b int", "UPDATE t SET b = 1", NOT_VALID, "ALTER TABLE t VALIDATE CONSTRAINT n"
    )
    guard.passes("ALTER TABLE t DROP b")


def test_a_not_null_that_is_not_valid_on_a_legacy_column(guard, needs):
    needs(18)
    guard.prepare("CREATE TABLE t (b int)", "INSERT INTO t VALUES (NULL)")
    guard.check_only(RULE).passes(NOT_VALID, "ALTER TABLE t ADD c int NOT NULL DEFAULT 1")
    guard.session.run("UPDATE t SET b = 1")
    guard.passes("ALTER TABLE t VALIDATE CONSTRAINT n")
    guard.refuses("ALTER TABLE t ALTER b DROP NOT NULL", adds=f"{RULE} t.b")


def test_the_fix_of_a_not_null_that_is_not_valid(guard, needs):
    needs(18)
    guard.prepare("CREATE TABLE t (a int NOT NULL)", "INSERT INTO t VALUES (1)")
    guard.check_only(RULE).passes("BEGIN", "ALTER TABLE t ADD b int DEFAULT 1", NOT_VALID)
    (fix,) = fixes.refuse(guard, "COMMIT")
    guard.passes_in_transaction("ALTER TABLE t ADD b int DEFAULT 1", NOT_VALID, fix.text)


def test_what_a_parent_refuses_for_itself_alone(guard):
    """PostgreSQL 18 has NOT NULL NO INHERIT; before, ONLY kept NOT NULL from the children."""
    guard.prepare("CREATE TABLE p (a int)", "CREATE TABLE old () INHERITS (p)")
    only = "ALTER TABLE p ADD CONSTRAINT n NOT NULL a NO INHERIT" if guard.version >= 18 else "ALTER TABLE ONLY p ALTER a SET NOT NULL"
    guard.check_only(RULE).passes(only, "ALTER TABLE old ADD b int NOT NULL")
    guard.prepare("DROP TABLE old, p")
    guard.refuses_at_commit("CREATE TABLE p (a int)", "CREATE TABLE t () INHERITS (p)", only, adds=f"{RULE} t.a")
