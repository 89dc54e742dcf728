"""Foreign-key columns whose type is not that of the column that they reference."""

import cases
from rule_test import Exemption, RuleTest

RULE = "fk_type_mismatch"

WIDE = "CREATE TABLE wide (a int, b text, CONSTRAINT pk_wide PRIMARY KEY (a, b))"
EV = "CREATE TABLE ev (a int, c int) PARTITION BY RANGE (a); CREATE TABLE ev1 PARTITION OF ev DEFAULT"
OLD = "CREATE TABLE t (c int CONSTRAINT fk REFERENCES customers, d bigint, w char(9))"
ADD = "ADD CONSTRAINT fk FOREIGN KEY"


class TestFkTypeMismatch(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("column", "", "CREATE TABLE t (c int REFERENCES customers)", "t.c"),
        ("table", "", "CREATE TABLE t (c int, FOREIGN KEY (c) REFERENCES customers (id))", "t.c"),
        ("smallint", "", "CREATE TABLE t (c smallint REFERENCES customers)", "t.c"),
        ("numeric", "CREATE TABLE w (a numeric PRIMARY KEY)", "CREATE TABLE t (a int REFERENCES w)", "t.a"),
        ("char_text", WIDE, "CREATE TABLE t (a int, b char(9), FOREIGN KEY (a, b) REFERENCES wide)", "t.b"),
        ("text_char", "CREATE TABLE w (a char(9) PRIMARY KEY)", "CREATE TABLE t (a text REFERENCES w)", "t.a"),
        ("name_text", WIDE, "CREATE TABLE t (a int, b name, FOREIGN KEY (a, b) REFERENCES wide)", "t.b"),
        ("both", WIDE, "CREATE TABLE t (a bigint, b char(9), FOREIGN KEY (a, b) REFERENCES wide)", ["t.a", "t.b"]),
        ("domain_over_another", "CREATE DOMAIN d AS int", "CREATE TABLE t (c d REFERENCES customers)", "t.c"),
        ("added", "CREATE TABLE t (c int)", "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers", "t.c"),
        ("added_column", "CREATE TABLE t ()", "ALTER TABLE t ADD c int REFERENCES customers", "t.c"),
        ("retyped", "CREATE TABLE t (c bigint REFERENCES customers)", "ALTER TABLE t ALTER c TYPE int", "t.c"),
        ("to_another_wrong_one", OLD, "ALTER TABLE t ALTER c TYPE smallint", "t.c"),
        ("second_key", OLD + f"; {WIDE}", "ALTER TABLE t ADD FOREIGN KEY (c, w) REFERENCES wide", "t.w"),
        ("referenced_side", "CREATE TABLE t (c bigint REFERENCES customers)", "ALTER TABLE customers ALTER id TYPE int", "t.c"),
        ("itself", "", "CREATE TABLE t (id bigint PRIMARY KEY, parent int REFERENCES t)", "t.parent"),
        ("partitioned", EV, f"ALTER TABLE ev {ADD} (c) REFERENCES customers", "ev.c"),
        ("partitions_own", EV, f"ALTER TABLE ev1 {ADD} (c) REFERENCES customers", "ev1.c"),
        ("childs_own", OLD, "CREATE TABLE u (CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers) INHERITS (t)", "u.c"),
    ]

    good = [
        ("same", "", "CREATE TABLE t (c bigint REFERENCES customers)"),
        ("other_length", "CREATE TABLE w (a varchar(9) PRIMARY KEY)", "CREATE TABLE t (a varchar(20) REFERENCES w)"),
        ("other_precision", "CREATE TABLE w (a numeric(9) PRIMARY KEY)", "CREATE TABLE t (a numeric(9,2) REFERENCES w)"),
        ("domain", "CREATE DOMAIN d AS bigint; CREATE DOMAIN e AS d", "CREATE TABLE t (c e REFERENCES customers)"),
        ("of_domain", "CREATE DOMAIN d AS int; CREATE TABLE w (a d PRIMARY KEY)", "CREATE TABLE t (a int REFERENCES w)"),
        ("no_key", "", "CREATE TABLE t (c int)"),
        ("child", OLD, "CREATE TABLE u () INHERITS (t)"),
        ("crossed", WIDE, "CREATE TABLE t (x text, y int, FOREIGN KEY (x, y) REFERENCES wide (b, a))"),
        ("legacy", OLD, ["ALTER TABLE t ADD x int", "ALTER TABLE t ALTER d TYPE numeric", "ALTER TABLE t RENAME c TO cc"]),
        ("legacy_replaced", OLD, f"ALTER TABLE t DROP CONSTRAINT fk, {ADD} (c) REFERENCES customers ON DELETE CASCADE"),
        ("legacy_fixed", OLD, "ALTER TABLE t ALTER c TYPE bigint"),
        ("varchar_text", WIDE, "CREATE TABLE t (a int, b varchar, FOREIGN KEY (a, b) REFERENCES wide)"),
        ("text_varchar", "CREATE TABLE w (a varchar(9) PRIMARY KEY)", "CREATE TABLE t (a text REFERENCES w)"),
        ("cidr_inet", "CREATE TABLE w (a inet PRIMARY KEY)", "CREATE TABLE t (a cidr REFERENCES w)"),
        ("both_sides", "CREATE TABLE t (c bigint REFERENCES customers)",
         ["BEGIN", "ALTER TABLE customers ALTER id TYPE int", "ALTER TABLE t ALTER c TYPE int", "COMMIT"]),
        ("other_side_first", "CREATE TABLE t (c bigint REFERENCES customers)",
         ["BEGIN", "ALTER TABLE t ALTER c TYPE int", "ALTER TABLE customers ALTER id TYPE int", "COMMIT"]),
        ("partition", EV + f"; ALTER TABLE ev {ADD} (c) REFERENCES customers",
         "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM (1) TO (2)"),
        ("detached", EV + f"; ALTER TABLE ev {ADD} (c) REFERENCES customers", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("temporary", "CREATE TEMPORARY TABLE w (a int PRIMARY KEY)", "CREATE TEMPORARY TABLE x (a bigint)"),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (c int REFERENCES customers)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.c",
    )

    fixes = [
        ("added", "CREATE TABLE t (c int)", f"ALTER TABLE t {ADD} (c) REFERENCES customers ON DELETE CASCADE"),
        ("added_column", "CREATE TABLE t ()", "ALTER TABLE t ADD c int DEFAULT 1 NOT NULL CONSTRAINT fk REFERENCES customers"),
        ("pair", WIDE + "; CREATE TABLE t (b char(9) DEFAULT 'x')", f"ALTER TABLE t ADD a int, {ADD} (a, b) REFERENCES wide"),
        ("retyped", "CREATE TABLE t (c bigint CONSTRAINT fk REFERENCES customers)", "ALTER TABLE t ALTER c TYPE int"),
        ("partitioned", EV, f"ALTER TABLE ev {ADD} (c) REFERENCES customers"),
    ]

    def check_replacement(self, guard, setup, statement):
        """The foreign key has been made, and once."""
        keys = "SELECT count(*) FROM pg_constraint WHERE conname = 'fk' AND conparentid = 0"
        assert guard.session.rows(keys) == [(1,)]


def test_fix_of_two_columns_at_once(guard):
    create = "CREATE TABLE t (a bigint, b char(9), CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES wide)"
    cases.fix_before_commit(guard, RULE, WIDE, create)
