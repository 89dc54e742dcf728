"""A table that leaves its parent is checked as if it was just made, but for what is reported on the parent."""

import cases
import pytest

TS = "timestamp_without_time_zone"
IX = "fk_without_index"
PK = "table_without_primary_key"

MADE = "made timestamp"
PARTITIONED = f"(id int, {MADE}) PARTITION BY RANGE (id)"
BOUND = "FOR VALUES FROM (0) TO (9)"

UNCHECKED_PARENTS = [
    ("exempt_schema", {"exempt_schemas": "attic"}, "CREATE SCHEMA attic; CREATE TABLE attic.p (made timestamp)", "attic.p"),
    ("exempt_table", {"exempt_tables": "p"}, "CREATE TABLE p (made timestamp)", "p"),
]


@cases.parametrize("settings, parent, name", UNCHECKED_PARENTS)
@pytest.mark.parametrize("in_transaction", [True, False])
def test_an_inheritance_child_of_an_unchecked_parent(guard, settings, parent, name, in_transaction):
    guard.prepare(parent)
    guard.configure(**settings)
    make, leave = f"CREATE TABLE x () INHERITS ({name})", f"ALTER TABLE x NO INHERIT {name}"
    if in_transaction:
        guard.refuses_in_transaction(make, leave, adds=f"{TS} x.made")
    else:
        guard.refuses(make, leave, adds=f"{TS} x.made")


LEAVE = ["ALTER TABLE attic.p DETACH PARTITION x", "ALTER TABLE attic.p DETACH PARTITION x CONCURRENTLY"]


@pytest.mark.parametrize("leave", LEAVE)
def test_a_partition_of_an_unchecked_parent(guard, needs, leave):
    if "CONCURRENTLY" in leave:
        needs(14)
    guard.prepare("CREATE SCHEMA attic", f"CREATE TABLE attic.p {PARTITIONED}")
    guard.configure(exempt_schemas="attic")
    guard.passes(f"CREATE TABLE x PARTITION OF attic.p {BOUND}")
    guard.refuses(leave, adds=f"{TS} x.made")


def test_a_grandchild_of_an_unchecked_parent(guard):
    guard.prepare("CREATE SCHEMA attic", f"CREATE TABLE attic.p ({MADE})")
    guard.configure(exempt_schemas="attic")
    guard.passes("CREATE TABLE x () INHERITS (attic.p)", "CREATE TABLE y () INHERITS (x)")
    guard.refuses("ALTER TABLE y NO INHERIT x", adds=f"{TS} y.made")


LEAVE_BEHIND = [
    ("column", "ALTER TABLE ONLY attic.p DROP COLUMN made", "DROP COLUMN made", f"{TS} x.made"),
    ("check", "ALTER TABLE ONLY attic.p DROP CONSTRAINT ck", "DROP CONSTRAINT ck", "check_instead_of_enum x.ck"),
]


@cases.parametrize("only, subcommand, added", LEAVE_BEHIND)
def test_what_a_parent_leaves_to_its_children(guard, only, subcommand, added):
    """The child keeps it where the parent alone loses it, or where it has written it, too."""
    columns = f"({MADE}, kind text CONSTRAINT ck CHECK (kind IN ('a', 'b')))"
    guard.prepare("CREATE SCHEMA attic", f"CREATE TABLE attic.p {columns}")
    guard.check_only(added.split()[0]).configure(exempt_schemas="attic")
    guard.prepare("CREATE TABLE x () INHERITS (attic.p)")
    guard.refuses(only, adds=added)
    guard.prepare("DROP TABLE x", f"CREATE TABLE x {columns} INHERITS (attic.p)", "CREATE TABLE attic.y () INHERITS (attic.p)")
    guard.refuses(f"ALTER TABLE attic.p {subcommand}", adds=added)
    guard.prepare("DROP TABLE x")
    guard.passes(f"ALTER TABLE attic.p {subcommand}")


def test_what_a_checked_parent_leaves_to_its_children(guard):
    guard.prepare(f"CREATE TABLE p ({MADE})", "CREATE TABLE x () INHERITS (p)")
    guard.passes("ALTER TABLE ONLY p DROP COLUMN made")


def test_a_new_child_of_an_old_parent_that_leaves_at_once(guard):
    guard.prepare(f"CREATE TABLE p ({MADE})", f"CREATE TABLE ev {PARTITIONED}")
    guard.refuses_in_transaction(
        "CREATE TABLE x () INHERITS (p)", "ALTER TABLE x NO INHERIT p", adds=f"{TS} x.made"
    )
    guard.refuses_in_transaction(
        f"CREATE TABLE x PARTITION OF ev {BOUND}", "ALTER TABLE ev DETACH PARTITION x", adds=f"{TS} x.made"
    )


def test_an_old_child_of_an_old_parent_stays_what_it_was(guard):
    guard.prepare(f"CREATE TABLE p ({MADE})", "CREATE TABLE x () INHERITS (p)")
    guard.passes_in_transaction("ALTER TABLE x NO INHERIT p", "DROP TABLE p")


def test_what_is_reported_on_a_new_parent_is_not_reported_again(guard):
    guard.configure(mode="warn")
    guard.passes("BEGIN")
    guard.warns(f"CREATE TABLE ev {PARTITIONED}", adds=f"{TS} ev.made")
    guard.passes(f"CREATE TABLE x PARTITION OF ev {BOUND}", "ALTER TABLE ev DETACH PARTITION x", "COMMIT")


KEY = "ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE"


def test_a_key_that_came_from_the_parent_and_stays(guard):
    """The parent loses the key again before the commit, the partition keeps it."""
    guard.prepare(
        "CREATE TABLE p (id int, customer_id bigint) PARTITION BY RANGE (id)", f"CREATE TABLE c PARTITION OF p {BOUND}"
    )
    guard.refuses_at_commit(
        f"ALTER TABLE p {KEY}",
        "ALTER TABLE p DETACH PARTITION c",
        "ALTER TABLE p DROP CONSTRAINT fk",
        adds=f"{IX} c.fk",
    )


def test_an_index_that_was_the_parent_s(guard):
    guard.prepare(
        "CREATE TABLE p (id int, customer_id bigint)", "CREATE TABLE c () INHERITS (p)", f"ALTER TABLE c {KEY}"
    )
    guard.passes_in_transaction("CREATE INDEX ON p (customer_id)", "ALTER TABLE c NO INHERIT p")


def test_a_partition_of_a_table_that_can_have_no_key(guard):
    guard.prepare(
        "CREATE TABLE p (id int, at timestamptz) PARTITION BY RANGE ((id + 1))",
        f"CREATE TABLE c PARTITION OF p {BOUND}",
        "CREATE TABLE keyless (id int) PARTITION BY RANGE (id)",
        f"CREATE TABLE d PARTITION OF keyless {BOUND}",
    )
    guard.check_only(PK)
    guard.refuses("ALTER TABLE p DETACH PARTITION c", adds=f"{PK} c")
    guard.passes("ALTER TABLE keyless DETACH PARTITION d")
    guard.passes_in_transaction("ALTER TABLE p DETACH PARTITION c", "ALTER TABLE c ADD PRIMARY KEY (id)")


@pytest.mark.parametrize("rule", ["rls_disabled", "table_without_comment"])
def test_what_is_true_of_a_table_as_a_whole(guard, rule):
    guard.prepare(f"CREATE TABLE ev {PARTITIONED}", f"CREATE TABLE x PARTITION OF ev {BOUND}")
    guard.check_only(rule).passes("ALTER TABLE ev DETACH PARTITION x")
    guard.prepare("CREATE SCHEMA attic", "ALTER TABLE ev SET SCHEMA attic", f"CREATE TABLE y PARTITION OF attic.ev DEFAULT")
    guard.configure(exempt_schemas="attic").refuses("ALTER TABLE attic.ev DETACH PARTITION y", adds=f"{rule} y")


DROPS = ["ALTER TABLE attic.p DROP COLUMN made", "ALTER TABLE ONLY attic.p DROP COLUMN made"]


@pytest.mark.parametrize("drop", DROPS)
@pytest.mark.parametrize("in_between", [True, False])
def test_a_column_that_an_unchecked_parent_loses_and_its_child_keeps(guard, drop, in_between):
    guard.prepare("CREATE SCHEMA attic", "CREATE TABLE attic.p (made timestamp, a int)")
    guard.configure(exempt_schemas="attic")
    parent = "attic.p"
    if in_between and "ONLY" not in drop:
        guard.passes("CREATE TABLE q () INHERITS (attic.p)")
        parent = "q"
    guard.passes(f"CREATE TABLE x ({MADE}) INHERITS ({parent})")
    guard.refuses(drop, adds=f"{TS} x.made")


def test_a_check_that_an_unchecked_parent_loses_and_its_child_keeps(guard):
    check = "CONSTRAINT ck CHECK (kind IN ('a', 'b'))"
    guard.prepare("CREATE SCHEMA attic", f"CREATE TABLE attic.p (kind text, {check})")
    guard.check_only("check_instead_of_enum").configure(exempt_schemas="attic")
    guard.passes("CREATE TABLE x () INHERITS (attic.p)")
    guard.refuses("ALTER TABLE ONLY attic.p DROP CONSTRAINT ck", adds="check_instead_of_enum x.ck")


def test_a_column_that_a_checked_parent_loses_and_its_child_keeps(guard):
    guard.prepare(f"CREATE TABLE p ({MADE}, a int)", f"CREATE TABLE x ({MADE}) INHERITS (p)")
    guard.passes("ALTER TABLE p DROP COLUMN made")


def test_the_check_that_postgresql_leaves_in_the_place_of_the_bound(guard, needs):
    needs(14)
    guard.prepare(f"CREATE TABLE ev {PARTITIONED}", f"CREATE TABLE x PARTITION OF ev {BOUND}")
    guard.check_only("misnamed_constraint").passes("ALTER TABLE ev DETACH PARTITION x CONCURRENTLY")
