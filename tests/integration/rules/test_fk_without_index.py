"""Foreign keys that no index supports. The rule is checked on the final state of the transaction."""

import cases
import fixes
import pytest
from rule_test import Exemption, RuleTest

RULE = "fk_without_index"

FK = "CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE"
CHILD = "CREATE TABLE child (id int, customer_id bigint, note text, tenant_id bigint, span int4range)"
ADD = f"ALTER TABLE child ADD {FK}"
ADD_PAIR = (
    "ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY (tenant_id, customer_id)"
    " REFERENCES customers (tenant_id, id) ON DELETE CASCADE"
)

# (id, statement that makes an index; whether the index supports the key is in the name of the list)
SUPPORTS = [
    ("exact", "CREATE INDEX ON child (customer_id)"),
    ("leading", "CREATE INDEX ON child (customer_id, id)"),
    ("descending", "CREATE INDEX ON child (customer_id DESC NULLS LAST)"),
    ("hash", "CREATE INDEX ON child USING hash (customer_id)"),
    ("unique_index", "CREATE UNIQUE INDEX ON child (customer_id)"),
    ("unique_constraint", "ALTER TABLE child ADD CONSTRAINT uq UNIQUE (customer_id, note)"),
    ("primary_key", "ALTER TABLE child ADD CONSTRAINT pk PRIMARY KEY (customer_id, id)"),
    ("include", "CREATE INDEX ON child (customer_id) INCLUDE (note)"),
    ("partial_on_not_null", "CREATE INDEX ON child (customer_id) WHERE customer_id IS NOT NULL"),
    ("expression_behind_the_key", "CREATE INDEX ON child (customer_id, lower(note))"),
    ("second_of_two_indexes", "CREATE INDEX ON child (id); CREATE INDEX ON child (customer_id)"),
]
DOES_NOT = [
    ("nothing", "SELECT"),
    ("not_leading", "CREATE INDEX ON child (id, customer_id)"),
    ("other_column", "CREATE INDEX ON child (id)"),
    ("included_only", "CREATE INDEX ON child (id) INCLUDE (customer_id)"),
    ("partial", "CREATE INDEX ON child (customer_id) WHERE note = 'x'"),
    ("partial_on_null", "CREATE INDEX ON child (customer_id) WHERE customer_id IS NULL"),
    ("partial_not_null_and_more", "CREATE INDEX ON child (customer_id) WHERE customer_id IS NOT NULL AND id > 0"),
    ("partial_not_null_or_more", "CREATE INDEX ON child (customer_id) WHERE customer_id IS NOT NULL OR id > 0"),
    ("partial_on_another_column", "CREATE INDEX ON child (customer_id) WHERE note IS NOT NULL"),
    ("expression", "CREATE INDEX ON child ((customer_id + 0))"),
    ("expression_before_the_key", "CREATE INDEX ON child (lower(note), customer_id)"),
    ("brin", "CREATE INDEX ON child USING brin (customer_id)"),
    ("another_table", "CREATE INDEX ON customers (id, email)"),
    ("on_the_referenced_side", "CREATE INDEX ON customers (id)"),
]
SUPPORTS_PAIR = [
    ("same_order", "CREATE INDEX ON child (tenant_id, customer_id)"),
    ("other_order", "CREATE INDEX ON child (customer_id, tenant_id)"),
    ("longer", "CREATE INDEX ON child (customer_id, tenant_id, id)"),
    (
        "partial_on_both",
        "CREATE INDEX ON child (tenant_id, customer_id) WHERE tenant_id IS NOT NULL AND customer_id IS NOT NULL",
    ),
    ("partial_on_one", "CREATE INDEX ON child (tenant_id, customer_id) WHERE customer_id IS NOT NULL"),
]
NOT_THE_PAIR = [
    ("half", "CREATE INDEX ON child (tenant_id)"),
    ("two_halves", "CREATE INDEX ON child (tenant_id); CREATE INDEX ON child (customer_id)"),
    ("interrupted", "CREATE INDEX ON child (tenant_id, id, customer_id)"),
    ("half_included", "CREATE INDEX ON child (tenant_id) INCLUDE (customer_id)"),
    ("partial_on_a_third", "CREATE INDEX ON child (tenant_id, customer_id) WHERE note IS NOT NULL"),
]


# What the transaction does after the key has been added, so that it needs no index in the end.
FIXED_LATER = [
    ("index_after", [ADD, "CREATE INDEX ON child (customer_id)"]),
    ("unique_after", [ADD, "ALTER TABLE child ADD CONSTRAINT uq UNIQUE (customer_id)"]),
    ("same_statement", [ADD + ", ADD CONSTRAINT uq UNIQUE (customer_id)"]),
    ("key_dropped_again", [ADD, "ALTER TABLE child DROP CONSTRAINT fk"]),
    ("column_dropped_again", [ADD, "ALTER TABLE child DROP customer_id"]),
    ("table_dropped_again", [ADD, "DROP TABLE child"]),
    ("referenced_table_dropped", [ADD, "DROP TABLE customers CASCADE"]),
    ("table_renamed", [ADD, "ALTER TABLE child RENAME TO kid", "CREATE INDEX ON kid (customer_id)"]),
    (
        "key_renamed",
        [ADD, "ALTER TABLE child RENAME CONSTRAINT fk TO fk2", "CREATE INDEX ON child (customer_id)"],
    ),
]
LEGACY = [
    ("column_added", "ALTER TABLE child ADD extra int"),
    ("column_renamed", "ALTER TABLE child RENAME customer_id TO buyer_id"),
    ("column_retyped", "ALTER TABLE child ALTER customer_id TYPE int"),
    ("key_renamed", "ALTER TABLE child RENAME CONSTRAINT fk TO fk_old"),
    ("another_index", "CREATE INDEX ON child (note)"),
    ("fixed", "CREATE INDEX ON child (customer_id)"),
    ("child", "CREATE TABLE kid () INHERITS (child)"),
]


class TestFkWithoutIndex(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        *((case, f"{CHILD}; {index}", ADD, "child.fk") for case, index in DOES_NOT),
        *((f"pair_{case}", f"{CHILD}; {index}", ADD_PAIR, "child.fk") for case, index in NOT_THE_PAIR),
    ]
    good = [
        *((case, f"{CHILD}; {index}", ADD) for case, index in SUPPORTS),
        *((f"pair_{case}", f"{CHILD}; {index}", ADD_PAIR) for case, index in SUPPORTS_PAIR),
        *((f"fixed_{case}", "", ["BEGIN", CHILD, *statements, "COMMIT"]) for case, statements in FIXED_LATER),
        *((f"legacy_{case}", f"{CHILD}; {ADD}", statement) for case, statement in LEGACY),
    ]

    exempt = Exemption(
        {"exempt_tables": "child"},
        passes=ADD,
        leaves="ALTER TABLE child RENAME TO kid",
        violations="kid.fk",
        setup=CHILD,
    )


@pytest.mark.parametrize("method", ["gist", "gin", "spgist"])
def test_other_access_methods_do_not_support(guard, method):
    guard.administer("CREATE EXTENSION btree_gist", "CREATE EXTENSION btree_gin")
    column = "note text" if method == "spgist" else "customer_id bigint"
    parent = "names (name)" if method == "spgist" else "customers (id)"
    guard.prepare("CREATE TABLE names (name text CONSTRAINT pk_names PRIMARY KEY)", f"CREATE TABLE child ({column})")
    guard.prepare(f"CREATE INDEX ON child USING {method} ({column.split()[0]})")
    guard.check_only(RULE).refuses(
        f"ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY ({column.split()[0]}) REFERENCES {parent} ON DELETE CASCADE",
        adds=f"{RULE} child.fk",
    )


def test_an_invalid_index_does_not_support(guard):
    guard.prepare(CHILD, "INSERT INTO child (customer_id) VALUES (1), (1)", "INSERT INTO customers VALUES (1, 1)")
    guard.check_only(RULE)
    assert "23505" == guard.session.expect_error("CREATE UNIQUE INDEX CONCURRENTLY broken ON child (customer_id)")[0]
    guard.refuses(ADD, adds=f"{RULE} child.fk")


def test_fixed_in_the_same_script(guard):
    guard.check_only(RULE).passes(f"{CHILD}; {ADD}; CREATE INDEX ON child (customer_id)")


def test_fixed_refused_at_once(guard):
    guard.check_only(RULE).refuses_at_commit(CHILD, ADD, "CREATE INDEX ON child (id)", adds=f"{RULE} child.fk")


def test_reported_under_its_name_at_commit(guard):
    guard.check_only(RULE).refuses_at_commit(
        CHILD,
        ADD,
        "ALTER TABLE child RENAME TO kid",
        "ALTER TABLE kid RENAME CONSTRAINT fk TO fk_kid",
        adds=f"{RULE} kid.fk_kid",
    )


def test_own_key_of_an_inheritance_child_is_checked(guard):
    guard.prepare(CHILD, "CREATE INDEX ON child (customer_id)", "CREATE TABLE kid () INHERITS (child)")
    guard.check_only(RULE).refuses(f"ALTER TABLE kid ADD {FK}", adds=f"{RULE} kid.fk")


IGNORED = [
    ("leads", "tenant_id", "(tenant_id, customer_id)", True),
    ("not_in_the_list", "region", "(tenant_id, customer_id)", False),
    ("two_lead", "tenant_id, id", "(id, tenant_id, customer_id)", True),
    ("another_between", "tenant_id", "(tenant_id, id, customer_id)", False),
    ("alone", "tenant_id", "(tenant_id)", False),
    ("behind", "tenant_id", "(customer_id, tenant_id)", True),
]


@cases.parametrize("ignored, columns, passes", IGNORED)
def test_ignored_columns(guard, ignored, columns, passes):
    guard.prepare(CHILD, f"CREATE INDEX ON child {columns}")
    guard.check_only(RULE).configure(fk_index_ignored_columns=ignored)
    if passes:
        guard.passes(ADD)
    else:
        guard.refuses(ADD, adds=f"{RULE} child.fk")


def test_a_key_over_an_ignored_column_still_needs_it(guard):
    guard.prepare(CHILD, "CREATE INDEX ON child (customer_id)")
    guard.check_only(RULE).configure(fk_index_ignored_columns="tenant_id").refuses(ADD_PAIR, adds=f"{RULE} child.fk")


PARTITIONED = "CREATE TABLE ev (id int, customer_id bigint) PARTITION BY RANGE (id)"
PARTITION = "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)"
SUBPARTITIONED = PARTITION + " PARTITION BY RANGE (id)"
SUBPARTITION = "CREATE TABLE ev11 PARTITION OF ev1 FOR VALUES FROM (0) TO (5)"
ADD_EV = f"ALTER TABLE ev ADD {FK}"


def test_partitioned_index_counts(guard):
    guard.check_only(RULE).passes_in_transaction(
        PARTITIONED, SUBPARTITIONED, SUBPARTITION, ADD_EV, "CREATE INDEX ON ev (customer_id)"
    )


def test_partitioned_table_is_checked_once(guard):
    guard.check_only(RULE).refuses_at_commit(PARTITIONED, SUBPARTITIONED, SUBPARTITION, ADD_EV, adds=f"{RULE} ev.fk")


def test_index_on_the_parent_only_is_not_valid(guard):
    guard.prepare(PARTITIONED, PARTITION, "CREATE INDEX ON ONLY ev (customer_id)")
    guard.check_only(RULE).refuses(ADD_EV, adds=f"{RULE} ev.fk")


def test_index_valid_once_every_partition_is_attached(guard):
    guard.prepare(PARTITIONED, PARTITION, "CREATE INDEX ix ON ONLY ev (customer_id)")
    guard.check_only(RULE).passes_in_transaction(
        ADD_EV, "CREATE INDEX ix1 ON ev1 (customer_id)", "ALTER INDEX ix ATTACH PARTITION ix1"
    )


def test_indexes_on_the_partitions_do_not_help_the_parent(guard):
    guard.prepare(PARTITIONED, PARTITION, "CREATE INDEX ON ev1 (customer_id)")
    guard.check_only(RULE).refuses(ADD_EV, adds=f"{RULE} ev.fk")


LEGACY_EV = (PARTITIONED, ADD_EV)


def test_partitions_of_a_legacy_parent_pass(guard):
    guard.prepare(*LEGACY_EV, "CREATE TABLE ev2 (id int, customer_id bigint)")
    guard.check_only(RULE).passes(
        SUBPARTITIONED,
        SUBPARTITION,
        "ALTER TABLE ev ATTACH PARTITION ev2 FOR VALUES FROM (10) TO (20)",
        "ALTER TABLE ev DETACH PARTITION ev2",
    )


def test_own_key_of_a_partition_is_checked(guard):
    guard.prepare(PARTITIONED, PARTITION)
    guard.check_only(RULE).refuses(f"ALTER TABLE ev1 ADD {FK}", adds=f"{RULE} ev1.fk")


def test_partition_of_the_referenced_table(guard):
    guard.prepare(
        "CREATE TABLE top (id int CONSTRAINT pk_top PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE below (top_id int CONSTRAINT fk_old REFERENCES top ON DELETE CASCADE)",
    )
    guard.check_only(RULE).passes("CREATE TABLE top1 PARTITION OF top FOR VALUES FROM (0) TO (9)")


def test_a_key_that_is_not_enforced_needs_no_index(guard, needs):
    needs(18)
    guard.check_only(RULE).passes(CHILD, f"{ADD} NOT ENFORCED", "ALTER TABLE child ADD extra int")
    enforce = "ALTER TABLE child ALTER CONSTRAINT fk ENFORCED"
    guard.refuses(enforce, adds=f"{RULE} child.fk")
    guard.passes_in_transaction(enforce, "CREATE INDEX ON child (customer_id)")
    guard.passes("ALTER TABLE child ALTER CONSTRAINT fk NOT ENFORCED", "DROP INDEX child_customer_id_idx")


def test_an_index_dropped_concurrently(guard):
    """The statement is refused before it runs: the other index must be made first, in the same way."""
    guard.prepare(CHILD, ADD, "CREATE INDEX ix_child_customer_id ON child (customer_id)")
    drop = "DROP INDEX CONCURRENTLY ix_child_customer_id"
    message = guard.check_only(RULE).refuses(drop, adds=f"{RULE} child.fk")
    assert message.primary == 'foreign key "fk" of table "public.child" would be left without an index'
    (fix,) = fixes.read(guard.session)
    assert (fix.applies, fix.text) == ("in place", "CREATE INDEX CONCURRENTLY ix_child_customer_id_2 ON public.child (customer_id);")
    assert message.hint == f"Before it run:\n{fix.text}"
    guard.passes(fix.text, drop)


def test_another_index_dropped_concurrently(guard):
    guard.prepare(CHILD, ADD, "CREATE INDEX other ON child (note)")
    guard.check_only(RULE).passes("DROP INDEX CONCURRENTLY other")


def test_the_type_that_the_fix_gives_has_the_length_of_the_other_column(guard):
    guard.prepare("CREATE TABLE states (code varchar(36) CONSTRAINT pk_states PRIMARY KEY)")
    guard.check_only(RULE, "unbounded_string").configure(mode="warn")
    (fix,) = fixes.warn(guard, "CREATE TABLE x (code char(5) CONSTRAINT fk REFERENCES states)")
    assert "ALTER COLUMN code TYPE character varying(36) " in fix.text
    guard.passes(fix.text)
    cases.expect_clean(guard)
