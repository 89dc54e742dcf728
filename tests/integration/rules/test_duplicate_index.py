"""Indexes that are equal to another index."""

import cases
from rule_test import Exemption, RuleTest

RULE = "duplicate_index"

T = "CREATE TABLE t (a int, b int, c text, span int4range)"
ONE = T + "; CREATE INDEX one ON t (a, b)"
OLD = ONE + "; CREATE INDEX two ON t (a, b)"
EV = "CREATE TABLE ev (a int, b int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"


class TestDuplicateIndex(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("index_of_primary_key", "CREATE TABLE t (a int CONSTRAINT pk PRIMARY KEY)", "CREATE UNIQUE INDEX i ON t (a)", "t.i"),
        ("key_over_index", T + "; CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", "t.i"),
        ("two_constraints", "CREATE TABLE t (a int CONSTRAINT u UNIQUE)", "ALTER TABLE t ADD CONSTRAINT v UNIQUE (a)", "t.v"),
        ("primary_key_later", "CREATE TABLE t (a int NOT NULL CONSTRAINT u UNIQUE)", "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)", "t.u"),
        ("exclusion", T + "; ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (span WITH &&)", "CREATE INDEX i ON t USING gist (span)", "t.i"),
        ("exclusion_later", T + "; CREATE INDEX i ON t USING gist (span)", "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (span WITH &&)", "t.i"),
        ("partitioned", EV + "; CREATE INDEX one ON ev (b)", "CREATE INDEX two ON ev (b)", "ev.two"),
        ("only", EV + "; CREATE INDEX one ON ev (b)", "CREATE INDEX two ON ONLY ev (b)", "ev.two"),
        ("partitions_own", EV + "; CREATE INDEX one ON ev (b)", "CREATE INDEX two ON ev1 (b)", "ev1.two"),
    ]  # fmt: skip

    good = [
        ("key_using_index", T + "; CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i"),
        ("deferrable", T + "; CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE"),
        ("two_exclusions", T + "; ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (span WITH &&)",
         "ALTER TABLE t ADD CONSTRAINT y EXCLUDE USING gist (span WITH =)"),
        ("other_table", ONE, ["CREATE TABLE u (a int, b int)", "CREATE INDEX ON u (a, b)"]),
        ("exists_already", ONE, ["CREATE INDEX IF NOT EXISTS one ON t (a, b)",
         "CREATE INDEX CONCURRENTLY IF NOT EXISTS one ON t (a, b)"]),
        ("reindex", OLD, ["REINDEX INDEX one", "REINDEX TABLE CONCURRENTLY t"]),
        ("legacy", OLD, ["ALTER TABLE t ADD d int", "ALTER INDEX two RENAME TO second", "ALTER TABLE t ALTER a TYPE bigint",
         "ALTER TABLE t RENAME TO u", "CREATE INDEX three ON u (c)"]),
        ("legacy_of_constraint", OLD + "; ALTER TABLE t ADD CONSTRAINT u UNIQUE (c); CREATE UNIQUE INDEX v ON t (c)",
         "ALTER TABLE t ALTER c TYPE varchar(9)"),
        ("legacy_fixed", OLD, "DROP INDEX two"),
        ("child", OLD, ["CREATE TABLE u () INHERITS (t)", "CREATE INDEX ON u (a, b)"]),
        ("dropped_and_made", ONE, ["BEGIN", "DROP INDEX one", "CREATE INDEX two ON t (a, b)", "COMMIT"]),
        ("partition", EV + "; CREATE INDEX one ON ev (b); CREATE INDEX two ON ev (b)",
         "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("attached", EV + "; CREATE INDEX one ON ev1 (b)", "CREATE INDEX two ON ev (b)"),
        ("temporary", "", ["CREATE TEMPORARY TABLE tmp (a int)", "CREATE INDEX ON tmp (a)", "CREATE INDEX ON tmp (a)"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE INDEX two ON t (a, b)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.two",
        setup=ONE,
    )

    fixes = [
        ("plain", ONE, "CREATE INDEX two ON t (a, b)"),
        ("constraint", "CREATE TABLE t (a int CONSTRAINT u UNIQUE)", "ALTER TABLE t ADD CONSTRAINT v UNIQUE (a)"),
        ("key_over_index", T + "; CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)"),
        ("primary_key_over_index", T + "; CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD CONSTRAINT u PRIMARY KEY (a)"),
        ("exclusion_over_index", T + "; CREATE INDEX i ON t USING gist (span)",
         "ALTER TABLE t ADD CONSTRAINT u EXCLUDE USING gist (span WITH &&)"),
        ("partitioned", EV + "; CREATE INDEX one ON ev (b)", "CREATE INDEX two ON ev (b)"),
    ]  # fmt: skip

    def check_replacement(self, guard, setup, statement):
        """Where the statement adds a constraint, the hint keeps the constraint and drops the other index."""
        if "CONSTRAINT u" in statement:
            assert guard.session.rows("SELECT 1 FROM pg_constraint WHERE conname = 'u'")


EQUAL = [
    ("plain", "INDEX {} ON t (a, b)"),
    ("explicit_defaults", "INDEX {} ON t (a, b)", "INDEX {} ON t USING btree (a int4_ops ASC NULLS LAST, b ASC)"),
    ("storage", "INDEX {} ON t (a)", "INDEX {} ON t (a) WITH (fillfactor = 70)"),
    ("unique", "UNIQUE INDEX {} ON t (a)"),
    ("partial", "INDEX {} ON t (a) WHERE b > 0"),
    ("expression", "INDEX {} ON t (lower(c), a)"),
    ("descending", "INDEX {} ON t (a DESC NULLS LAST)"),
    ("include", "INDEX {} ON t (a) INCLUDE (b)"),
    ("gist", "INDEX {} ON t USING gist (span)"),
    ("hash", "INDEX {} ON t USING hash (a)"),
]
EQUAL = [(name, first, *(second or [first])) for name, first, *second in EQUAL]


@cases.parametrize("first, second", EQUAL)
def test_equal(guard, first, second):
    guard.prepare(T, "CREATE " + first.format("one"))
    guard.check_only(RULE).refuses("SELECT 1", "CREATE   " + second.format("two"), adds=f"{RULE} t.two")


DIFFERENT = [
    ("column", "INDEX {} ON t (a)", "INDEX {} ON t (b)"),
    ("order_of_columns", "INDEX {} ON t (a, b)", "INDEX {} ON t (b, a)"),
    ("longer", "INDEX {} ON t (a)", "INDEX {} ON t (a, b)"),
    ("direction", "INDEX {} ON t (a)", "INDEX {} ON t (a DESC)"),
    ("nulls", "INDEX {} ON t (a)", "INDEX {} ON t (a NULLS FIRST)"),
    ("unique", "INDEX {} ON t (a)", "UNIQUE INDEX {} ON t (a)"),
    ("partial", "INDEX {} ON t (a)", "INDEX {} ON t (a) WHERE b > 0"),
    ("condition", "INDEX {} ON t (a) WHERE b > 1", "INDEX {} ON t (a) WHERE b > 0"),
    ("expression", "INDEX {} ON t (lower(c))", "INDEX {} ON t (upper(c))"),
    ("include", "INDEX {} ON t (a)", "INDEX {} ON t (a) INCLUDE (b)"),
    ("operator_class", "INDEX {} ON t (c)", "INDEX {} ON t (c text_pattern_ops)"),
    ("collation", "INDEX {} ON t (c)", 'INDEX {} ON t (c COLLATE "C")'),
    ("method", "INDEX {} ON t (a)", "INDEX {} ON t USING hash (a)"),
]


@cases.parametrize("first, second", DIFFERENT)
def test_different(guard, first, second):
    guard.prepare(T, "CREATE " + first.format("one"))
    guard.check_only(RULE).passes("CREATE " + second.format("two"))


@cases.parametrize("first, second", [case for case in EQUAL if case[0] not in ("partial", "expression")])
def test_equal_concurrently(guard, first, second):
    guard.prepare(T, "CREATE " + first.format("one"))
    sql = "CREATE " + second.format("two").replace("INDEX", "INDEX CONCURRENTLY")
    messages = guard.check_only(RULE).warns(sql, adds=f"{RULE} t.two", severity="NOTICE")
    assert messages[0].hint == "DROP INDEX CONCURRENTLY public.two;"
    guard.passes(messages[0].hint)


def test_equal_concurrently_in_the_collation_of_the_column(guard):
    guard.prepare('CREATE TABLE t (c text COLLATE "C"); CREATE INDEX one ON t (c)')
    guard.check_only(RULE).warns("CREATE INDEX CONCURRENTLY two ON t (c)", adds=f"{RULE} t.two", severity="NOTICE")


def test_made_anew_and_the_old_one_dropped(guard):
    guard.prepare(T, "CREATE INDEX one ON t (a)")
    guard.check_only(RULE).passes_in_transaction("CREATE INDEX two ON t (a)", "DROP INDEX one")
    guard.refuses_at_commit("CREATE INDEX one ON t (a)", "ALTER INDEX one RENAME TO three", adds=f"{RULE} t.three")


@cases.parametrize("first, second", [case for case in EQUAL if case[0] in ("partial", "expression")])
def test_equal_concurrently_when_it_is_there(guard, first, second):
    guard.prepare(T, "CREATE " + first.format("one"))
    guard.check_only(RULE).session.run("CREATE " + second.format("two").replace("INDEX", "INDEX CONCURRENTLY"))
    messages = guard.session.take_messages()
    assert [str(message) for message in messages] == [f"{RULE} t.two"]
    guard.passes(messages[0].hint, "ALTER TABLE t ADD d int")


@cases.parametrize("first, second", DIFFERENT)
def test_different_concurrently(guard, first, second):
    guard.prepare(T, "CREATE " + first.format("one"))
    guard.check_only(RULE).passes("CREATE " + second.format("two").replace("INDEX", "INDEX CONCURRENTLY"))


def test_nulls_not_distinct(guard, needs):
    needs(15)
    guard.prepare(T, "CREATE UNIQUE INDEX one ON t (a)")
    guard.check_only(RULE).passes("CREATE UNIQUE INDEX CONCURRENTLY two ON t (a) NULLS NOT DISTINCT")
    guard.passes("DROP INDEX two", "CREATE UNIQUE INDEX two ON t (a) NULLS NOT DISTINCT")


def test_an_index_that_is_not_valid_counts_for_nothing(guard):
    guard.prepare(T, "INSERT INTO t (a) VALUES (1), (1)")
    guard.check_only(RULE)
    assert guard.session.expect_error("CREATE UNIQUE INDEX CONCURRENTLY one ON t (a)")[0] == "23505"
    guard.prepare("DELETE FROM t")
    guard.passes("CREATE UNIQUE INDEX two ON t (a)")
    guard.passes("ALTER TABLE t ADD d int")
