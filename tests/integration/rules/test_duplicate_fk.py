"""Foreign keys that repeat another foreign key."""

from rule_test import Exemption, RuleTest

TWO = "CREATE TABLE two (a bigint, b bigint, CONSTRAINT pk_two PRIMARY KEY (a, b), CONSTRAINT uq_two UNIQUE (b, a))"
T = "CREATE TABLE t (c bigint CONSTRAINT one REFERENCES customers, a bigint, b bigint)"
OLD = T + "; ALTER TABLE t ADD CONSTRAINT two FOREIGN KEY (c) REFERENCES customers"
PAIR = f"{TWO}; {T}; ALTER TABLE t ADD CONSTRAINT ab FOREIGN KEY (a, b) REFERENCES two (a, b)"
EV = "CREATE TABLE ev (a int, c bigint) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"
ADD = "ADD CONSTRAINT more FOREIGN KEY"


class TestDuplicateFk(RuleTest):
    rule = "duplicate_fk"
    refused_at = "commit"

    bad = [
        ("plain", T, f"ALTER TABLE t {ADD} (c) REFERENCES customers", "t.more"),
        ("unnamed", T, "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers", "t.t_c_fkey"),
        ("other_action", T, f"ALTER TABLE t {ADD} (c) REFERENCES customers ON DELETE CASCADE", "t.more"),
        ("not_valid", T, f"ALTER TABLE t {ADD} (c) REFERENCES customers NOT VALID", "t.more"),
        ("at_once", "", f"CREATE TABLE t (c bigint CONSTRAINT one REFERENCES customers, "
         "CONSTRAINT more FOREIGN KEY (c) REFERENCES customers)", "t.more"),
        ("other_order", PAIR, f"ALTER TABLE t {ADD} (b, a) REFERENCES two (b, a)", "t.more"),
        ("third", OLD, f"ALTER TABLE t {ADD} (c) REFERENCES customers", "t.more"),
        ("itself", "CREATE TABLE t (id bigint PRIMARY KEY, p bigint REFERENCES t)", f"ALTER TABLE t {ADD} (p) REFERENCES t", "t.more"),
        ("partitioned", EV + "; ALTER TABLE ev ADD FOREIGN KEY (c) REFERENCES customers",
         f"ALTER TABLE ev {ADD} (c) REFERENCES customers", "ev.more"),
        ("partitions_own", EV + "; ALTER TABLE ev ADD FOREIGN KEY (c) REFERENCES customers",
         f"ALTER TABLE ev1 {ADD} (c) REFERENCES customers", "ev1.more"),
    ]  # fmt: skip

    good = [
        ("other_table", T + "; CREATE TABLE people (id bigint PRIMARY KEY)", f"ALTER TABLE t {ADD} (c) REFERENCES people"),
        ("other_column", T, f"ALTER TABLE t {ADD} (a) REFERENCES customers"),
        ("crossed", PAIR, f"ALTER TABLE t {ADD} (a, b) REFERENCES two (b, a)"),
        ("part", PAIR, f"ALTER TABLE t {ADD} (c, b) REFERENCES two"),
        ("other_referenced_column", T + "; ALTER TABLE customers ADD other bigint UNIQUE",
         f"ALTER TABLE t {ADD} (c) REFERENCES customers (other)"),
        ("replaced", T, f"ALTER TABLE t DROP CONSTRAINT one, {ADD} (c) REFERENCES customers"),
        ("legacy", OLD, ["ALTER TABLE t ADD x int", "ALTER TABLE t ALTER c TYPE int", "ALTER TABLE t RENAME CONSTRAINT two TO x2",
         "ALTER TABLE t VALIDATE CONSTRAINT one", "ALTER TABLE t RENAME TO u"]),
        ("legacy_fixed", OLD, "ALTER TABLE t DROP CONSTRAINT two"),
        ("replaced_in_two_steps", T, ["BEGIN", f"ALTER TABLE t {ADD} (c) REFERENCES customers", "ALTER TABLE t DROP CONSTRAINT one", "COMMIT"]),
        ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
        ("partition", EV + "; ALTER TABLE ev ADD FOREIGN KEY (c) REFERENCES customers, ADD FOREIGN KEY (c) REFERENCES customers",
         "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("parents_over_partitions", EV + "; ALTER TABLE ev1 ADD CONSTRAINT own FOREIGN KEY (c) REFERENCES customers",
         "ALTER TABLE ev ADD FOREIGN KEY (c) REFERENCES customers"),
        ("to_partitioned", T + "; CREATE TABLE p (a bigint PRIMARY KEY) PARTITION BY RANGE (a);"
         "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); CREATE TABLE p2 PARTITION OF p DEFAULT",
         "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p"),
        ("like", OLD, "CREATE TABLE u (LIKE t INCLUDING ALL)"),
        ("temporary", "", "CREATE TEMPORARY TABLE x (id int PRIMARY KEY, p int REFERENCES x, FOREIGN KEY (p) REFERENCES x)"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes=f"ALTER TABLE t {ADD} (c) REFERENCES customers",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.more",
        setup=T,
    )

    fixes = [
        ("plain", T, f"ALTER TABLE t {ADD} (c) REFERENCES customers"),
        ("quoted", T, 'ALTER TABLE t ADD CONSTRAINT "More" FOREIGN KEY (c) REFERENCES customers'),
        ("partitioned", EV + "; ALTER TABLE ev ADD FOREIGN KEY (c) REFERENCES customers",
         f"ALTER TABLE ev {ADD} (c) REFERENCES customers"),
    ]  # fmt: skip
