"""Names that must be written in quotes."""

import cases
import fixes
import pytest
from rule_test import Exemption, RuleTest

RULE = "identifier_needs_quotes"

T = "CREATE TABLE t (id int, code text)"
OLD = 'CREATE TABLE "Old" ("Id" int CONSTRAINT "pk_Old" PRIMARY KEY, code text CONSTRAINT "Code" CHECK (code <> \'\'))'


class TestIdentifierNeedsQuotes(RuleTest):
    rule = RULE

    bad = [
        ("capital", "", 'CREATE TABLE "Orders" (id int)', "Orders"),
        ("space", "", 'CREATE TABLE "order items" (id int)', "order items"),
        ("digit", "", 'CREATE TABLE "1st" (id int)', "1st"),
        ("hyphen", T, 'ALTER TABLE t ADD "due-date" date', "t.due-date"),
        ("reserved_table", "", 'CREATE TABLE "user" (id int)', "user"),
        ("reserved_column", T, 'ALTER TABLE t ADD "order" int', "t.order"),
        ("function_word", T, 'ALTER TABLE t ADD "left" int', "t.left"),
        ("column_of_query", T, 'CREATE TABLE u AS SELECT id AS "Id", count(*) + 1 FROM t GROUP BY id', "u"),
        ("enum", "", "CREATE TYPE \"State\" AS ENUM ('a')", "State"),
        ("range", "", 'CREATE TYPE "Span" AS RANGE (SUBTYPE = int)', "Span"),
        ("domain", "", 'CREATE DOMAIN "Size" AS int', "Size"),
        ("composite", "", 'CREATE TYPE "Pair" AS (a int)', "Pair"),
        ("attribute", "", 'CREATE TYPE pair AS ("A" int)', "pair.A"),
        ("column_word_as_type", "", "CREATE DOMAIN position AS int", "position"),
        ("renamed", T, 'ALTER TABLE t RENAME id TO "ID"', "t.ID"),
        ("from_bad_to_bad", OLD, 'ALTER TABLE "Old" RENAME TO "Older"', "Older"),
        ("only_the_table", "", 'CREATE TABLE "Orders" (id int PRIMARY KEY, n int UNIQUE CHECK (n > 0))', "Orders"),
        ("only_the_table_named", "", 'CREATE TABLE "Orders" (id int CONSTRAINT "pk_Orders" PRIMARY KEY)', "Orders"),
        ("only_the_column", T, 'ALTER TABLE t ADD "Total" int CONSTRAINT "ck_t_Total" CHECK ("Total" > 0)', "t.Total"),
        ("all_at_once", "", 'CREATE TABLE "Orders" ("Id" int, "customerId" int, note text)', "Orders"),
        ("two_columns", T, 'ALTER TABLE t ADD "Total" int, ADD "order" int', "t"),
        ("two_tables", "", 'CREATE SCHEMA side CREATE TABLE "A" ("B" int, "C" int) CREATE TABLE b ("B" int)', ["side.A", "side.b.B"]),
        ("attributes", "", 'CREATE TYPE "Pair" AS ("A" int, b int)', "Pair"),
        ("partition", "CREATE TABLE ev (a int) PARTITION BY RANGE (a)", 'CREATE TABLE "P" PARTITION OF ev DEFAULT', "P"),
    ]

    good = [
        ("plain", "", "CREATE TABLE orders_2 (id int, _x int, größe int, 名前 text, a$b int)"),
        ("written_in_quotes", "", 'CREATE TABLE "orders" ("id" int, "größe" int)'),
        ("folded", "", "CREATE TABLE Orders (Id int)"),
        ("keywords_that_are_names", "", "CREATE TABLE name (position int, time timestamptz, values int, value int, type text,"
         " timestamp date, interval int, date date, row int, status text, year int)"),
        ("constraint", T, ['ALTER TABLE t ADD CONSTRAINT "Positive" CHECK (id > 0)', 'ALTER TABLE t ADD CONSTRAINT "PK" PRIMARY KEY (id)']),
        ("index", T, ['CREATE INDEX "By Id" ON t (id)', 'CREATE INDEX CONCURRENTLY "By Id 2" ON t (id) WHERE id > 0']),
        ("key_to_the_table", OLD, 'CREATE TABLE kid (old_id int CONSTRAINT "fk_kid_Old" REFERENCES "Old")'),
        ("view", T, 'CREATE VIEW "V" AS SELECT * FROM t'),
        ("legacy", OLD, ['ALTER TABLE "Old" ADD x int', 'ALTER TABLE "Old" ALTER "Id" TYPE bigint', 'ALTER TABLE "Old" ADD CHECK (x > 0)']),
        ("legacy_to_good", OLD, ['ALTER TABLE "Old" RENAME TO young', 'ALTER TABLE young RENAME "Id" TO id', "ALTER TABLE young ADD x int"]),
        ("partition", 'CREATE TABLE ev ("A" int CONSTRAINT "Ck" CHECK ("A" > 0)) PARTITION BY RANGE ("A")',
         "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("child", OLD, 'CREATE TABLE kid () INHERITS ("Old")'),
        ("temporary", "", 'CREATE TEMPORARY TABLE "T" ("Id" int)'),
    ]  # fmt: skip

    refused_at_once = ([T, 'ALTER TABLE t ADD "Id" int'], "t.Id")
    exempt = Exemption(
        {"exempt_schemas": "side"},
        passes='CREATE TABLE side."T" (id int)',
        leaves='ALTER TABLE side."T" SET SCHEMA public',
        violations="T",
        setup="CREATE SCHEMA side",
    )

    fixes = [
        ("table", "", 'CREATE TABLE "OrderItems" (id int NOT NULL, code text DEFAULT \'x\')'),
        ("reserved", "", 'CREATE TABLE "user" (id int)'),
        ("column", T, 'ALTER TABLE t ADD "due-date" date'),
        ("reserved_column", T, 'ALTER TABLE t ADD "order" int DEFAULT 1'),
        ("several", "", """CREATE TABLE "Order" ("Id" int, "parentId" int, "First Name" text NOT NULL DEFAULT '"Id"', plain int,
            "Twice" int GENERATED ALWAYS AS ("Id" * 2) STORED, CONSTRAINT "Order_pkey" PRIMARY KEY ("Id", plain),
            CONSTRAINT "Self" FOREIGN KEY ("parentId", plain) REFERENCES "Order" ("Id", plain), CONSTRAINT ck CHECK ("parentId" <> "Id"))"""),
        ("partitioned", "", 'CREATE TABLE "Ev" ("At" date, "Kind" text) PARTITION BY LIST (lower("Kind"))'),
        ("two_columns", T, 'ALTER TABLE t ADD "Total" int DEFAULT 1, ADD "TOTAL" int'),
        ("attributes", "", 'CREATE TYPE "Pair" AS ("A" int, "a b" int)'),
        ("enum", "", "CREATE TYPE \"State\" AS ENUM ('a')"),
        ("renamed", T, 'ALTER TABLE t RENAME TO "Things"'),
        ("taken", T, 'CREATE TABLE "T" (id int)'),
    ]


def test_the_words_of_this_server(guard):
    """A keyword is reported exactly when PostgreSQL does not accept it as a name without quotes."""
    guard.check_only(RULE).configure(mode="warn")
    for (word,) in guard.session.rows("SELECT word FROM pg_get_keywords()"):
        guard.session.run(f'CREATE TABLE "{word}" ("{word}" int)')
        found = {message.rule for message in guard.session.take_messages()}
        guard.prepare(f'DROP TABLE "{word}"')
        try:
            guard.prepare(f"CREATE TABLE {word} ({word} int)", f"SELECT {word} FROM {word}", f"DROP TABLE {word}")
            assert not found, word
        except Exception as error:
            assert type(error).__name__ == "SyntaxError", (word, error)
            assert found == {RULE}, (word, error)


@cases.parametrize(
    "setup, sql",
    [
        ("table", "", 'CREATE TABLE "OrderItems" (id int PRIMARY KEY, code text UNIQUE CHECK (code <> \'\'))'),
        ("column", T, 'ALTER TABLE t ADD "Code" text UNIQUE CHECK ("Code" <> \'\')'),
    ],
)
def test_names_that_postgresql_made_of_the_old_one_are_not_kept(guard, setup, sql):
    cases.fix_instead(guard, RULE, setup, sql)


def test_the_names_are_listed(guard):
    guard.configure(preset="none", **{RULE: "notice"})
    (message,) = guard.warns('CREATE TABLE "Orders" ("Id" int, "order" int, note text)', adds=f"{RULE} Orders", severity="NOTICE")
    assert message.primary == 'table "public.Orders" has names that need quotes: its own, "Id", "order"'
    columns = ", ".join(f'"C{n}" int' for n in range(30))
    (message,) = guard.warns(f"CREATE TABLE t ({columns})", adds=f"{RULE} t", severity="NOTICE")
    assert message.primary.endswith('"C18", "C19" and 10 more')
    assert message.hint.count("RENAME COLUMN") == 30


def test_only_new_names_are_listed(guard):
    guard.prepare('CREATE TABLE t ("Old" int, "Older" int)')
    guard.check_only(RULE)
    message = guard.refuses('ALTER TABLE t ADD "A" int, ADD "B" int', adds=f"{RULE} t")
    assert message.primary == 'table "public.t" has names that need quotes: "A", "B"'


@pytest.mark.parametrize("preset, severity", [("recommended", "notice"), ("django", "warning"), ("rails", "warning"), ("prisma", "off"), ("core", "off")])
def test_its_levels(guard, preset, severity):
    settings = guard.connect("postgres")
    settings.run(f"LOAD 'pg_guardrail'; SET guardrail.preset = '{preset}'")
    assert settings.rows(f"SELECT level FROM guardrail.rules WHERE id = '{RULE}'") == [(severity,)]


def test_a_column_of_another_table_keeps_its_name(guard):
    guard.prepare('CREATE TABLE old ("Id" int PRIMARY KEY)')
    guard.check_only(RULE)
    table = 'CREATE TABLE "New" ("Id" int REFERENCES old ("Id") ON DELETE CASCADE)'
    found = fixes.refuse(guard, table)
    guard.passes(*fixes.write_again(found, table))
    assert 'REFERENCES public.old ("Id")' in found[0].text
