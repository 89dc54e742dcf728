"""A CHECK constraint that only lists strings. The rule is checked at the end of the statement."""

import cases
import fixes
import pytest
from rule_test import Exemption, RuleTest

RULE = "check_instead_of_enum"

T = "CREATE TABLE t (id int, status text, old text CONSTRAINT ck_old CHECK (old IN ('a', 'b')))"
EV = "CREATE TABLE ev (id int, s text CONSTRAINT ck CHECK (s IN ('a', 'b'))) PARTITION BY RANGE (id)"
LONG = "x" * 64
LONGEST = "x" * 63
PLAIN = "CREATE TABLE t (id int, status text)"
ADD = "ALTER TABLE t ADD CONSTRAINT ck CHECK (status IN ('a', 'it''s', 'b\\c'))"


class TestCheckInsteadOfEnum(RuleTest):
    rule = RULE

    bad = [
        ("column_level", "", "CREATE TABLE x (s text CONSTRAINT ck CHECK (s IN ('a', 'b')))", "x.ck"),
        ("table_level", "", "CREATE TABLE x (s text, CONSTRAINT ck CHECK (s IN ('a', 'b')))", "x.ck"),
        ("two", "", "CREATE TABLE x (s text CONSTRAINT a CHECK (s IN ('a', 'b')), t text CONSTRAINT b CHECK (t IN ('a', 'b')))", ["x.a", "x.b"]),
        ("added", T, "ALTER TABLE t ADD CONSTRAINT ck CHECK (status IN ('a', 'b'))", "t.ck"),
        ("added_not_valid", T, "ALTER TABLE t ADD CONSTRAINT ck CHECK (status IN ('a', 'b')) NOT VALID", "t.ck"),
        ("added_with_column", T, "ALTER TABLE t ADD kind text CONSTRAINT ck CHECK (kind IN ('a', 'b'))", "t.ck"),
        ("domain", "CREATE DOMAIN word AS text", "CREATE TABLE x (s word CONSTRAINT ck CHECK (s IN ('a', 'b')))", "x.ck"),
        ("collation", "", "CREATE TABLE x (s text CONSTRAINT ck CHECK (s COLLATE \"C\" IN ('a', 'b')))", "x.ck"),
        ("longest_label", "", f"CREATE TABLE x (s text CONSTRAINT ck CHECK (s IN ('a', '{LONGEST}')))", "x.ck"),
        ("childs_own", T, "CREATE TABLE x (CONSTRAINT ck CHECK (status IN ('a', 'b'))) INHERITS (t)", "x.ck"),
        ("partitioned", "", EV, "ev.ck"),
        ("own_of_partition", "CREATE TABLE ev (s text) PARTITION BY LIST (s)",
         "CREATE TABLE ev1 PARTITION OF ev (CONSTRAINT ck CHECK (s IN ('a', 'b'))) DEFAULT", "ev1.ck"),
    ]  # fmt: skip

    bad_like = [("like", T, "CREATE TABLE x (LIKE t INCLUDING CONSTRAINTS)", "x.ck_old")]

    good = [
        ("enum", "CREATE TYPE e AS ENUM ('a', 'b')", "CREATE TABLE x (s e)"),
        ("numbers", "", "CREATE TABLE x (s int CHECK (s IN (1, 2)))"),
        ("single", "", "CREATE TABLE x (s text CHECK (s = 'a'), t text CHECK (t IN ('a')), u text CHECK (u IN ('a', 'a')))"),
        ("more", "", "CREATE TABLE x (s text CHECK (s IN ('a', 'b') AND length(s) = 1), n int, CHECK (s IN ('a', 'b') OR n > 0))"),
        ("null_of_another", "", "CREATE TABLE x (s text, t text, CHECK (s IN ('a', 'b') OR t IS NULL))"),
        ("two_columns", "", "CREATE TABLE x (s text, t text, CHECK (s = 'a' OR t = 'b'))"),
        ("not_in", "", "CREATE TABLE x (s text CHECK (s NOT IN ('a', 'b')))"),
        ("function", "", "CREATE TABLE x (s text CHECK (lower(s) IN ('a', 'b')))"),
        ("too_long_for_a_label", "", f"CREATE TABLE x (s text CHECK (s IN ('a', '{LONG}')))"),
        ("generated", "", "CREATE TABLE x (a text, s text GENERATED ALWAYS AS (lower(a)) STORED CHECK (s IN ('a', 'b')))"),
        ("legacy", T, ["ALTER TABLE t ADD a int", "ALTER TABLE t RENAME CONSTRAINT ck_old TO ck", "ALTER TABLE t ALTER old TYPE varchar"]),
        ("legacy_list_changed", T, "ALTER TABLE t DROP CONSTRAINT ck_old, ADD CONSTRAINT ck_old CHECK (old IN ('a', 'b', 'c'))"),
        ("legacy_fixed", T, ["CREATE TYPE e AS ENUM ('a', 'b')", "ALTER TABLE t DROP CONSTRAINT ck_old, ALTER old TYPE e USING old::e"]),
        ("lengths", "", "CREATE TABLE x (s text CHECK (length(s) IN (8, 11)))"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("child", T, "CREATE TABLE x () INHERITS (t)"),
        ("migration_table", "", "CREATE TABLE schema_migrations (s text CHECK (s IN ('a', 'b')))"),
        ("temporary", "", "CREATE TEMPORARY TABLE x (s text CHECK (s IN ('a', 'b')))"),
        ("domain_check", "", "CREATE DOMAIN d AS text CHECK (value IN ('a', 'b'))"),
    ]  # fmt: skip

    refused_at_once = ("CREATE TABLE x (s text CONSTRAINT ck CHECK (s IN ('a', 'b')))", "x.ck")
    exempt = Exemption(
        {"exempt_tables": "x"},
        passes="CREATE TABLE x (s text CONSTRAINT ck CHECK (s IN ('a', 'b')))",
        leaves="ALTER TABLE x RENAME TO y",
        violations="y.ck",
    )

    fixes = [
        ("plain", f"{PLAIN}; INSERT INTO t VALUES (1, 'a'), (2, 'it''s'), (3, NULL)", ADD),
        ("default", f"{PLAIN}; ALTER TABLE t ALTER status SET DEFAULT 'it''s', ALTER status SET NOT NULL", ADD),
        ("computed_default", f"{PLAIN}; ALTER TABLE t ALTER status SET DEFAULT lower('A')", ADD),
        ("varchar", f"{PLAIN}; ALTER TABLE t ALTER status TYPE varchar(9), ALTER status SET DEFAULT 'a'", ADD),
        ("char", f"{PLAIN}; ALTER TABLE t ALTER status TYPE char(9), ALTER status SET DEFAULT 'a'", ADD),
        ("type_name_taken", f"{PLAIN}; CREATE TYPE t_status AS (a int)", ADD),
        ("added", PLAIN, "ALTER TABLE t ADD kind text CONSTRAINT ck CHECK (kind IN ('a', 'b'))"),
        ("added_with_default", f"{PLAIN}; INSERT INTO t VALUES (1)", "ALTER TABLE t ADD kind varchar NOT NULL DEFAULT 'a' CONSTRAINT ck CHECK (kind IN ('a', 'b'))"),
        ("partitioned", "CREATE TABLE ev (id int, status text) PARTITION BY RANGE (id); CREATE TABLE ev1 PARTITION OF ev DEFAULT",
         "ALTER TABLE ev ADD CONSTRAINT ck CHECK (status IN ('a', 'b'))"),
        ("odd_names", 'CREATE TABLE "T 1" ("select" text)', 'ALTER TABLE "T 1" ADD CONSTRAINT "C 1" CHECK ("select" IN (\'a\', \'b\'))'),
    ]  # fmt: skip


@pytest.mark.parametrize("check", [
    "s IN ('a', 'b')", "s = ANY (ARRAY['a', 'b'])", "s = ANY ('{a,b}')", "s = 'a' OR s = 'b'", "s IN ('a', 'b') OR s = 'c'",
    "s IN ('a', 'b') OR s IS NULL", "s IS NULL OR s = 'a' OR s = 'b'",
])  # fmt: skip
@pytest.mark.parametrize("data_type", ["text", "varchar", "varchar(9)", "char(3)"])
def test_every_way_to_say_it(guard, data_type, check):
    guard.check_only(RULE).refuses(f"CREATE TABLE x (s {data_type} CONSTRAINT ck CHECK ({check}))", adds=f"{RULE} x.ck")


def test_fix_of_a_refused_table(guard):
    cases.fix_instead(guard, RULE, "", "CREATE TABLE x (s text NOT NULL DEFAULT 'a' CONSTRAINT ck CHECK (s IN ('a', 'b')))")
    guard.session.run("INSERT INTO x DEFAULT VALUES")
    assert guard.session.rows("SELECT s::text, pg_typeof(s)::text FROM x") == [("a", "x_s")]


def test_another_operator_of_the_same_name_lists_nothing(guard):
    guard.prepare(
        "CREATE SCHEMA my",
        "CREATE FUNCTION my.same(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        "CREATE OPERATOR my.= (FUNCTION = my.same, LEFTARG = text, RIGHTARG = text)",
    )
    guard.check_only(RULE).passes("CREATE TABLE t (a text CHECK (a OPERATOR(my.=) ANY ('{x,y}')))")


def test_a_check_beside_the_column_is_left_out(guard):
    found = cases.fix_instead(guard, RULE, "", "CREATE TABLE x (s text NOT NULL, CONSTRAINT ck CHECK (s IN ('a', 'b')))")
    assert found[0].lines[-1] == "-- Leave out constraint ck."
    assert guard.session.rows("SELECT conname FROM pg_constraint WHERE conrelid = 'x'::regclass AND contype = 'c'") == []


STATES = (
    "CREATE TABLE states (code varchar(5) CONSTRAINT pk_states PRIMARY KEY);"
    " CREATE TABLE pairs (a varchar(5), b varchar(5), CONSTRAINT pk_pairs PRIMARY KEY (a, b)); CREATE TABLE t (id int)"
)


@pytest.mark.parametrize("statement", [
    "CREATE TABLE x (s varchar(5) CONSTRAINT fk REFERENCES states CONSTRAINT ck CHECK (s IN ('a', 'b')))",
    "CREATE TABLE x (s varchar(5) CONSTRAINT ck CHECK (s IN ('a', 'b')), b varchar(5), CONSTRAINT fk FOREIGN KEY (s, b) REFERENCES pairs)",
    "ALTER TABLE t ADD COLUMN s varchar(5) CONSTRAINT fk REFERENCES states CONSTRAINT ck CHECK (s IN ('a', 'b'))",
])  # fmt: skip
def test_an_enum_does_not_fit_a_foreign_key(guard, statement):
    guard.prepare(STATES)
    guard.check_only(RULE)
    (fix,) = fixes.refuse(guard, statement)
    cases.expect_comment(guard, fix)
    assert "The columns on both sides of foreign key fk have to be changed together" in fix.text


def test_a_generated_column_leaves_the_other_fixes(guard):
    guard.check_only(RULE, "unnamed_constraint")
    table = (
        "CREATE TABLE x (s varchar(5) NOT NULL DEFAULT 'a' UNIQUE CHECK (s IN ('a', 'b')),"
        " g varchar(20) GENERATED ALWAYS AS (s || 'z') STORED)"
    )
    found = fixes.refuse(guard, table)
    (enum,) = [fix for fix in found if fix.rule == RULE]
    assert "and write column g anew, which is generated from it: GENERATED ALWAYS AS (" in enum.text
    named = [fix for fix in found if fix.rule == "unnamed_constraint"]
    guard.configure(check_instead_of_enum="off").passes(*fixes.write_again(named, table))
