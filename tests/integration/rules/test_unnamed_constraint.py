"""Constraints that PostgreSQL had to name: each kind of constraint, in each place where it can stand."""

import cases
import pytest
from rule_test import Exemption, RuleTest

RULE = "unnamed_constraint"

KEYED = "CREATE TABLE keyed (id int CONSTRAINT pk_keyed PRIMARY KEY, code text CONSTRAINT uq_keyed UNIQUE)"
LEGACY = """
    CREATE TABLE legacy (id int PRIMARY KEY, code text UNIQUE, age int CHECK (age > 0),
        customer_id bigint REFERENCES customers, span int4range, EXCLUDE USING gist (span WITH &&))
"""
PLAIN = "CREATE TABLE plain (id int NOT NULL, code text, customer_id bigint, span int4range)"


class TestUnnamedConstraint(RuleTest):
    rule = RULE

    bad = [
        ("pk_column", "", "CREATE TABLE t (id int PRIMARY KEY)", "t.t_pkey"),
        ("pk_table", "", "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))", "t.t_pkey"),
        ("unique_column", "", "CREATE TABLE t (code text UNIQUE)", "t.t_code_key"),
        ("unique_table", "", "CREATE TABLE t (a int, b int, UNIQUE (a, b))", "t.t_a_b_key"),
        ("fk_column", "", "CREATE TABLE t (c bigint REFERENCES customers)", "t.t_c_fkey"),
        ("fk_table", "", "CREATE TABLE t (c bigint, FOREIGN KEY (c) REFERENCES customers)", "t.t_c_fkey"),
        ("check_column", "", "CREATE TABLE t (age int CHECK (age > 0))", "t.t_age_check"),
        ("check_table", "", "CREATE TABLE t (a int, b int, CHECK (a < b))", "t.t_check"),
        ("exclusion", "", "CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&))", "t.t_r_excl"),
        ("serial_key", "", "CREATE TABLE t (id serial PRIMARY KEY)", "t.t_pkey"),
        ("partitioned", "", "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)", "t.t_pkey"),
        ("typed_table", "CREATE TYPE row_type AS (id int)", "CREATE TABLE t OF row_type (PRIMARY KEY (id))", "t.t_pkey"),
        ("add_pk", PLAIN, "ALTER TABLE plain ADD PRIMARY KEY (id)", "plain.plain_pkey"),
        ("add_unique", PLAIN, "ALTER TABLE plain ADD UNIQUE (code)", "plain.plain_code_key"),
        ("add_check", PLAIN, "ALTER TABLE plain ADD CHECK (id > 0)", "plain.plain_id_check"),
        ("add_check_not_valid", PLAIN, "ALTER TABLE plain ADD CHECK (id > 0) NOT VALID", "plain.plain_id_check"),
        (
            "add_fk",
            PLAIN,
            "ALTER TABLE plain ADD FOREIGN KEY (customer_id) REFERENCES customers",
            "plain.plain_customer_id_fkey",
        ),
        ("add_exclusion", PLAIN, "ALTER TABLE plain ADD EXCLUDE USING gist (span WITH &&)", "plain.plain_span_excl"),
        ("add_column_pk", "CREATE TABLE t ()", "ALTER TABLE t ADD id int PRIMARY KEY", "t.t_pkey"),
        ("add_column_unique", PLAIN, "ALTER TABLE plain ADD c int UNIQUE", "plain.plain_c_key"),
        ("add_column_check", PLAIN, "ALTER TABLE plain ADD c int CHECK (c > 0)", "plain.plain_c_check"),
        ("add_column_fk", PLAIN, "ALTER TABLE plain ADD c bigint REFERENCES customers", "plain.plain_c_fkey"),
        ("one_of_many", LEGACY, "ALTER TABLE legacy ADD UNIQUE (age)", "legacy.legacy_age_key"),
        (
            "named_and_not",
            PLAIN,
            "ALTER TABLE plain ADD CONSTRAINT uq UNIQUE (code), ADD UNIQUE (customer_id)",
            "plain.plain_customer_id_key",
        ),
        (
            "own_check_of_a_partition",
            "CREATE TABLE ev (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE ev1 PARTITION OF ev (CHECK (id > 0)) FOR VALUES FROM (0) TO (9)",
            "ev1.ev1_id_check",
        ),
        (
            "own_key_of_a_partition",
            "CREATE TABLE ev (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE ev1 PARTITION OF ev (PRIMARY KEY (id)) FOR VALUES FROM (0) TO (9)",
            "ev1.ev1_pkey",
        ),
        (
            "on_a_parent_with_children",
            "CREATE TABLE up (id int); CREATE TABLE down () INHERITS (up)",
            "ALTER TABLE up ADD CHECK (id > 0)",
            "up.up_id_check",
        ),
        (
            "on_a_partitioned_table",
            "CREATE TABLE ev (id int) PARTITION BY RANGE (id);CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
            "ALTER TABLE ev ADD PRIMARY KEY (id)",
            "ev.ev_pkey",
        ),
    ]

    bad_like = [("indexes", KEYED, "CREATE TABLE t (LIKE keyed INCLUDING INDEXES)", ["t.t_pkey", "t.t_code_key"])]

    good = [
        (
            "every_kind_named",
            "",
            """CREATE TABLE t (id int CONSTRAINT a PRIMARY KEY, code text CONSTRAINT b UNIQUE,
                c bigint CONSTRAINT c REFERENCES customers, age int CONSTRAINT d CHECK (age > 0),
                span int4range, CONSTRAINT e EXCLUDE USING gist (span WITH &&))""",
        ),
        ("the_name_it_would_have_got", "", "CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY)"),
        ("not_null", "", "CREATE TABLE t (id int NOT NULL, code text NOT NULL DEFAULT '')"),
        ("identity", "", "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY)"),
        ("serial", "", "CREATE TABLE t (id serial)"),
        ("set_not_null", PLAIN, "ALTER TABLE plain ALTER code SET NOT NULL"),
        ("add_column_not_null", PLAIN, "ALTER TABLE plain ADD c int NOT NULL DEFAULT 0"),
        (
            "pk_using_index",
            PLAIN + "; CREATE UNIQUE INDEX ix ON plain (id)",
            "ALTER TABLE plain ADD PRIMARY KEY USING INDEX ix",
        ),
        (
            "unique_using_index",
            PLAIN + "; CREATE UNIQUE INDEX ix ON plain (code)",
            "ALTER TABLE plain ADD UNIQUE USING INDEX ix",
        ),
        ("unique_index", PLAIN, "CREATE UNIQUE INDEX ON plain (code)"),
        ("like_constraints", "CREATE TABLE ck (age int CONSTRAINT ck_age CHECK (age > 0))",
         "CREATE TABLE t (LIKE ck INCLUDING CONSTRAINTS)"),
        ("like_alone", LEGACY, "CREATE TABLE t (LIKE legacy)"),
        ("inherited_check", LEGACY, "CREATE TABLE t () INHERITS (legacy)"),
        ("partition", "CREATE TABLE ev (id int CONSTRAINT pk_ev PRIMARY KEY) PARTITION BY RANGE (id)",
         "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)"),
        ("partition_of_legacy", "CREATE TABLE ev (id int PRIMARY KEY, CHECK (id > 0)) PARTITION BY RANGE (id)",
         "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)"),
        ("attach", "CREATE TABLE ev (id int CONSTRAINT pk_ev PRIMARY KEY) PARTITION BY RANGE (id);"
         "CREATE TABLE ev1 (id int NOT NULL)", "ALTER TABLE ev ATTACH PARTITION ev1 FOR VALUES FROM (0) TO (9)"),
        ("detach", "CREATE TABLE ev (id int PRIMARY KEY) PARTITION BY RANGE (id);"
         "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("retype_legacy", LEGACY, "ALTER TABLE legacy ALTER id TYPE bigint, ALTER age TYPE bigint"),
        ("retype_named", KEYED, "ALTER TABLE keyed ALTER id TYPE bigint, ALTER code TYPE varchar(9)"),
        ("validate", PLAIN + "; ALTER TABLE plain ADD CHECK (id > 0) NOT VALID",
         "ALTER TABLE plain VALIDATE CONSTRAINT plain_id_check"),
        ("name_given_later", LEGACY, "ALTER TABLE legacy RENAME CONSTRAINT legacy_pkey TO pk_legacy"),
        ("rename_table", LEGACY, "ALTER TABLE legacy RENAME TO legacy2"),
        ("rename_index_of_constraint", LEGACY, "ALTER INDEX legacy_pkey RENAME TO pk_legacy"),
        ("exists_already", LEGACY, "CREATE TABLE IF NOT EXISTS legacy (id int UNIQUE)"),
        ("column_exists_already", LEGACY, "ALTER TABLE legacy ADD COLUMN IF NOT EXISTS code text UNIQUE"),
        ("constraint_trigger", PLAIN, "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON plain FOR EACH ROW"
         " EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
        ("domain_check", "", "CREATE DOMAIN d AS int CHECK (value > 0)"),
        ("temporary", "", "CREATE TEMPORARY TABLE t (id int PRIMARY KEY)"),
    ]  # fmt: skip

    refused_at_once = ([PLAIN, "ALTER TABLE plain ADD UNIQUE (code)"], "plain.plain_code_key")
    # Only the statement that made the constraint knew that it had no name, and that one was not checked.
    exempt = Exemption(
        {"exempt_tables": "t"},
        passes=["CREATE TABLE t (id int PRIMARY KEY)", "ALTER TABLE t RENAME TO u", "ALTER TABLE u ADD code int"],
        leaves="ALTER TABLE u ADD UNIQUE (code)",
        violations="u.u_code_key",
    )


EVERY_KIND = """CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE, c bigint REFERENCES customers,
    age int CHECK (age > 0), span int4range, EXCLUDE USING gist (span WITH &&))"""
NAMES = {
    "primary key": "t_pkey",
    "unique": "t_code_key",
    "foreign key": "t_c_fkey",
    "check": "t_age_check",
    "exclusion": "t_span_excl",
}


@pytest.mark.parametrize("kinds", [*NAMES, ", ".join(NAMES), "PRIMARY  KEY,Check"])
def test_kinds(guard, kinds):
    chosen = [" ".join(kind.lower().split()) for kind in kinds.split(",")]
    guard.check_only(RULE).configure(named_constraint_kinds=kinds)
    guard.refuses(EVERY_KIND, adds=[f"{RULE} t.{NAMES[kind]}" for kind in chosen])


def test_the_name_for_a_constraint_over_an_expression(guard):
    """It fits the pattern for such names, as a name of the table alone would not."""
    guard.configure(misnamed_constraint="error")
    table = "CREATE TABLE t (id int, EXCLUDE USING gist (int4range(id, id) WITH &&))"
    fix = cases.fix_afterwards(guard, RULE, "", table)
    assert fix.text == "ALTER TABLE public.t RENAME CONSTRAINT t_int4range_excl TO ex_t_expr;"


def test_not_null_by_name_and_not_valid(guard, needs):
    needs(18)
    guard.check_only(RULE).passes(
        "CREATE TABLE t (id int, a int CONSTRAINT nn NOT NULL, NOT NULL id)",
        "ALTER TABLE t ADD b int, ADD NOT NULL b NOT VALID",
        "ALTER TABLE t ALTER CONSTRAINT nn NO INHERIT",
        "CREATE TABLE t2 (LIKE t INCLUDING ALL)",
        "CREATE TABLE t3 () INHERITS (t2)",
    )


def test_temporal_keys(guard, needs):
    needs(18)
    guard.administer("CREATE EXTENSION btree_gist")
    guard.check_only(RULE).refuses(
        "CREATE TABLE t (id int, during tstzrange, PRIMARY KEY (id, during WITHOUT OVERLAPS))", adds=f"{RULE} t.t_pkey"
    )
    guard.passes("CREATE TABLE t (id int, during tstzrange, CONSTRAINT pk PRIMARY KEY (id, during WITHOUT OVERLAPS))")


def test_not_enforced_check(guard, needs):
    needs(18)
    guard.check_only(RULE).refuses("CREATE TABLE t (a int CHECK (a > 0) NOT ENFORCED)", adds=f"{RULE} t.t_a_check")


AUDIT = "SELECT constraint_name, certain, fix FROM guardrail.audit(rules => 'unnamed_constraint') ORDER BY 1"


def test_the_audit_goes_by_the_name(guard):
    """What was made while nobody looked has the name that PostgreSQL makes up."""
    guard.prepare(EVERY_KIND, "CREATE TABLE named (a int CONSTRAINT pk_named PRIMARY KEY)")
    guard.check_only(RULE)
    found = guard.session.rows(AUDIT)
    assert [(name, certain) for name, certain, _ in found] == [(name, False) for name in sorted(NAMES.values())]
    guard.passes(*(fix for _, _, fix in found))
    assert guard.session.rows(AUDIT) == []


def test_the_audit_leaves_out_what_fits_the_pattern(guard):
    guard.prepare("CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)")
    guard.check_only(RULE).configure(misnamed_constraint="error", primary_key_name_pattern="{table}_pkey")
    assert [name for name, _, _ in guard.session.rows(AUDIT)] == ["t_code_key"]
    guard.configure(misnamed_constraint="off")
    assert [name for name, _, _ in guard.session.rows(AUDIT)] == ["t_code_key", "t_pkey"]


def test_the_audit_reports_an_inherited_constraint_on_the_parent(guard):
    guard.prepare(
        "CREATE TABLE ev (id int PRIMARY KEY, CHECK (id > 0)) PARTITION BY RANGE (id)",
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
    )
    guard.check_only(RULE)
    assert [name for name, _, _ in guard.session.rows(AUDIT)] == ["ev_id_check", "ev_pkey"]
