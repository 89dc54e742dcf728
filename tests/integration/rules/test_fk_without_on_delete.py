"""A foreign key whose ON DELETE action is not allowed. The rule is checked at the end of the statement."""

import pytest
from rule_test import Exemption, RuleTest

RULE = "fk_without_on_delete"

PARENT = "CREATE TABLE parent (a int, b int, CONSTRAINT pk_parent PRIMARY KEY (a, b))"
CHILD = "CREATE TABLE child (id int, customer_id bigint)"
LEGACY = "CREATE TABLE legacy (id int, customer_id bigint CONSTRAINT fk_old REFERENCES customers)"
PARTITIONED = "CREATE TABLE ev (id int, customer_id bigint) PARTITION BY RANGE (id)"
FK = "CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers"


class TestFkWithoutOnDelete(RuleTest):
    rule = RULE

    bad = [
        ("column", "", "CREATE TABLE child (customer_id bigint CONSTRAINT fk REFERENCES customers)", "child.fk"),
        ("table", "", f"CREATE TABLE child (customer_id bigint, {FK})", "child.fk"),
        ("no_action", "", f"CREATE TABLE child (customer_id bigint, {FK} ON DELETE NO ACTION)", "child.fk"),
        ("on_update_only", "", f"CREATE TABLE child (customer_id bigint, {FK} ON UPDATE CASCADE)", "child.fk"),
        ("deferrable", "", f"CREATE TABLE child (customer_id bigint, {FK} DEFERRABLE INITIALLY DEFERRED)", "child.fk"),
        ("add", CHILD, f"ALTER TABLE child ADD {FK}", "child.fk"),
        ("not_valid", CHILD, f"ALTER TABLE child ADD {FK} NOT VALID", "child.fk"),
        (
            "add_column",
            CHILD,
            "ALTER TABLE child ADD other_id bigint CONSTRAINT fk REFERENCES customers",
            "child.fk",
        ),
        (
            "self",
            "",
            "CREATE TABLE tree (id int CONSTRAINT pk_tree PRIMARY KEY, up int CONSTRAINT fk REFERENCES tree)",
            "tree.fk",
        ),
        (
            "composite",
            PARENT,
            "CREATE TABLE child (a int, b int, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES parent)",
            "child.fk",
        ),
        ("partitioned", "", f"CREATE TABLE ev (customer_id bigint, {FK}) PARTITION BY LIST (customer_id)", "ev.fk"),
        ("add_to_partitioned", PARTITIONED, f"ALTER TABLE ev ADD {FK}", "ev.fk"),
        ("second_key_of_a_legacy_table", LEGACY, f"ALTER TABLE legacy ADD {FK}", "legacy.fk"),
        (
            "dropped_then_added_again",
            LEGACY + "; ALTER TABLE legacy DROP CONSTRAINT fk_old",
            "ALTER TABLE legacy ADD CONSTRAINT fk_old FOREIGN KEY (customer_id) REFERENCES customers",
            "legacy.fk_old",
        ),
        (
            "from_cascade_to_none",
            f"CREATE TABLE child (customer_id bigint, {FK} ON DELETE CASCADE)",
            f"ALTER TABLE child DROP CONSTRAINT fk, ADD {FK}",
            "child.fk",
        ),
        (
            "own_key_of_a_partition",
            PARTITIONED,
            f"CREATE TABLE ev1 PARTITION OF ev ({FK}) FOR VALUES FROM (0) TO (9)",
            "ev1.fk",
        ),
    ]

    good = [
        ("cascade", "", f"CREATE TABLE child (customer_id bigint, {FK} ON DELETE CASCADE)"),
        ("restrict", "", f"CREATE TABLE child (customer_id bigint, {FK} ON DELETE RESTRICT)"),
        ("set_null", "", f"CREATE TABLE child (customer_id bigint, {FK} ON DELETE SET NULL)"),
        ("set_default", "", f"CREATE TABLE child (customer_id bigint, {FK} ON DELETE SET DEFAULT)"),
        ("add", CHILD, f"ALTER TABLE child ADD {FK} ON DELETE CASCADE NOT VALID"),
        ("alter_legacy", LEGACY, "ALTER TABLE legacy ALTER CONSTRAINT fk_old DEFERRABLE"),
        ("rename_legacy", LEGACY, "ALTER TABLE legacy RENAME CONSTRAINT fk_old TO fk_new"),
        ("retype_legacy", LEGACY, "ALTER TABLE legacy ALTER customer_id TYPE int"),
        (
            "same_fault_under_the_same_name",
            LEGACY,
            "ALTER TABLE legacy DROP CONSTRAINT fk_old, "
            "ADD CONSTRAINT fk_old FOREIGN KEY (customer_id) REFERENCES customers",
        ),
        (
            "fix_legacy",
            LEGACY,
            "ALTER TABLE legacy DROP CONSTRAINT fk_old, "
            "ADD CONSTRAINT fk_old FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE",
        ),
        (
            "partition_of_legacy",
            PARTITIONED + f"; ALTER TABLE ev ADD {FK}",
            "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
        ),
        (
            "attach_to_legacy",
            PARTITIONED + f"; ALTER TABLE ev ADD {FK}; CREATE TABLE ev1 (id int, customer_id bigint)",
            "ALTER TABLE ev ATTACH PARTITION ev1 FOR VALUES FROM (0) TO (9)",
        ),
        (
            "attach_a_legacy_table",
            PARTITIONED + f"; CREATE TABLE ev1 (id int, customer_id bigint, {FK})",
            "ALTER TABLE ev ATTACH PARTITION ev1 FOR VALUES FROM (0) TO (9)",
        ),
        (
            "detach_from_legacy",
            PARTITIONED + f"; ALTER TABLE ev ADD {FK}; CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
            "ALTER TABLE ev DETACH PARTITION ev1",
        ),
        (
            "new_partition_of_the_referenced_table",
            "CREATE TABLE top (id int CONSTRAINT pk_top PRIMARY KEY) PARTITION BY RANGE (id);"
            "CREATE TABLE below (top_id int CONSTRAINT fk_old REFERENCES top)",
            "CREATE TABLE top1 PARTITION OF top FOR VALUES FROM (0) TO (9)",
        ),
    ]

    refused_at_once = (["CREATE TABLE child (id int)", f"ALTER TABLE child ADD customer_id bigint, ADD {FK}"], "child.fk")
    exempt = Exemption(
        {"exempt_tables": "child"},
        passes=f"CREATE TABLE child (customer_id bigint, {FK})",
        leaves="ALTER TABLE child RENAME TO kid",
        violations="kid.fk",
    )


def test_set_null_of_some_columns(guard, needs):
    needs(15)
    guard.prepare(PARENT)
    guard.check_only(RULE).passes(
        "CREATE TABLE child (a int, b int, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES parent ON DELETE SET NULL (b))"
    )


def test_not_enforced_key_is_checked(guard, needs):
    needs(18)
    guard.check_only(RULE).refuses(f"CREATE TABLE child (customer_id bigint, {FK} NOT ENFORCED)", adds=f"{RULE} child.fk")


@pytest.mark.parametrize(
    "allowed, action, passes",
    [
        ("no action", "", True),
        ("no action", "ON DELETE CASCADE", False),
        ("restrict, set null", "ON DELETE SET NULL", True),
        ("restrict, set null", "ON DELETE SET DEFAULT", False),
        ("RESTRICT,Set  Null", "ON DELETE SET NULL", True),
        ("cascade, restrict, set null, set default, no action", "ON DELETE NO ACTION", True),
    ],
)
def test_allowed_actions(guard, allowed, action, passes):
    guard.check_only(RULE).configure(fk_on_delete_actions=allowed)
    sql = f"CREATE TABLE child (customer_id bigint, {FK} {action})"
    if passes:
        guard.passes(sql)
    else:
        guard.refuses(sql, adds=f"{RULE} child.fk")


def test_an_inheritance_child_has_no_key_but_its_own(guard):
    guard.prepare(LEGACY)
    guard.check_only(RULE).passes("CREATE TABLE child () INHERITS (legacy)")
    guard.refuses(f"ALTER TABLE child ADD {FK}", adds=f"{RULE} child.fk")


def test_every_key_is_named(guard):
    guard.check_only(RULE).refuses(
        "CREATE TABLE child (a bigint CONSTRAINT fk_a REFERENCES customers,"
        " b bigint CONSTRAINT fk_b REFERENCES customers ON DELETE CASCADE,"
        " c bigint CONSTRAINT fk_c REFERENCES customers)",
        adds=[f"{RULE} child.fk_a", f"{RULE} child.fk_c"],
    )
