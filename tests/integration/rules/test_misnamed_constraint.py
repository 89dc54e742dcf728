"""Constraints whose name does not fit the pattern for their kind."""

import pytest
from rule_test import Exemption, RuleTest

RULE = "misnamed_constraint"

T = "CREATE TABLE t (a int NOT NULL, b int, c bigint, span int4range)"
OLD = T + '; ALTER TABLE t ADD CONSTRAINT "Old" UNIQUE (a); ALTER TABLE t ADD PRIMARY KEY (a)'
EV = "CREATE TABLE ev (a int, b int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"
LONG = "t" * 60


class TestMisnamedConstraint(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("another_under_an_old_name", OLD, 'ALTER TABLE t DROP CONSTRAINT "Old", ADD CONSTRAINT "Old" UNIQUE (b)', "t.Old"),
        ("primary_key", "", "CREATE TABLE t (a int CONSTRAINT t_pk PRIMARY KEY)", "t.t_pk"),
        ("primary_key_with_more", "", "CREATE TABLE t (a int CONSTRAINT pk_t_a PRIMARY KEY)", "t.pk_t_a"),
        ("unique", T, "ALTER TABLE t ADD CONSTRAINT pk_t_a UNIQUE (a)", "t.pk_t_a"),
        ("foreign_key", T, "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (c) REFERENCES customers", "t.x"),
        ("check", T, "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)", "t.positive"),
        ("exclusion", T, "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (span WITH &&)", "t.x"),
        ("made_up", T, "ALTER TABLE t ADD UNIQUE (a)", "t.t_a_key"),
        ("using_index", T + "; CREATE UNIQUE INDEX bad ON t (a)", "ALTER TABLE t ADD UNIQUE USING INDEX bad", "t.bad"),
        ("several", "", "CREATE TABLE t (a int CONSTRAINT x PRIMARY KEY, b int CONSTRAINT y UNIQUE)", ["t.x", "t.y"]),
        ("renamed", OLD, 'ALTER TABLE t RENAME CONSTRAINT "Old" TO "New"', "t.New"),
        ("renamed_by_its_index", OLD, 'ALTER INDEX "Old" RENAME TO "New"', "t.New"),
        ("partitioned", EV, "ALTER TABLE ev ADD CONSTRAINT x CHECK (a > 0)", "ev.x"),
        ("partitions_own", EV, "ALTER TABLE ev1 ADD CONSTRAINT ck_ev_a CHECK (a > 0)", "ev1.ck_ev_a"),
        ("child_own", T, "CREATE TABLE u (CONSTRAINT ck_t_a CHECK (a > 0)) INHERITS (t)", "u.ck_t_a"),
    ]

    good = [
        ("every_kind", "", """CREATE TABLE t (a int CONSTRAINT pk_t PRIMARY KEY, b int CONSTRAINT uq_t_b UNIQUE,
            c bigint CONSTRAINT fk_t_c REFERENCES customers CONSTRAINT ck_t_c CHECK (c > 0),
            span int4range, CONSTRAINT ex_t_span EXCLUDE USING gist (span WITH &&))"""),
        ("not_null", "", "CREATE TABLE t (a int NOT NULL)"),
        ("cut", f"CREATE TABLE {LONG} (a int)", f"ALTER TABLE {LONG} ADD CONSTRAINT ck_{LONG}_a CHECK (a > 0)"),
        ("odd_table", 'CREATE TABLE "a+(" (a int)', 'ALTER TABLE "a+(" ADD CONSTRAINT "pk_a+(" PRIMARY KEY (a)'),
        ("domain", "", "CREATE DOMAIN d AS int CONSTRAINT x CHECK (VALUE > 0)"),
        ("legacy", OLD, ["ALTER TABLE t ADD d int", "ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t RENAME a TO z"]),
        ("legacy_to_good", OLD, 'ALTER TABLE t RENAME CONSTRAINT "Old" TO uq_t_a'),
        ("table_renamed", T + "; ALTER TABLE t ADD CONSTRAINT pk_t PRIMARY KEY (a)",
         ["ALTER TABLE t RENAME TO u", "ALTER TABLE u ADD d int", "ALTER TABLE u ALTER a TYPE bigint"]),
        ("replaced_under_its_name", OLD, 'ALTER TABLE t DROP CONSTRAINT "Old", ADD CONSTRAINT "Old" UNIQUE (a)'),
        ("partition", EV + "; ALTER TABLE ev ADD CONSTRAINT x CHECK (a > 0), ADD CONSTRAINT y PRIMARY KEY (a)",
         "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("partitions", EV, "ALTER TABLE ev ADD CONSTRAINT pk_ev PRIMARY KEY (a)"),
        ("child", T + "; ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0)", "CREATE TABLE u () INHERITS (t)"),
        ("detached", EV + "; ALTER TABLE ev ADD CONSTRAINT x CHECK (a > 0)", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("temporary", "", "CREATE TEMPORARY TABLE tmp (a int PRIMARY KEY)"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_schemas": "side"},
        passes="CREATE TABLE side.t (a int CONSTRAINT x PRIMARY KEY)",
        leaves="ALTER TABLE side.t SET SCHEMA public",
        violations="t.x",
        setup="CREATE SCHEMA side",
    )

    fixes = [
        ("primary_key", T, "ALTER TABLE t ADD CONSTRAINT x PRIMARY KEY (a)"),
        ("unique", T, 'ALTER TABLE t ADD CONSTRAINT "X y" UNIQUE (a, b) INCLUDE (c) DEFERRABLE'),
        ("foreign_key", T, "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"),
        ("check", T, "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0 AND b > 0) NOT VALID"),
        ("check_over_nothing", T, "ALTER TABLE t ADD CONSTRAINT never CHECK (false) NO INHERIT"),
        ("exclusion", T, "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (span WITH &&) WHERE (a > 0)"),
        ("with_column", T, "ALTER TABLE t ADD d int DEFAULT 1 CONSTRAINT x UNIQUE"),
        ("renamed", T + "; ALTER TABLE t ADD CONSTRAINT uq_t_x UNIQUE (a)", "ALTER TABLE t RENAME CONSTRAINT uq_t_x TO bad"),
        ("name_taken", T + "; CREATE TABLE uq_t_a ()", "ALTER TABLE t ADD CONSTRAINT x UNIQUE (a)"),
        ("partitioned", EV, "ALTER TABLE ev ADD CONSTRAINT x PRIMARY KEY (a)"),
    ]

    def check_replacement(self, guard, setup, statement):
        """The constraints are those that the statement would have made, under other names."""
        made = guard.session.rows(DEFINITIONS)
        guard.administer("DROP TABLE IF EXISTS t, ev CASCADE")
        if "CREATE TABLE uq_t_a" in setup:
            guard.administer("DROP TABLE uq_t_a")
        guard.prepare(setup, statement)
        assert guard.session.rows(DEFINITIONS) == made


UNNAMED = "unnamed_constraint"


@pytest.mark.parametrize(
    "settings, refused_for",
    [
        ({UNNAMED: "error"}, UNNAMED),
        ({UNNAMED: "off"}, RULE),
        ({UNNAMED: "error", "named_constraint_kinds": "check"}, RULE),
    ],
)
def test_a_name_that_nobody_gave_is_reported_once(guard, settings, refused_for):
    guard.check_only(RULE).configure(**settings)
    guard.refuses("CREATE TABLE t (a int PRIMARY KEY)", adds=f"{refused_for} t.t_pkey")


def test_a_quieter_rule_about_unnamed_constraints_hides_no_error(guard):
    guard.check_only(RULE).configure(**{UNNAMED: "notice"})
    message = guard.session.expect_refusal("CREATE TABLE t (a int PRIMARY KEY)")
    assert message.rule == RULE


@pytest.mark.parametrize(
    "option, pattern, good, bad",
    [
        ("foreign_key_name_pattern", "fk_{table}_{columns}_{ref_table}", "fk_t_c_customers", "fk_t_c_other"),
        ("foreign_key_name_pattern", "fk_rails_[0-9a-f]{10}", "fk_rails_0123456789", "fk_t_c"),
        ("foreign_key_name_pattern", "{table}_{column_0}_fkey", "t_c_fkey", "t_a_fkey"),
    ],
)
def test_pattern(guard, option, pattern, good, bad):
    guard.prepare(T)
    guard.check_only(RULE).configure(**{option: pattern})
    sql = "ALTER TABLE t ADD CONSTRAINT {} FOREIGN KEY (c) REFERENCES customers"
    guard.refuses(sql.format(bad), adds=f"{RULE} t.{bad}")
    guard.passes(sql.format(good))


DEFINITIONS = "SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid >= 16384 ORDER BY 1, 2"


def test_names_are_compared_with_the_table_s_final_name(guard):
    """A table that is built beside the old one and renamed over it is what it becomes."""
    guard.prepare("CREATE TABLE t (a int CONSTRAINT pk_t PRIMARY KEY)")
    guard.check_only(RULE).passes_in_transaction(
        "CREATE TABLE t_new (a bigint NOT NULL CONSTRAINT ck_t_a CHECK (a > 0))",
        "DROP TABLE t",
        "ALTER TABLE t_new RENAME TO t",
        "ALTER TABLE t ADD CONSTRAINT pk_t PRIMARY KEY (a)",
    )
    guard.refuses_at_commit(
        "CREATE TABLE u (a int CONSTRAINT pk_u PRIMARY KEY)", "ALTER TABLE u RENAME TO v", adds=f"{RULE} v.pk_u"
    )


def test_the_names_of_a_table_that_becomes_a_partition(guard):
    guard.prepare("CREATE TABLE p (a int, CONSTRAINT ck_p_a CHECK (a > 0)) PARTITION BY RANGE (a)")
    load = ["CREATE TABLE p1 (LIKE p INCLUDING CONSTRAINTS)", "INSERT INTO p1 VALUES (1)"]
    guard.check_only(RULE).passes_in_transaction(*load, "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (1) TO (2)")
    guard.refuses_at_commit("CREATE TABLE p2 (LIKE p INCLUDING CONSTRAINTS)", adds=f"{RULE} p2.ck_p_a")


def test_a_name_that_is_changed_before_the_commit(guard):
    guard.check_only(RULE).passes_in_transaction(
        "CREATE TABLE t (a int CONSTRAINT x PRIMARY KEY)", "ALTER TABLE t RENAME CONSTRAINT x TO pk_t"
    )
