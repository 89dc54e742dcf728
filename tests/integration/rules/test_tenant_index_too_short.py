"""An index over the tenant column alone. The rule is checked on the final state of the transaction."""

import fixes
from rule_test import Exemption, RuleTest

RULE = "tenant_index_too_short"

T = "CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY, tenant_id int NOT NULL, made date)"
OLD = f"{T}; CREATE INDEX old ON t (tenant_id)"
LONG = f"{T}; CREATE INDEX ix ON t (tenant_id, made)"
EV = "CREATE TABLE ev (id int, tenant_id int) PARTITION BY RANGE (id); CREATE TABLE ev1 PARTITION OF ev DEFAULT"
SHORT = "CREATE INDEX short ON t (tenant_id)"


class TestTenantIndexTooShort(RuleTest):
    rule = RULE
    refused_at = "commit"
    settings = {"tenant_column": "tenant_id"}

    bad = [
        ("plain", T, SHORT, "t.short"),
        ("descending", T, "CREATE INDEX short ON t (tenant_id DESC)", "t.short"),
        ("hash", T, "CREATE INDEX short ON t USING hash (tenant_id)", "t.short"),
        ("next_to_a_longer_one", LONG, SHORT, "t.short"),
        ("concurrently", T, "CREATE INDEX CONCURRENTLY short ON t (tenant_id)", "t.short"),
        ("second", OLD, SHORT, "t.short"),
        ("partitioned", EV, "CREATE INDEX short ON ev (tenant_id)", "ev.short"),
        ("partitions_own", EV, "CREATE INDEX short ON ev1 (tenant_id)", "ev1.short"),
        ("column_renamed", "CREATE TABLE t (a int, b int); CREATE INDEX ix ON t (b)", "ALTER TABLE t RENAME b TO tenant_id", "t.ix"),
        ("like", OLD, "CREATE TABLE u (LIKE t INCLUDING INDEXES)", "u.u_tenant_id_idx"),
    ]  # fmt: skip

    good = [
        ("longer", T, "CREATE INDEX ON t (tenant_id, made)"),
        ("expression_behind_it", T, "CREATE INDEX ON t (tenant_id, (id + 1))"),
        ("another_column", T, "CREATE INDEX ON t (made)"),
        ("unique", T, "CREATE UNIQUE INDEX ON t (tenant_id)"),
        ("constraint", T, "ALTER TABLE t ADD UNIQUE (tenant_id)"),
        ("exclusion", T, "ALTER TABLE t ADD EXCLUDE USING hash (tenant_id WITH =)"),
        ("partial", T, "CREATE INDEX ON t (tenant_id) WHERE made IS NULL"),
        ("include", T, "CREATE INDEX ON t (tenant_id) INCLUDE (made)"),
        ("no_other_column", "CREATE TABLE u (tenant_id int)", "CREATE INDEX ON u (tenant_id)"),
        ("another_table", "CREATE TABLE u (a int, b int)", "CREATE INDEX ON u (a)"),
        ("fixed_later", T, ["BEGIN", SHORT, "DROP INDEX short", "COMMIT"]),
        ("legacy", OLD, ["ALTER TABLE t ADD a int", "ALTER INDEX old RENAME TO older", "ALTER TABLE t ALTER tenant_id TYPE bigint", "REINDEX TABLE t"]),
        ("legacy_fixed", OLD, "DROP INDEX old"),
        ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
        ("partition", f"{EV}; CREATE INDEX short ON ev (tenant_id)", "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("temporary", "", ["CREATE TEMPORARY TABLE u (id int, tenant_id int)", "CREATE INDEX ON u (tenant_id)"]),
    ]  # fmt: skip

    exempt = Exemption({"exempt_tables": "t"}, passes=SHORT, leaves="ALTER TABLE t RENAME TO u", violations="u.short", setup=T)

    fixes = [
        ("key", T, SHORT, "(tenant_id, id);\nDROP INDEX public.short;"),
        ("no_key", "CREATE TABLE t (tenant_id int, made date)", SHORT, "(tenant_id, made);\nDROP INDEX public.short;"),
        ("composite_key", "CREATE TABLE t (tenant_id int, id int, PRIMARY KEY (id, tenant_id))", SHORT, "(tenant_id, id);\nDROP INDEX public.short;"),
        ("next_to_a_longer_one", LONG, SHORT, "DROP INDEX public.short;"),
        ("partitioned", EV, "CREATE INDEX short ON ev (tenant_id)", "(tenant_id, id);\nDROP INDEX public.short;"),
    ]  # fmt: skip

    def check_fixes(self, fixes, part):
        """The fix ends with this part, and says what it drops."""
        (fix,) = fixes
        assert fix.text.endswith(part)
        assert fix.caution == "drops an index"


def check_with_tenant_column(guard, setup):
    guard.prepare(setup)
    return guard.check_only(RULE).configure(tenant_column="tenant_id")


def test_silent_without_a_tenant_column(guard):
    guard.prepare(T)
    guard.check_only(RULE).passes(SHORT)


def test_odd_name_of_the_column(guard):
    guard.prepare('CREATE TABLE t (id int, "Tenant, the" int)')
    guard.check_only(RULE).configure(tenant_column='"Tenant, the"')
    guard.refuses('CREATE INDEX short ON t ("Tenant, the")', adds=f"{RULE} t.short")


def test_there_is_one_tenant_column(guard):
    guard.as_superuser().session.run("LOAD 'pg_guardrail'")
    assert "only one tenant column" in guard.session.expect_error("SET guardrail.tenant_column = 'a, b'")[1]


def test_two_of_them_are_fixed_by_one_index(guard):
    two = (SHORT, "CREATE INDEX shorter ON t (tenant_id)")
    check_with_tenant_column(guard, T).passes("BEGIN", *two)
    found = fixes.refuse(guard, "COMMIT")
    guard.passes_in_transaction(*two, *dict.fromkeys(line for fix in found for line in fix.lines))
    assert guard.session.rows("SELECT relname FROM pg_class WHERE relkind = 'i' AND relname ~ '^(ix|short)'") == [("ix_t_tenant_id_id",)]


def test_fix_of_what_would_have_been_made_concurrently(guard):
    (fix,) = fixes.refuse(check_with_tenant_column(guard, T), "CREATE INDEX CONCURRENTLY short ON t (tenant_id)")
    assert (fix.applies, fix.text) == ("instead", "CREATE INDEX CONCURRENTLY ix_t_tenant_id_id ON public.t (tenant_id, id);")
    guard.passes(fix.text)
