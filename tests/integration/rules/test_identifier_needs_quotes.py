"""Names that must be written in quotes."""

import cases
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
        ("column_of_query", T, 'CREATE TABLE u AS SELECT id AS "Id", count(*) + 1 FROM t GROUP BY id', ["u.Id", "u.?column?"]),
        ("constraint", T, 'ALTER TABLE t ADD CONSTRAINT "Positive" CHECK (id > 0)', "t.Positive"),
        ("key", T, 'ALTER TABLE t ADD CONSTRAINT "PK" PRIMARY KEY (id)', "t.PK"),
        ("index", T, 'CREATE INDEX "By Id" ON t (id)', "t.By Id"),
        ("index_concurrently", T, 'CREATE INDEX CONCURRENTLY "By Id" ON t (id) WHERE id > 0', "t.By Id"),
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
        ("partition", "CREATE TABLE ev (a int) PARTITION BY RANGE (a)", 'CREATE TABLE "P" PARTITION OF ev DEFAULT', "P"),
    ]

    good = [
        ("plain", "", "CREATE TABLE orders_2 (id int, _x int, größe int, 名前 text, a$b int)"),
        ("written_in_quotes", "", 'CREATE TABLE "orders" ("id" int, "größe" int)'),
        ("folded", "", "CREATE TABLE Orders (Id int)"),
        ("keywords_that_are_names", "", "CREATE TABLE name (position int, time timestamptz, values int, value int, type text,"
         " timestamp date, interval int, date date, row int, status text, year int)"),
        ("made_up_index", OLD, 'CREATE INDEX ON "Old" ("Id")'),
        ("of_the_table", OLD, 'CREATE INDEX "ix_Old_code" ON "Old" (code)'),
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
        ("constraint", T, 'ALTER TABLE t ADD CONSTRAINT "Positive Id" CHECK (id > 0)'),
        ("index", T, 'CREATE UNIQUE INDEX "By Id" ON t (id) WHERE id > 0'),
        ("enum", "", "CREATE TYPE \"State\" AS ENUM ('a')"),
        ("renamed", T, 'ALTER TABLE t RENAME TO "Things"'),
        ("taken", T, 'CREATE TABLE "T" (id int)'),
    ]

    fixes_instead = [
        ("index_concurrently", T, 'CREATE INDEX CONCURRENTLY "By Id" ON t (id) WHERE id > 0'),
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
