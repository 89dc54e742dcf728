"""What stands in the way of a change: fixes that would fail or do harm are not proposed."""

import cases
import fixes
import pytest

TS = "timestamp_without_time_zone"
DI = "duplicate_index"
PK = "disallowed_primary_key_type"
UNIQUE = "CREATE TABLE t (id bigint NOT NULL); CREATE UNIQUE INDEX u ON t (id)"
TRIGGER = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';" \
    "CREATE TRIGGER late AFTER UPDATE {} FOR EACH ROW {} EXECUTE FUNCTION f()"  # fmt: skip


def warn(guard, rule, setup, statement):
    guard.prepare(setup)
    return fixes.warn(guard.check_only(rule).configure(mode="warn"), statement)


@pytest.mark.parametrize(
    "used",
    ["ALTER TABLE t REPLICA IDENTITY USING INDEX u", "CREATE TABLE kid (t_id bigint REFERENCES t (id))", "ALTER TABLE t CLUSTER ON u"],
)
def test_an_index_that_is_relied_on_is_not_dropped(guard, used):
    """The fix drops the other one of the two."""
    (fix,) = warn(guard, DI, f"{UNIQUE}; {used}", "ALTER TABLE t ADD CONSTRAINT k UNIQUE (id)")
    assert (fix.applies, fix.text) == ("in place", "ALTER TABLE public.t DROP CONSTRAINT k;")
    guard.passes(fix.text, "INSERT INTO t VALUES (1)", "UPDATE t SET id = 2")
    assert guard.session.rows("SELECT to_regclass('u')::text") == [("u",)]


def test_of_two_indexes_that_are_relied_on_none_is_dropped(guard):
    guard.prepare(f"{UNIQUE}; ALTER TABLE t REPLICA IDENTITY USING INDEX u")
    guard.check_only(DI).configure(mode="warn")
    guard.passes("BEGIN", "CREATE UNIQUE INDEX v ON t (id)", "ALTER TABLE t CLUSTER ON v")
    (fix,) = fixes.warn(guard, "COMMIT")
    cases.expect_comment(guard, fix)
    assert "This is in the way: " in fix.text


USERS = [
    ("view", "CREATE VIEW v AS SELECT at FROM t", "view public.v"),
    ("policy", "CREATE POLICY p ON t USING (at > 'epoch')", "policy p of table public.u"),
    ("index", "CREATE INDEX i ON t (date_trunc('day', at))", "index public.i"),
    ("trigger_columns", TRIGGER.format("OF at ON t", ""), "trigger late of table public.u"),
    ("trigger_condition", TRIGGER.format("ON t", "WHEN (new.at > 'epoch')"), "trigger late of table public.u"),
    ("generated", "ALTER TABLE t ADD day date GENERATED ALWAYS AS (at::date) STORED", "generated column day of table public.u"),
]


@cases.parametrize("used, named", USERS)
def test_what_uses_a_column_is_named(guard, used, named):
    guard.configure(exempt_tables="t")
    (fix,) = warn(guard, TS, f"CREATE TABLE t (at timestamp); {used}", "ALTER TABLE t RENAME TO u")
    cases.expect_comment(guard, fix)
    assert fix.text == f"-- Change column at of table public.u to timestamp with time zone. This is in the way: {named}."


def test_a_partition_key(guard):
    (fix,) = warn(guard, TS, "", "CREATE TABLE ev (at timestamp) PARTITION BY RANGE (at)")
    cases.expect_comment(guard, fix)
    assert fix.text.endswith("This is in the way: the partition key of table public.ev.")


def test_a_generated_column(guard):
    (fix,) = warn(guard, TS, "", "CREATE TABLE t (day date, at timestamp GENERATED ALWAYS AS (day::timestamp) STORED)")
    cases.expect_comment(guard, fix)
    assert "PostgreSQL cannot convert a generated column" in fix.text


GENERATED = [
    "CREATE TABLE t (at timestamp, day date GENERATED ALWAYS AS (at::date) STORED)",
    "CREATE TABLE t (day date, at timestamp GENERATED ALWAYS AS (day::timestamp) STORED)",
    "CREATE TABLE t (made timestamp, at timestamp GENERATED ALWAYS AS (made + interval '1 day') STORED)",
]


@pytest.mark.parametrize("sql", GENERATED)
def test_generated_columns_of_a_refused_table(guard, sql):
    """What is written instead reads the new type as it read the old one."""
    cases.fix_instead(guard, TS, "", sql)


def test_an_attribute_that_a_column_is_made_of(guard):
    setup = "CREATE TYPE c AS (a int); CREATE TABLE t (x c)"
    add = "ALTER TYPE c ADD ATTRIBUTE b timestamp CASCADE"
    guard.prepare(setup)
    found = fixes.refuse(guard.check_only(TS), add)
    assert len(found) == 2
    (element,) = fixes.of_kind(found, "instead")
    assert element == "ADD ATTRIBUTE b timestamp with time zone CASCADE"
    guard.passes(f"ALTER TYPE c {element}")
    cases.expect_clean(guard)


def test_an_attribute_that_a_column_is_made_of_afterwards(guard):
    setup = "CREATE TYPE c AS (a int); CREATE TABLE t (x c)"
    found = warn(guard, TS, setup, "ALTER TYPE c ADD ATTRIBUTE b timestamp CASCADE")
    assert [fix.applies for fix in found] == ["in place", "by hand"]
    assert "This is in the way: column x of table public.t." in found[1].text
    guard.passes(*(fix.text for fix in found))


def test_a_typed_table(guard):
    setup = "CREATE TYPE c AS (a int); CREATE TABLE t OF c"
    found = warn(guard, TS, setup, "ALTER TYPE c ADD ATTRIBUTE b timestamp CASCADE")
    assert [fix.applies for fix in found] == ["in place", "by hand"]
    assert "the type that the table is made of" in found[1].text
    guard.passes(*(fix.text for fix in found))
    cases.expect_clean(guard)


@pytest.mark.parametrize("column", ["at timetz DEFAULT current_time", "at timetz", "at timetz[]"])
def test_times_of_day(guard, column):
    table = f"CREATE TABLE t ({column})"
    cases.fix_instead(guard, "discouraged_type", "", table)
    guard.prepare("DROP TABLE t")
    (fix,) = fixes.warn(guard.configure(mode="warn"), table)
    if "[]" in column:
        cases.expect_comment(guard, fix)
        assert "PostgreSQL has no conversion between these types" in fix.text
    else:
        guard.passes(fix.text)
        cases.expect_clean(guard)


TREE = "CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY, up int CONSTRAINT fk REFERENCES t ON DELETE CASCADE)"


@pytest.mark.parametrize("mismatch", ["off", "error"])
def test_a_key_that_its_own_table_references(guard, mismatch):
    guard.check_only(PK).configure(primary_key_types="uuid", fk_type_mismatch=mismatch)
    found = fixes.refuse(guard, TREE)
    guard.passes(*fixes.write_again(found, TREE))
    cases.expect_clean(guard)
    guard.prepare("DROP TABLE t")
    (fix,) = fixes.warn(guard.configure(mode="warn"), TREE)
    cases.expect_comment(guard, fix)
    assert "This is in the way: foreign key fk of table public.t." in fix.text


def test_a_key_over_what_is_unique_already(guard):
    guard.check_only("table_without_primary_key", DI).configure(mode="warn")
    guard.passes("BEGIN", "CREATE TABLE t (id bigint NOT NULL)", "CREATE UNIQUE INDEX u ON t (id)")
    (fix,) = fixes.warn(guard, "COMMIT")
    assert (fix.applies, fix.text) == ("in place", "ALTER TABLE public.t ADD CONSTRAINT pk_t PRIMARY KEY USING INDEX u;")
    guard.session.run(fix.text)
    assert guard.session.take_messages() == []
    cases.expect_clean(guard)


def test_a_temporary_child_of_another_session_is_not_looked_at(guard):
    guard.prepare("CREATE TABLE parent (id int CONSTRAINT pk_parent PRIMARY KEY)")
    other = guard.connect()
    other.run("CREATE TEMPORARY TABLE child () INHERITS (parent); INSERT INTO child VALUES (1)")
    guard.check_only("table_without_primary_key").configure(mode="warn")
    (fix,) = fixes.warn(guard, "ALTER TABLE parent DROP CONSTRAINT pk_parent")
    assert fix.applies == "in place"
