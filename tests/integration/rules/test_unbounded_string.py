"""A string column without a bound. The rule is checked on the final state of the transaction."""

import pytest
from rule_test import Exemption, RuleTest

RULE = "unbounded_string"

T = "CREATE TABLE t (id int, old text, short varchar(9))"
EV = "CREATE TABLE ev (id int, name text) PARTITION BY RANGE (id)"
DOMAINS = "CREATE DOMAIN code AS text CHECK (length(value) < 9)"
ALONE = "DROP TABLE customers; "
FIXES = [
    ("text", "", "CREATE TABLE x (name text)"),
    ("varchar", "", "CREATE TABLE x (name varchar)"),
    ("added", "CREATE TABLE t (id int); INSERT INTO t VALUES (1)", "ALTER TABLE t ADD name text DEFAULT 'x'"),
    ("partitioned", "", EV),
    ("name_taken", "CREATE TABLE t (a int CONSTRAINT ck_t_name_length CHECK (a > 0))", "ALTER TABLE t ADD name text"),
    ("odd_names", "", 'CREATE TABLE "T 1" ("select" text)'),
]


class TestUnboundedString(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("text", "", "CREATE TABLE x (name text)", "x.name"),
        ("varchar", "", "CREATE TABLE x (name varchar)", "x.name"),
        ("both", "", "CREATE TABLE x (a text NOT NULL, b varchar UNIQUE, c varchar(9))", ["x.a", "x.b"]),
        ("added", T, "ALTER TABLE t ADD name text", "t.name"),
        ("retyped", T, "ALTER TABLE t ALTER short TYPE text", "t.short"),
        ("check_dropped", "CREATE TABLE t (a text CONSTRAINT ck CHECK (length(a) < 9))", "ALTER TABLE t DROP CONSTRAINT ck", "t.a"),
        ("renamed", "CREATE TABLE t (notes text)", "ALTER TABLE t RENAME notes TO name", "t.name"),
        ("name", "", "CREATE TABLE x (content_type text, notebook text)", ["x.content_type", "x.notebook"]),
        ("check_of_another", "", "CREATE TABLE x (a text, b text CHECK (length(b) < 9))", "x.a"),
        ("table_as", "", "CREATE TABLE x AS SELECT 'a'::text AS name", "x.name"),
        ("partitioned", "", EV, "ev.name"),
        ("own_of_child", T, "CREATE TABLE x (name text) INHERITS (t)", "x.name"),
        ("parents_check_for_itself", "CREATE TABLE p (a text, CONSTRAINT ck CHECK (length(a) < 9) NO INHERIT)",
         "CREATE TABLE x () INHERITS (p)", "x.a"),
        ("parents_foreign_key", "CREATE TABLE p (a text PRIMARY KEY); CREATE TABLE q (a text REFERENCES p)",
         "CREATE TABLE x () INHERITS (q)", "x.a"),
        ("parent_of_a_migration_tool", "CREATE TABLE schema_migrations (version varchar)",
         "CREATE TABLE x () INHERITS (schema_migrations)", "x.version"),
        ("refers_to_itself", "", "CREATE TABLE x (a text PRIMARY KEY REFERENCES x)", "x.a"),
        ("refers_to_itself_twice", "", "CREATE TABLE x (a text PRIMARY KEY, b text UNIQUE REFERENCES x, FOREIGN KEY (a) REFERENCES x (b))", ["x.a", "x.b"]),
        ("circle", "", ["CREATE TABLE x (a text PRIMARY KEY)", "CREATE TABLE y (a text PRIMARY KEY REFERENCES x)",
         "ALTER TABLE x ADD FOREIGN KEY (a) REFERENCES y"], ["x.a", "y.a"]),
        ("refers_to_a_migration_table", "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
         "CREATE TABLE x (a text REFERENCES schema_migrations)", "x.a"),
        ("refers_to_prose", "CREATE TABLE p (notes text PRIMARY KEY)", "CREATE TABLE x (a text REFERENCES p)", "x.a"),
    ]  # fmt: skip

    good = [
        ("lengths", "", "CREATE TABLE x (a varchar(9), b char, c char(9), d name)"),
        ("prose", "", "CREATE TABLE x (description text, notes varchar, body text, error_message text, body_html text)"),
        ("other_types", "", "CREATE TABLE x (a text[], b jsonb, c bytea)"),
        ("domain", DOMAINS, "CREATE TABLE x (a code)"),
        ("generated", "", "CREATE TABLE x (a varchar(9), b text GENERATED ALWAYS AS (a || 'b') STORED)"),
        ("foreign_key", "CREATE TABLE p (code text PRIMARY KEY)", "CREATE TABLE x (code text REFERENCES p)"),
        ("foreign_key_to_a_foreign_key", "CREATE TABLE p (code text PRIMARY KEY); CREATE TABLE q (code text PRIMARY KEY REFERENCES p)",
         "CREATE TABLE x (code text REFERENCES q)"),
        ("foreign_key_to_another_column_of_the_table", "CREATE TABLE x (code text PRIMARY KEY)", "ALTER TABLE x ADD up text REFERENCES x"),
        ("foreign_key_also_to_itself", "CREATE TABLE p (code text PRIMARY KEY)",
         "CREATE TABLE x (code text PRIMARY KEY REFERENCES p, FOREIGN KEY (code) REFERENCES x)"),
        ("foreign_key_into_a_circle", "CREATE TABLE p (a text PRIMARY KEY); CREATE TABLE q (a text PRIMARY KEY REFERENCES p);"
         "ALTER TABLE p ADD FOREIGN KEY (a) REFERENCES q", "CREATE TABLE x (a text REFERENCES p)"),
        ("child_of_a_legacy_table", "CREATE TABLE p (a text CHECK (a <> ''))", "CREATE TABLE x () INHERITS (p)"),
        ("fixed_later", "", ["BEGIN", "CREATE TABLE x (a text)", "ALTER TABLE x ADD CHECK (length(a) < 9)", "COMMIT"]),
        ("not_valid", T, ["BEGIN", "ALTER TABLE t ADD a text", "ALTER TABLE t ADD CHECK (length(a) < 9) NOT VALID", "COMMIT"]),
        ("legacy", T, ["ALTER TABLE t ADD a int", "ALTER TABLE t RENAME old TO older", "ALTER TABLE t ALTER older TYPE varchar"]),
        ("legacy_fixed", T, "ALTER TABLE t ADD CHECK (length(old) < 9)"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("detached", f"{EV}; CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("child", T, "CREATE TABLE x () INHERITS (t)"),
        ("bounded_child", "CREATE TABLE p (a text CHECK (length(a) < 9))", "CREATE TABLE x () INHERITS (p)"),
        ("migration_table", "", "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)"),
        ("temporary", "", "CREATE TEMPORARY TABLE x (a text)"),
        ("types", "", ["CREATE TYPE c AS (a text)", "CREATE DOMAIN d AS text", "CREATE VIEW v AS SELECT 'a'::text AS name"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "x"},
        passes="CREATE TABLE x (name text)",
        leaves="ALTER TABLE x RENAME TO y",
        violations="y.name",
    )

    fixes = [(case, ALONE + setup, statement) for case, setup, statement in FIXES]


@pytest.mark.parametrize("check", [
    "length(a) <= 9", "char_length(a) < 9", "octet_length(a) < 9", "9 >= length(a)", "length(a) = 3",
    "length(a) BETWEEN 1 AND 9", "a <> '' AND length(a) < 9", "length(a) < 9 OR a IS NULL",
    "length(a) < 9 OR a = 'something long'", "a IN ('x', 'y')", "length(a) IN (8, 11)", "a COLLATE \"C\" ~ '^[A-Z]{3}$'",
    "a ~ '^[A-Z]{3}$'", r"a ~ '^\d{1,3}(-\d)?$'",
])  # fmt: skip
@pytest.mark.parametrize("data_type", ["text", "varchar"])
def test_bounding_checks(guard, data_type, check):
    guard.check_only(RULE).passes(f"CREATE TABLE x (a {data_type}, CHECK ({check}))")


@pytest.mark.parametrize("check", [
    "length(a) > 9", "9 < length(a)", "length(a) <> 9", "a <> ''", "length(a) NOT IN (8, 11)", "length(a) > ANY ('{8,11}')",
    "length(a) < 9 OR a <> ''", "NOT length(a) < 9",
    "a ~ '^[A-Z]+$'", "a ~ '[A-Z]{3}'", "a ~ '^a|b$'", "a !~ '^[A-Z]{3}$'", "a < 'x'", "a = lower(a)",
    "length(b) < 9 OR a IS NULL", "length(a) <= length(a)", "length(a) < length(b)", "length(a) < NULL",
    "length(a) IN (8, NULL)", "length(a) = ANY ('{8,NULL}')", "a IN ('x', NULL)",
])  # fmt: skip
def test_checks_that_bound_nothing(guard, check):
    guard.check_only(RULE).refuses(f"CREATE TABLE x (a text, b varchar(9), CHECK ({check}))", adds=f"{RULE} x.a")


def test_exempt_names(guard):
    guard.check_only(RULE).configure(unbounded_string_exempt="url|.*_url").passes("CREATE TABLE x (home_url text)")
    guard.refuses("CREATE TABLE y (notes text)", adds=f"{RULE} y.notes")


def test_a_check_that_is_not_enforced_bounds_nothing(guard, needs):
    needs(18)
    guard.check_only(RULE).refuses("CREATE TABLE x (a text CHECK (length(a) < 9) NOT ENFORCED)", adds=f"{RULE} x.a")


def test_a_check_that_is_no_longer_enforced_bounds_nothing(guard, needs):
    needs(19)
    guard.prepare("CREATE TABLE x (a text CONSTRAINT c CHECK (length(a) < 9))")
    guard.check_only(RULE).refuses("ALTER TABLE x ALTER CONSTRAINT c NOT ENFORCED", adds=f"{RULE} x.a")
    guard.prepare("ALTER TABLE x ALTER CONSTRAINT c NOT ENFORCED")
    guard.passes("ALTER TABLE x ALTER CONSTRAINT c ENFORCED")


OWN_OPERATORS = """
    CREATE SCHEMA my;
    CREATE FUNCTION my.anything(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION my.anything(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION my.length(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE OPERATOR my.< (FUNCTION = my.anything, LEFTARG = int, RIGHTARG = int);
    CREATE OPERATOR my.= (FUNCTION = my.anything, LEFTARG = int, RIGHTARG = int);
    CREATE OPERATOR my.= (FUNCTION = my.anything, LEFTARG = text, RIGHTARG = text);
    CREATE OPERATOR my.~ (FUNCTION = my.anything, LEFTARG = text, RIGHTARG = text)
"""


@pytest.mark.parametrize("check", [
    "length(a) OPERATOR(my.<) 3", "length(a) OPERATOR(my.=) 3", "a OPERATOR(my.=) 'x'", "a OPERATOR(my.=) ANY ('{x,y}')",
    "length(a) OPERATOR(my.=) ANY ('{1,2}')", "a OPERATOR(my.~) '^[a-z]{3}$'", "my.length(a) < 3",
])  # fmt: skip
def test_only_postgresql_s_own_operators_and_functions_bound(guard, check):
    guard.prepare(OWN_OPERATORS)
    guard.check_only(RULE).refuses(f"CREATE TABLE x (a text, CHECK ({check}))", adds=f"{RULE} x.a")


def test_a_foreign_key_that_is_not_enforced_bounds_nothing(guard, needs):
    needs(18)
    guard.prepare("CREATE TABLE p (a text PRIMARY KEY)")
    guard.check_only(RULE).refuses("CREATE TABLE x (a text REFERENCES p NOT ENFORCED)", adds=f"{RULE} x.a")


def test_a_column_of_an_exempt_table_bounds_nothing(guard):
    guard.prepare("CREATE TABLE p (a text PRIMARY KEY)")
    guard.check_only(RULE).configure(exempt_tables="p").refuses("CREATE TABLE x (a text REFERENCES p)", adds=f"{RULE} x.a")
