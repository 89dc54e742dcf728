"""Indexes whose name does not fit the pattern. The indexes of constraints are not meant."""

import cases
import pytest
from rule_test import Exemption, RuleTest

RULE = "misnamed_index"

T = "CREATE TABLE t (a int, b int, c text, span int4range)"
OLD = T + '; CREATE INDEX "Old" ON t (a)'
EV = "CREATE TABLE ev (a int, b int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"
LONG = "t" * 60


class TestMisnamedIndex(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("plain", T, "CREATE INDEX by_a ON t (a)", "t.by_a"),
        ("made_up", T, "CREATE INDEX ON t (a, b)", "t.t_a_b_idx"),
        ("other_table", T + "; CREATE TABLE other (a int)", "CREATE INDEX ix_t_a ON other (a)", "other.ix_t_a"),
        ("unique", T, "CREATE UNIQUE INDEX u ON t (a)", "t.u"),
        ("partial", T, "CREATE INDEX p ON t (a) WHERE b > 0", "t.p"),
        ("expression", T, "CREATE INDEX e ON t (lower(c))", "t.e"),
        ("gist", T, "CREATE INDEX g ON t USING gist (span)", "t.g"),
        ("nothing_after_the_table", T, "CREATE INDEX ix_t_ ON t (a)", "t.ix_t_"),
        ("capital", T, 'CREATE INDEX "Ix_t_a" ON t (a)', "t.Ix_t_a"),
        ("renamed_to_bad", T + "; CREATE INDEX ix_t_a ON t (a)", "ALTER INDEX ix_t_a RENAME TO bad", "t.bad"),
        ("from_bad_to_bad", OLD, 'ALTER INDEX "Old" RENAME TO "New"', "t.New"),
        ("partitioned", EV, "CREATE INDEX i ON ev (a)", "ev.i"),
        ("partitions_own", EV, "CREATE INDEX ix_ev_a ON ev1 (a)", "ev1.ix_ev_a"),
        ("like", T + "; CREATE INDEX ix_t_a ON t (a)", "CREATE TABLE u (LIKE t INCLUDING INDEXES)", "u.u_a_idx"),
        ("concurrently", T, "CREATE INDEX CONCURRENTLY i ON t (a)", "t.i"),
        ("concurrently_partial", T, "CREATE INDEX CONCURRENTLY i ON t (lower(c)) WHERE b > 0", "t.i"),
        ("concurrently_made_up", T, "CREATE INDEX CONCURRENTLY ON t (a)", "t.t_a_idx"),
    ]

    good = [
        ("plain", T, "CREATE INDEX ix_t_a ON t (a)"),
        ("unique", T, "CREATE UNIQUE INDEX ix_t_a ON t (a)"),
        ("unique_as_constraint", T, "CREATE UNIQUE INDEX uq_t_a ON t (a) WHERE b > 0"),
        ("anything_after_the_table", T, 'CREATE INDEX "ix_t_Any thing" ON t (a)'),
        ("concurrently", T, "CREATE INDEX CONCURRENTLY ix_t_a ON t (a) WHERE b > 0"),
        ("concurrently_there_already", OLD, 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "Old" ON t (a)'),
        ("reindex_concurrently", OLD, "REINDEX TABLE CONCURRENTLY t"),
        ("constraints", "", "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, s int4range, EXCLUDE USING gist (s WITH &&))"),
        ("odd_table", 'CREATE TABLE "a.b(" (a int)', 'CREATE INDEX "ix_a.b(_a" ON "a.b(" (a)'),
        ("cut", f"CREATE TABLE {LONG} (a int, b int)", f"CREATE INDEX ix_{LONG}_a ON {LONG} (a)"),
        ("cut_with_hash", f"CREATE TABLE {LONG} (a int)", f"CREATE INDEX {'ix_' + LONG[:52]}_09af ON {LONG} (a)"),
        ("legacy_other_index", OLD, "CREATE INDEX ix_t_b ON t (b)"),
        ("legacy_set", OLD, 'ALTER INDEX "Old" SET (fillfactor = 70)'),
        ("legacy_retyped", OLD, "ALTER TABLE t ALTER a TYPE bigint"),
        ("legacy_bad_to_good", OLD, 'ALTER INDEX "Old" RENAME TO ix_t_a'),
        ("table_renamed", T + "; CREATE INDEX ix_t_a ON t (a)", "ALTER TABLE t RENAME TO u"),
        ("table_renamed_then_touched", T + "; CREATE INDEX ix_t_a ON t (a)",
         ["ALTER TABLE t RENAME TO u", "ALTER TABLE u ADD d int", "ALTER TABLE u ALTER a TYPE bigint"]),
        ("partition", EV, "CREATE INDEX ix_ev_a ON ev (a)"),
        ("new_partition", EV + "; CREATE INDEX bad ON ev (a)", "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("partitions_own", EV, "CREATE INDEX ix_ev1_b ON ev1 (b)"),
        ("child", T + "; CREATE INDEX bad ON t (a)", "CREATE TABLE u () INHERITS (t)"),
        ("temporary", "", ["CREATE TEMPORARY TABLE tmp (a int)", "CREATE INDEX bad ON tmp (a)"]),
        ("materialized_view", T + "; CREATE MATERIALIZED VIEW m AS SELECT * FROM t", "CREATE INDEX bad ON m (a)"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE INDEX bad ON t (a)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.bad",
        setup=T,
    )

    fixes = [
        ("plain", T, "CREATE INDEX by_a ON t (a)"),
        ("unique_partial", T, 'CREATE UNIQUE INDEX "By a" ON t (a DESC, lower(c) COLLATE "C") INCLUDE (b) WHERE b > 0'),
        ("name_taken", T + "; CREATE INDEX ix_t_a ON t (a)", "CREATE INDEX by_a ON t (a)"),
        ("expression_alone", T, "CREATE INDEX e ON t (lower(c))"),
        ("partitioned", EV, "CREATE INDEX i ON ev (a)"),
        ("only", EV, "CREATE INDEX i ON ONLY ev (a)"),
        ("renamed", T + "; CREATE INDEX ix_t_x ON t (a)", "ALTER INDEX ix_t_x RENAME TO bad"),
    ]

    def check_replacement(self, guard, setup, statement):
        """The index is the one that the statement would have made, under another name."""
        made = guard.session.rows(DEFINITIONS)
        guard.administer("DROP TABLE IF EXISTS t, ev")
        guard.prepare(setup, statement)
        assert guard.session.rows(DEFINITIONS) == made


def test_indexes_of_other_tables_than_the_exempt_one_are_checked(guard):
    guard.prepare(T, "CREATE TABLE other (a int)")
    guard.check_only(RULE).configure(exempt_tables="t")
    guard.refuses("CREATE INDEX worse ON other (a)", adds=f"{RULE} other.worse")


@pytest.mark.parametrize(
    "pattern, good, bad",
    [
        ("{table}_{columns}_idx", "CREATE INDEX ON t (a, b)", "CREATE INDEX t_a_idx ON t (a, b)"),
        ("idx_{column_0}", "CREATE INDEX idx_a ON t (a, b)", "CREATE INDEX idx_b ON t (a, b)"),
        ("{table}_{columns}_idx", "CREATE INDEX t_low_b_idx ON t (lower(c), b)", "CREATE INDEX t_low ON t (lower(c))"),
        ("i[a-z]{2,3}", "CREATE INDEX iab ON t (a)", "CREATE INDEX ia ON t (a)"),
    ],
)
def test_pattern(guard, pattern, good, bad):
    guard.prepare(T)
    guard.check_only(RULE).configure(index_name_pattern=pattern)
    message = guard.session.expect_refusal(bad)
    assert message.rule == RULE
    guard.passes(good)


def test_broken_pattern(guard):
    session = guard.connect("postgres")
    session.run("LOAD 'pg_guardrail'")
    assert '"{tabel}" is not a placeholder' in session.expect_error("SET guardrail.index_name_pattern = 'ix_{tabel}'")[1]
    assert "is not a regular expression" in session.expect_error("SET guardrail.index_name_pattern = 'ix_('")[1]


DEFINITIONS = """
    SELECT replace(indexdef, format('INDEX %I ON', indexname), 'INDEX ON') FROM pg_indexes
    WHERE schemaname = 'public' AND tablename IN ('t', 'ev', 'ev1') ORDER BY 1
"""


IMPOSSIBLE = [
    ("no_operator_class", "a nosuch_ops", "42704"),
    ("no_such_schema", "a nosuch.int4_ops", "3F000"),
    ("operator_class_of_another_type", "a text_ops", "42804"),
    ("operator_class_out_of_sight", "a hidden.int4_ops", "42501"),
    ("collation_out_of_sight", "c COLLATE hidden.german", "42501"),
    ("too_many_names", "a b.c.d.e", "42601"),
]


@cases.parametrize("column, sqlstate", IMPOSSIBLE)
def test_what_cannot_be_made_fails_by_itself(guard, column, sqlstate):
    """The error is PostgreSQL's own."""
    guard.prepare(T)
    guard.administer("CREATE SCHEMA hidden")
    found, text = guard.check_only(RULE).session.expect_error(f"CREATE INDEX CONCURRENTLY ix_t_a ON t ({column})")
    assert found == sqlstate, text
    assert "guard" not in text, text


def test_fix_concurrently(guard):
    cases.fix_instead(guard, RULE, T, "CREATE INDEX CONCURRENTLY i ON t (a, lower(c)) WHERE b > 0")


def test_fix_concurrently_after_a_warning(guard):
    fix = cases.fix_afterwards(guard, RULE, T, "CREATE INDEX CONCURRENTLY i ON t (a)")
    assert fix.text == "ALTER INDEX public.i RENAME TO ix_t_a;"
