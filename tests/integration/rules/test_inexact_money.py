"""Money in a column of a floating-point type or of type money. The rule is checked at the end of the statement."""

import cases
import fixes
import pytest
from rule_test import Exemption, RuleTest

RULE = "inexact_money"

T = "CREATE TABLE t (id int, price numeric(12,2), worth float8, old_price float8)"
EV = "CREATE TABLE ev (id int, price float8) PARTITION BY RANGE (id)"
DOMAINS = "CREATE DOMAIN amounts AS float8[]; CREATE DOMAIN sum AS real"
ROWS = f"{T}; INSERT INTO t VALUES (1, 2.5, 3.456, 4)"
FIXES = [
    ("added", T, "ALTER TABLE t ADD cost float8"),
    ("everything", ROWS, "ALTER TABLE t ADD cost float8 NOT NULL DEFAULT 1.5 CONSTRAINT ck CHECK (cost > 0)"),
    ("money", ROWS, "ALTER TABLE t ADD cost money NOT NULL DEFAULT 1.5"),
    ("array", ROWS, "ALTER TABLE t ADD costs float8[] DEFAULT '{}'"),
    ("domain", f"{DOMAINS}; {ROWS}", "ALTER TABLE t ADD cost sum DEFAULT 2"),
    ("retyped", ROWS, "ALTER TABLE t ALTER price TYPE float8"),
    ("renamed", ROWS, "ALTER TABLE t RENAME worth TO total"),
    ("partitioned", "CREATE TABLE ev (id int) PARTITION BY RANGE (id)", "ALTER TABLE ev ADD price real"),
    ("odd_names", 'CREATE TABLE "T 1" (); ', 'ALTER TABLE "T 1" ADD "a b_price" real'),
]
GENERATED = "ALTER TABLE t ADD cost float8 GENERATED ALWAYS AS (worth + 1) STORED"
# Without the column that violated the rule before, nothing violates it after the fix.
UNDONE = "; ALTER TABLE IF EXISTS t DROP IF EXISTS old_price"


class TestInexactMoney(RuleTest):
    rule = RULE

    bad = [
        ("double", "", "CREATE TABLE x (price double precision)", "x.price"),
        ("real", "", "CREATE TABLE x (price real)", "x.price"),
        ("money", "", "CREATE TABLE x (anything money)", "x.anything"),
        ("money_array", "", "CREATE TABLE x (anything money[])", "x.anything"),
        ("array", "", "CREATE TABLE x (prices float8[])", "x.prices"),
        ("domain", DOMAINS, "CREATE TABLE x (total sum, fees amounts)", ["x.total", "x.fees"]),
        ("added", T, "ALTER TABLE t ADD cost float8", "t.cost"),
        ("retyped", T, "ALTER TABLE t ALTER price TYPE float8", "t.price"),
        ("renamed", T, "ALTER TABLE t RENAME worth TO total_cost", "t.total_cost"),
        ("table_as", "", "CREATE TABLE x AS SELECT 1.5::float8 AS amount", "x.amount"),
        ("partitioned", "", EV, "ev.price"),
        ("own_of_child", T, "CREATE TABLE x (fee real) INHERITS (t)", "x.fee"),
    ]

    bad_like = [("like", T, "CREATE TABLE x (LIKE t)", "x.old_price")]

    good = [
        ("numeric", "", "CREATE TABLE x (price numeric(12,2), total_cents bigint, cost integer)"),
        ("other_names", "", "CREATE TABLE x (total_count float8, price_id real, fee_rate real, weight float8, amounts_left real)"),
        ("composite", "CREATE TYPE point3 AS (x float8)", "CREATE TABLE x (price point3)"),
        ("legacy", T, ["ALTER TABLE t ADD a int", "ALTER TABLE t RENAME old_price TO older_price", "ALTER TABLE t ALTER older_price SET NOT NULL"]),
        ("legacy_fixed", T, "ALTER TABLE t ALTER old_price TYPE numeric(12,2)"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("detached", f"{EV}; CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("child", T, "CREATE TABLE x () INHERITS (t)"),
        ("migration_table", "", "CREATE TABLE schema_migrations (cost float8)"),
        ("temporary", "", "CREATE TEMPORARY TABLE x (price float8)"),
        ("types", "", ["CREATE TYPE c AS (price float8)", "CREATE DOMAIN price AS money"]),
    ]  # fmt: skip

    refused_at_once = ("CREATE TABLE x (price float8)", "x.price")
    exempt = Exemption(
        {"exempt_tables": "x"},
        passes="CREATE TABLE x (price float8)",
        leaves="ALTER TABLE x RENAME TO y",
        violations="y.price",
    )

    fixes = [(case, setup + UNDONE, statement) for case, setup, statement in FIXES]
    fixes_instead = [("generated", ROWS + UNDONE, GENERATED)]
    by_hand = [("generated", ROWS, GENERATED, "cannot convert a generated column")]


@pytest.mark.parametrize("name", ["amount", "unit_price", "order_total", "salaries", "amount_due", "price_eur", "shipping_costs"])
def test_names_that_say_money(guard, name):
    guard.check_only(RULE).refuses(f"CREATE TABLE x ({name} float8)", adds=f"{RULE} x.{name}")


def test_other_names(guard):
    guard.check_only(RULE).configure(money_columns="worth|.*_worth").passes("CREATE TABLE x (price float8)")
    guard.refuses("CREATE TABLE y (net_worth float8, m money)", adds=[f"{RULE} y.net_worth", f"{RULE} y.m"])


def test_fix_of_a_refused_table(guard):
    cases.fix_instead(guard, RULE, "", "CREATE TABLE x (a int, price float8 NOT NULL DEFAULT 0)")
    assert guard.session.rows("SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
                              " WHERE attrelid = 'x'::regclass AND attname = 'price'") == [("numeric(12,2)", True)]  # fmt: skip


KEY = "CREATE TABLE rates (price float8 CONSTRAINT pk_rates PRIMARY KEY)"


def test_a_foreign_key_to_a_floating_point_column_is_changed_by_hand(guard):
    guard.prepare(KEY)
    guard.check_only(RULE)
    (fix,) = fixes.refuse(guard, "CREATE TABLE x (price float8 NOT NULL CONSTRAINT fk REFERENCES rates)")
    cases.expect_comment(guard, fix)
    assert "foreign key fk" in fix.text


@pytest.mark.parametrize("other", ["fk_without_index", "fk_type_mismatch"])
def test_no_other_rule_undoes_an_exact_type(guard, other):
    guard.prepare(KEY)
    guard.check_only(other).configure(inexact_money="error", mode="warn")
    (fix,) = fixes.warn(guard, "CREATE TABLE x (price numeric(12,2) NOT NULL CONSTRAINT fk REFERENCES rates)")
    cases.expect_comment(guard, fix)
    assert "must not be of type double precision" in fix.text


def test_floating_point_numbers_keep_their_digits(guard):
    guard.prepare("CREATE TABLE x (worth real)", "INSERT INTO x VALUES (12345.67)")
    cases.fix_afterwards(guard, RULE, "", "ALTER TABLE x RENAME worth TO price")
    assert guard.session.rows("SELECT price::text FROM x") == [("12345.67",)]
