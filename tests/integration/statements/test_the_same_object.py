"""Which object of the state after a change is which of the state before it."""

import cases

IX = "fk_without_index"
TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"

PARENTS = "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE q (id bigint PRIMARY KEY)"
CHILD = "CREATE TABLE c (id bigint CONSTRAINT c_pkey PRIMARY KEY, a bigint, b bigint NOT NULL)"
KEY = "ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ON DELETE CASCADE"
OLD_KEY = f"{PARENTS}; {CHILD}; ALTER TABLE c {KEY.format('fk1', 'a', 'p')}"

ANOTHER = [
    ("primary_key", CHILD, "ALTER TABLE c DROP CONSTRAINT c_pkey, ADD PRIMARY KEY (b)", f"{UN} c.c_pkey"),
    ("the_same_key", CHILD, "ALTER TABLE c DROP CONSTRAINT c_pkey, ADD PRIMARY KEY (id)", f"{UN} c.c_pkey"),
    (
        "unique",
        f"{CHILD}; ALTER TABLE c ADD UNIQUE (a)",
        "ALTER TABLE c DROP CONSTRAINT c_a_key, ADD UNIQUE (a)",
        f"{UN} c.c_a_key",
    ),
    (
        "check",
        f"{CHILD}; ALTER TABLE c ADD CHECK (a > 0)",
        "ALTER TABLE c DROP CONSTRAINT c_a_check, ADD CHECK (a > 1)",
        f"{UN} c.c_a_check",
    ),
    (
        "with_a_type",
        f"{CHILD}; ALTER TABLE c ADD CHECK (a > 0), ADD UNIQUE (b)",
        "ALTER TABLE c ALTER b TYPE int, DROP CONSTRAINT c_a_check, ADD CHECK (a > 1)",
        f"{UN} c.c_a_check",
    ),
    ("column", "CREATE TABLE c (made timestamp)", "ALTER TABLE c DROP made, ADD made timestamp", f"{TS} c.made"),
]


@cases.parametrize("setup, sql, violation", ANOTHER)
def test_another_one_under_the_old_name(guard, setup, sql, violation):
    guard.prepare(setup)
    guard.refuses(sql, adds=violation)
    guard.refuses_in_transaction(sql, adds=violation)


SWAPPED = [
    ("dropped", ["DROP CONSTRAINT fk1", KEY.format("fk1", "b", "q")], "fk1"),
    ("same_columns_other_table", ["DROP CONSTRAINT fk1", KEY.format("fk1", "a", "q")], "fk1"),
    ("renamed", ["RENAME CONSTRAINT fk1 TO fk2", KEY.format("fk1", "b", "q")], "fk1"),
    ("renamed_same_columns", ["RENAME CONSTRAINT fk1 TO fk2", KEY.format("fk1", "a", "p")], "fk1"),
    ("second", [KEY.format("fk2", "a", "p")], "fk2"),
]


@cases.parametrize("changes, violated", SWAPPED)
def test_another_foreign_key(guard, changes, violated):
    """An old key without an index does not stand for a new one."""
    guard.prepare(OLD_KEY)
    guard.refuses_at_commit(*(f"ALTER TABLE c {change}" for change in changes), adds=f"{IX} c.{violated}")


REBUILT = [
    ("type", ["ALTER TABLE c ALTER a TYPE int"]),
    ("type_and_back", ["ALTER TABLE c ALTER a TYPE int", "ALTER TABLE c ALTER a TYPE bigint"]),
    ("renamed_after_it", ["ALTER TABLE c ALTER a TYPE int", "ALTER TABLE c RENAME CONSTRAINT fk1 TO fk2"]),
    ("the_referenced_side", ["ALTER TABLE p ALTER id TYPE int"]),
    ("both_columns_of_a_key", ["ALTER TABLE c ALTER id TYPE int, ALTER b TYPE int"]),
]


@cases.parametrize("statements", REBUILT)
def test_what_postgresql_makes_anew_is_the_same(guard, statements):
    guard.prepare(OLD_KEY, "ALTER TABLE c ADD UNIQUE (b), ADD CHECK (b > 0), ADD EXCLUDE (a WITH =)")
    guard.passes_in_transaction(*statements)


NAMED_ELSEWHERE = [
    ("default", "CREATE TABLE t (id bigint PRIMARY KEY CONSTRAINT t_pkey DEFAULT 5)", f"{UN} t.t_pkey"),
    ("null", "CREATE TABLE t (id bigint UNIQUE CONSTRAINT t_id_key NULL)", f"{UN} t.t_id_key"),
    ("identity", "CREATE TABLE t (id bigint CHECK (id > 0) CONSTRAINT t_id_check GENERATED ALWAYS AS IDENTITY)",
     f"{UN} t.t_id_check"),
    ("another_kind", "CREATE TABLE t (id bigint UNIQUE, CONSTRAINT t_id_key1 CHECK (id > 0))", f"{UN} t.t_id_key"),
    ("column", "ALTER TABLE customers ADD a int UNIQUE CONSTRAINT customers_a_key DEFAULT 1",
     f"{UN} customers.customers_a_key"),
]


@cases.parametrize("sql, violation", NAMED_ELSEWHERE)
def test_only_its_own_node_names_a_constraint(guard, sql, violation):
    guard.refuses(sql, adds=violation)


def test_a_made_up_name_that_is_written_out_is_given(guard):
    guard.passes(
        "CREATE TABLE t (id bigint CONSTRAINT t_pkey PRIMARY KEY, a int CONSTRAINT t_a_check CHECK (a > 0))",
        "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a)",
        "CREATE UNIQUE INDEX uq ON t (a, id)",
        "ALTER TABLE t ADD UNIQUE USING INDEX uq",
    )
