"""The program that writes fixes in the place of faulty elements does what a person would do with them."""

from dataclasses import replace

from elements import put, split, unquote
from model import AlterTable, Column, Constraint, CreateSchema, CreateTable, CreateTableAs, Statement, Written
from violations import Violation

TABLE = CreateTable(
    "CREATE TABLE t",
    (
        Column("id", "integer", constraints=(Constraint("PRIMARY KEY (id)", ("id",), "pk_t", "PRIMARY KEY"),)),
        Column("placedAt", "timestamp", constraints=(Constraint('CHECK ("placedAt" > now())', ("placedAt",)),)),
        Constraint("UNIQUE (id)", ("id",)),
    ),
)


def violation(fix, column=None):
    return Violation("rule", "t", column, None, None, fix, "instead", None, "error")


def write(statement, *fixes):
    first, statement = put(statement, fixes)
    return [each.sql() for each in first], [element.sql() for element in statement.elements]


def test_a_column_takes_its_constraints_along():
    _, elements = write(TABLE, violation("id bigint NOT NULL\nCONSTRAINT pk_t PRIMARY KEY (id)"))
    assert elements[0] == "id bigint NOT NULL"
    assert elements[-1] == "CONSTRAINT pk_t PRIMARY KEY (id)"
    assert not any("integer" in element for element in elements)


def test_a_column_is_known_by_a_name_in_other_letters():
    _, elements = write(TABLE, violation("placed_at timestamp NOT NULL", "placedAt"))
    assert elements[1] == "placed_at timestamp NOT NULL"
    assert len(elements) == 3


def test_a_constraint_without_a_name_is_known_by_what_it_says():
    _, elements = write(TABLE, violation("CONSTRAINT uq_t_id UNIQUE (id)"))
    assert elements[2:] == ["CONSTRAINT uq_t_id UNIQUE (id)"]


def test_a_constraint_of_a_column_becomes_one_of_the_table():
    _, elements = write(TABLE, violation('CONSTRAINT ck_t CHECK ("placedAt" > now())'))
    assert elements[1] == '"placedAt" timestamp NOT NULL'
    assert elements[-1] == 'CONSTRAINT ck_t CHECK ("placedAt" > now())'


def test_the_table_gets_another_name():
    assert put(TABLE, [violation("CREATE TABLE u")])[1].text == "CREATE TABLE u"


def test_a_whole_statement_is_run_first():
    first, elements = write(TABLE, violation("CREATE TYPE e AS ENUM ('a');\nid e NOT NULL"))
    assert first == ["CREATE TYPE e AS ENUM ('a')"]
    assert elements[0] == "id e NOT NULL"


def test_a_statement_alone_stands_for_the_whole_one():
    fix = violation("CREATE DOMAIN d AS timestamptz;")
    assert put(Statement("CREATE DOMAIN d AS timestamp"), [fix])[1].sql() == "CREATE DOMAIN d AS timestamptz"


def test_a_subcommand_takes_the_place_of_its_like():
    statement = AlterTable("ALTER TABLE t", (Written("SET UNLOGGED"), Column("c", "json")))
    _, statement = put(statement, [violation("SET LOGGED"), violation("ADD COLUMN c jsonb NOT NULL")])
    assert statement.sql() == "ALTER TABLE t SET LOGGED, ADD COLUMN c jsonb NOT NULL"


def test_an_output_column_is_written_anew():
    statement = CreateTableAs("CREATE TABLE t AS", (Written("at", "at"),), "SELECT now() AS at")
    _, statement = put(statement, [violation("at AT TIME ZONE 'UTC' AS at")])
    assert statement.sql() == "CREATE TABLE t AS SELECT at AT TIME ZONE 'UTC' AS at FROM (SELECT now() AS at) AS query"


def test_a_newline_in_quotes_belongs_to_a_name():
    assert split('"two\nlines" bigint\nother bigint') == ['"two\nlines" bigint', "other bigint"]


def test_a_new_column_does_not_take_the_place_of_one_with_a_good_name():
    _, elements = write(TABLE, violation("id_2 uuid", "id"))
    assert elements[0].startswith("id integer")
    assert elements[-1] == "id_2 uuid"


def test_what_follows_the_name_of_the_table_remains():
    statement = CreateTable("CREATE UNLOGGED TABLE app.t OF app.shape", (Column("id", "WITH OPTIONS"),), " PARTITION BY LIST (id)")
    statement = put(statement, [violation("CREATE TABLE app.t"), violation("PARTITION BY LIST (a)")])[1]
    assert (statement.text, statement.tail) == ("CREATE TABLE app.t OF app.shape", " PARTITION BY LIST (a)")


def test_each_table_of_a_schema_gets_its_own_elements():
    tables = tuple(CreateTable(f"CREATE TABLE {name}", (Column("c", "json"),)) for name in ("t", "u"))
    _, schema = put(CreateSchema("CREATE SCHEMA app", tables), [violation("c jsonb NOT NULL", "c")])
    assert [table.elements[0].sql() for table in schema.elements] == ["c jsonb NOT NULL", "c json NOT NULL"]


def test_what_is_dropped_comes_with_the_subcommand():
    statement = AlterTable("ALTER TABLE t", (Written("ALTER c TYPE json"),))
    _, statement = put(statement, [violation("DROP CONSTRAINT k\nALTER COLUMN c TYPE jsonb")])
    assert statement.sql() == "ALTER TABLE t DROP CONSTRAINT k, ALTER COLUMN c TYPE jsonb"


def test_escapes_in_quotes_belong_to_a_name():
    assert unquote(r'U&"two\000Alines""\\"') == 'two\nlines"\\'


def test_a_constraint_is_left_out():
    named = replace(TABLE, elements=(*TABLE.elements, Constraint("CHECK (id > 0)", ("id",), "ck")))
    _, elements = write(named, violation("id bigint NOT NULL\n-- Leave out constraint ck."))
    assert not any("ck" in element for element in elements)
    assert len(elements) == len(TABLE.elements)
