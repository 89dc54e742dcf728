"""Indexes whose columns are the first columns of another index."""

import cases
from rule_test import Exemption, RuleTest

RULE = "redundant_index"

T = "CREATE TABLE t (a int, b int, c text)"
SHORT = T + "; CREATE INDEX short ON t (a)"
LONG = T + "; CREATE INDEX long ON t (a, b)"
OLD = LONG + "; CREATE INDEX short ON t (a)"
EV = "CREATE TABLE ev (a int, b int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"


class TestRedundantIndex(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("short_later", LONG, "CREATE INDEX short ON t (a)", "t.short"),
        ("long_later", SHORT, "CREATE INDEX long ON t (a, b)", "t.short"),
        ("of_primary_key", "CREATE TABLE t (a int PRIMARY KEY)", "CREATE INDEX short ON t (a)", "t.short"),
        ("of_unique_index", T + "; CREATE UNIQUE INDEX u ON t (a)", "CREATE INDEX short ON t (a)", "t.short"),
        ("primary_key_later", SHORT, "ALTER TABLE t ADD PRIMARY KEY (a, b)", "t.short"),
        ("before_expression", T + "; CREATE INDEX long ON t (a, lower(c))", "CREATE INDEX short ON t (a)", "t.short"),
        ("included", T + "; CREATE INDEX long ON t (a) INCLUDE (b)", "CREATE INDEX short ON t (a)", "t.short"),
        ("includes_the_rest", LONG, "CREATE INDEX short ON t (a) INCLUDE (b)", "t.short"),
        ("same_direction", T + "; CREATE INDEX long ON t (a DESC, b)", "CREATE INDEX short ON t (a DESC)", "t.short"),
        ("cover_each_other", T + "; CREATE INDEX x ON t (a) INCLUDE (b, c)", "CREATE INDEX y ON t (a) INCLUDE (c, b)", "t.y"),
        ("partitioned", EV + "; CREATE INDEX long ON ev (a, b)", "CREATE INDEX short ON ev (a)", "ev.short"),
        ("partitions_own", EV + "; CREATE INDEX long ON ev (a, b)", "CREATE INDEX short ON ev1 (a)", "ev1.short"),
    ]

    good = [
        ("second_column", LONG, "CREATE INDEX i ON t (b)"),
        ("other_order", LONG, "CREATE INDEX i ON t (b, a)"),
        ("equal", SHORT, "CREATE INDEX i ON t (a)"),
        ("unique", LONG, "CREATE UNIQUE INDEX i ON t (a)"),
        ("constraint", LONG, "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)"),
        ("partial", LONG, "CREATE INDEX i ON t (a) WHERE b > 0"),
        ("of_partial", T + "; CREATE INDEX long ON t (a, b) WHERE b > 0", "CREATE INDEX i ON t (a)"),
        ("expression", T + "; CREATE INDEX long ON t (lower(c), a)", "CREATE INDEX i ON t (lower(c))"),
        ("direction", LONG, "CREATE INDEX i ON t (a DESC)"),
        ("nulls", LONG, "CREATE INDEX i ON t (a NULLS FIRST)"),
        ("operator_class", T + "; CREATE INDEX long ON t (c, a)", "CREATE INDEX i ON t (c text_pattern_ops)"),
        ("collation", T + "; CREATE INDEX long ON t (c, a)", 'CREATE INDEX i ON t (c COLLATE "C")'),
        ("hash", LONG, "CREATE INDEX i ON t USING hash (a)"),
        ("brin", T + "; CREATE INDEX long ON t USING brin (a, b)", "CREATE INDEX i ON t USING brin (a)"),
        ("includes_more", LONG, "CREATE INDEX i ON t (a) INCLUDE (c)"),
        ("included_only", T + "; CREATE INDEX long ON t (b) INCLUDE (a)", "CREATE INDEX i ON t (a)"),
        ("similar_names", "CREATE TABLE t (user_id int, user_id2 int); CREATE INDEX long ON t (user_id2, user_id)",
         "CREATE INDEX i ON t (user_id)"),
        ("legacy", OLD, ["ALTER TABLE t ADD d int", "ALTER TABLE t ALTER a TYPE bigint", "ALTER INDEX short RENAME TO s",
         "CREATE INDEX other ON t (c)", "ALTER TABLE t RENAME TO u"]),
        ("legacy_fixed", OLD, "DROP INDEX short"),
        ("child", OLD, ["CREATE TABLE u () INHERITS (t)", "CREATE INDEX ON u (a)"]),
        ("replaced", SHORT, ["BEGIN", "DROP INDEX short", "CREATE INDEX long ON t (a, b)", "COMMIT"]),
        ("replaced_after", SHORT, ["BEGIN", "CREATE INDEX long ON t (a, b)", "DROP INDEX short", "COMMIT"]),
        ("partition", EV + "; CREATE INDEX long ON ev (a, b); CREATE INDEX short ON ev (a)",
         "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("temporary", "", ["CREATE TEMPORARY TABLE tmp (a int, b int)", "CREATE INDEX ON tmp (a)", "CREATE INDEX ON tmp (a, b)"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE INDEX short ON t (a)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.short",
        setup=LONG,
    )

    fixes = [
        ("short_later", LONG, "CREATE INDEX short ON t (a)"),
        ("long_later", SHORT, "CREATE INDEX long ON t (a, b DESC, lower(c))"),
        ("primary_key_later", SHORT, "ALTER TABLE t ADD CONSTRAINT long PRIMARY KEY (a, b)"),
        ("partitioned", EV + "; CREATE INDEX short ON ev (a)", "CREATE INDEX long ON ev (a, b)"),
    ]

    def check_replacement(self, guard, setup, statement):
        """The longer index has been made."""
        assert guard.session.rows("SELECT 1 FROM pg_class WHERE relname = 'long'")


def test_an_index_that_is_not_valid_replaces_none(guard):
    guard.prepare(T, "INSERT INTO t VALUES (1, 1), (1, 1)")
    guard.check_only(RULE)
    assert guard.session.expect_error("CREATE UNIQUE INDEX CONCURRENTLY long ON t (a, b)")[0] == "23505"
    guard.passes("CREATE INDEX short ON t (a)")


@cases.parametrize("setup, statement", [
    ("short", LONG, "CREATE INDEX CONCURRENTLY short ON t (a)"),
    ("long", SHORT, "CREATE INDEX CONCURRENTLY long ON t (a, b)"),
])  # fmt: skip
def test_concurrently_the_new_one_comes_first(guard, setup, statement):
    guard.prepare(setup)
    messages = guard.check_only(RULE).warns(statement, adds=f"{RULE} t.short", severity="NOTICE")
    assert messages[0].hint == "DROP INDEX CONCURRENTLY public.short;"
    guard.passes(messages[0].hint)
    cases.expect_clean(guard)
