"""A primary-key column of a type that is not allowed. It is checked when the key is made and when its type changes."""

import cases
import fixes
import pytest
from rule_test import Exemption, RuleTest

RULE = "disallowed_primary_key_type"

LEGACY = "CREATE TABLE legacy (id int CONSTRAINT pk_legacy PRIMARY KEY, note text)"
FINE = "CREATE TABLE fine (id bigint CONSTRAINT pk_fine PRIMARY KEY, code int NOT NULL)"
PLAIN = "CREATE TABLE plain (id int NOT NULL, big bigint NOT NULL)"
DOMAINS = "CREATE DOMAIN good_id AS uuid; CREATE DOMAIN good_code AS varchar(36); CREATE DOMAIN bad_id AS int"


class TestDisallowedPrimaryKeyType(RuleTest):
    rule = RULE

    bad = [
        ("integer", "", "CREATE TABLE t (id int PRIMARY KEY)", "t.id"),
        ("serial", "", "CREATE TABLE t (id serial PRIMARY KEY)", "t.id"),
        ("smallint", "", "CREATE TABLE t (id smallint PRIMARY KEY)", "t.id"),
        ("text", "", "CREATE TABLE t (code text PRIMARY KEY)", "t.code"),
        ("varchar", "", "CREATE TABLE t (code varchar PRIMARY KEY)", "t.code"),
        ("other_length", "", "CREATE TABLE t (code varchar(37) PRIMARY KEY)", "t.code"),
        ("char", "", "CREATE TABLE t (code char(36) PRIMARY KEY)", "t.code"),
        ("table_level", "", "CREATE TABLE t (id int, PRIMARY KEY (id))", "t.id"),
        ("one_of_two", "", "CREATE TABLE t (a bigint, b date, PRIMARY KEY (a, b))", "t.b"),
        ("both", "", "CREATE TABLE t (a int, b date, PRIMARY KEY (a, b))", ["t.a", "t.b"]),
        ("domain", DOMAINS, "CREATE TABLE t (id bad_id PRIMARY KEY)", "t.id"),
        ("add_key", PLAIN, "ALTER TABLE plain ADD PRIMARY KEY (id)", "plain.id"),
        ("add_column", "CREATE TABLE t (a int)", "ALTER TABLE t ADD id int PRIMARY KEY", "t.id"),
        ("using_index", f"{PLAIN}; CREATE UNIQUE INDEX ix ON plain (id)", "ALTER TABLE plain ADD PRIMARY KEY USING INDEX ix", "plain.id"),
        ("retyped", FINE, "ALTER TABLE fine ALTER id TYPE int", "fine.id"),
        ("legacy_retyped", LEGACY, "ALTER TABLE legacy ALTER id TYPE numeric", "legacy.id"),
        ("partitioned", "", "CREATE TABLE t (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)", "t.id"),
    ]  # fmt: skip

    bad_like = [("like", LEGACY, "CREATE TABLE t (LIKE legacy INCLUDING INDEXES)", "t.id")]

    good = [
        ("bigint", "", "CREATE TABLE t (id int8 PRIMARY KEY)"),
        ("bigserial", "", "CREATE TABLE t (id bigserial PRIMARY KEY)"),
        ("uuid", "", "CREATE TABLE t (id uuid PRIMARY KEY)"),
        ("varchar_36", "", "CREATE TABLE t (id varchar(36) PRIMARY KEY)"),
        ("domains", DOMAINS, ["CREATE TABLE t (id good_id PRIMARY KEY)", "CREATE TABLE u (id good_code PRIMARY KEY)"]),
        ("no_key", "", "CREATE TABLE t (id int UNIQUE)"),
        ("not_in_the_key", "", "CREATE TABLE t (id bigint PRIMARY KEY, n int)"),
        ("refers_to_legacy", LEGACY, "CREATE TABLE t (id int PRIMARY KEY REFERENCES legacy)"),
        ("partition_column", "", "CREATE TABLE t (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)"),
        ("partition", "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)", "CREATE TABLE t1 PARTITION OF t DEFAULT"),
        ("child", LEGACY, "CREATE TABLE t (PRIMARY KEY (id)) INHERITS (legacy)"),
        ("legacy", LEGACY, ["ALTER TABLE legacy ADD b int", "ALTER TABLE legacy RENAME id TO key", "ALTER TABLE legacy ALTER note TYPE varchar(9)"]),
        ("legacy_key_anew", LEGACY, ["ALTER TABLE legacy DROP CONSTRAINT pk_legacy, ADD PRIMARY KEY (id)"]),
        ("fixed", LEGACY, "ALTER TABLE legacy ALTER id TYPE bigint"),
        ("alembic", "", "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"),
        ("temporary", "", "CREATE TEMPORARY TABLE t (id int PRIMARY KEY)"),
        ("types", "", ["CREATE TYPE c AS (id int)", "CREATE DOMAIN d AS int"]),
        ("type_dropped", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id e PRIMARY KEY, b int)", "DROP TYPE e CASCADE"),
    ]  # fmt: skip

    bad += [
        ("refers_to_itself", "", "CREATE TABLE t (id int PRIMARY KEY REFERENCES t)", "t.id"),
        ("childs_own_key", "CREATE TABLE p (id int)", "CREATE TABLE t (PRIMARY KEY (id)) INHERITS (p)", "t.id"),
        ("refers_to_a_migration_table", "CREATE TABLE schema_migrations (version int PRIMARY KEY)",
         "CREATE TABLE t (id int PRIMARY KEY REFERENCES schema_migrations)", "t.id"),
    ]  # fmt: skip
    good += [
        ("childs_own_key_over_a_reported_column", "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE t (PRIMARY KEY (id)) INHERITS (p)"),
        ("shares_a_key", "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE t (id int PRIMARY KEY REFERENCES p, FOREIGN KEY (id) REFERENCES t)"),
    ]  # fmt: skip

    refused_at_once = ("CREATE TABLE t (id int PRIMARY KEY)", "t.id")
    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (id int PRIMARY KEY)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.id",
    )


@pytest.mark.parametrize("types, good, bad", [
    ("integer", "int4", "bigint"),
    ("int, int8", "bigint", "uuid"),
    ("varchar", "varchar(9)", "text"),
    ("numeric(12,2), uuid", "numeric(12,2)", "numeric(10,2)"),
])  # fmt: skip
def test_types(guard, types, good, bad):
    guard.check_only(RULE).configure(primary_key_types=types)
    guard.passes(f"CREATE TABLE t (id {good} PRIMARY KEY)")
    guard.refuses(f"CREATE TABLE u (id {bad} PRIMARY KEY)", adds=f"{RULE} u.id")


def test_the_period_of_a_temporal_key_is_a_range(guard, needs):
    needs(18)
    guard.administer("CREATE EXTENSION btree_gist")
    key = "during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS)"
    guard.check_only(RULE).passes(f"CREATE TABLE t (id bigint, {key})")
    guard.refuses(f"CREATE TABLE u (id int, {key})", adds=f"{RULE} u.id")


@pytest.mark.parametrize("name", ["oid8", "regdatabase"])
def test_types_from_19_on(guard, needs, name):
    needs(19)
    guard.check_only(RULE).configure(primary_key_types=name).passes(f"CREATE TABLE t (id {name} PRIMARY KEY)")
    guard.configure(primary_key_types="bigint")
    guard.refuses(f"CREATE TABLE u (id {name} PRIMARY KEY)", adds=f"{RULE} u.id")


def test_an_empty_list_allows_every_type(guard):
    guard.check_only(RULE).configure(primary_key_types="").passes("CREATE TABLE t (id int PRIMARY KEY)")


UUID = {"primary_key_types": "uuid"}
FIXES = [
    ("integer", PLAIN, "ALTER TABLE plain ADD CONSTRAINT pk PRIMARY KEY (id)"),
    ("retyped", FINE, "ALTER TABLE fine ALTER id TYPE int"),
    ("add_column", PLAIN, "ALTER TABLE plain ADD key int CONSTRAINT pk PRIMARY KEY"),
    ("add_serial", PLAIN, "ALTER TABLE plain ADD key serial PRIMARY KEY"),
    ("add_identity", PLAIN, "ALTER TABLE plain ADD key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    ("create", "", "CREATE TABLE t (id int PRIMARY KEY)"),
    ("create_serial", "", "CREATE TABLE t (id serial PRIMARY KEY)"),
    ("create_identity", "", "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)"),
    ("create_default", "", "CREATE TABLE t (id int DEFAULT 5 PRIMARY KEY)"),
    ("text", "CREATE TABLE t (code text DEFAULT 'x')", "ALTER TABLE t ADD PRIMARY KEY (code)"),
    ("char", "CREATE TABLE t (code char(9))", "ALTER TABLE t ADD PRIMARY KEY (code)"),
    ("numeric", "CREATE TABLE t (n numeric(5))", "ALTER TABLE t ADD PRIMARY KEY (n)"),
    ("numeric_with_decimals", "CREATE TABLE t (n numeric(5,2))", "ALTER TABLE t ADD PRIMARY KEY (n)"),
    ("varchar", "CREATE TABLE t (code varchar(5))", "ALTER TABLE t ADD PRIMARY KEY (code)"),
    ("date_added", "CREATE TABLE t ()", "ALTER TABLE t ADD id date PRIMARY KEY"),
    ("date", "CREATE TABLE t (at date DEFAULT now())", "ALTER TABLE t ADD PRIMARY KEY (at)"),
    ("odd_names", 'CREATE TABLE "T 1" ("select" int)', 'ALTER TABLE "T 1" ADD PRIMARY KEY ("select")'),
]


@pytest.mark.parametrize("options", [{}, UUID, {"primary_key_types": "varchar(36)"}], ids=["default", "uuid", "varchar"])
@cases.parametrize("setup, sql", FIXES)
def test_fix(guard, setup, sql, options):
    guard.configure(**options)
    setup = f"DROP TABLE customers; {setup}"
    if "IDENTITY" in sql and "varchar(36)" in options.values():
        assert "It would not count any more" in cases.fix_by_hand(guard, RULE, setup, sql)
    else:
        cases.fix_afterwards(guard, RULE, setup, sql)


@pytest.mark.parametrize("options", [{}, UUID], ids=["default", "uuid"])
@cases.parametrize("setup, sql", FIXES)
def test_fix_instead(guard, setup, sql, options):
    guard.configure(**options)
    cases.fix_instead(guard, RULE, f"DROP TABLE customers; {setup}", sql)


def test_the_sequence_grows_as_well(guard):
    guard.check_only(RULE).configure(mode="warn")
    guard.session.run("CREATE TABLE t (id serial PRIMARY KEY)")
    guard.session.run(guard.session.take_messages()[0].hint)
    assert guard.session.rows("SELECT seqtypid::regtype::text FROM pg_sequence WHERE seqrelid = 't_id_seq'::regclass") == [("bigint",)]


def test_both_columns_are_changed_at_once(guard):
    guard.check_only(RULE)
    table = "CREATE TABLE t (a int, b int, note text, CONSTRAINT pk_t PRIMARY KEY (a, b))"
    guard.passes(*fixes.write_again(fixes.refuse(guard, table), table))
    assert guard.session.rows("SELECT count(*) FROM pg_constraint WHERE conname = 'pk_t'") == [(1,)]


def test_a_key_with_a_meaning_stays_unique(guard):
    guard.prepare("CREATE TABLE t (at date, n bigint)", "INSERT INTO t VALUES ('2024-01-01', 1)")
    fix = cases.fix_afterwards(guard, RULE, "DROP TABLE customers", "ALTER TABLE t ADD CONSTRAINT pk_t PRIMARY KEY (at)")
    assert "ADD CONSTRAINT uq_t_at UNIQUE (at)" in fix.text
    assert guard.session.rows("SELECT at::text, id FROM t") == [("2024-01-01", 1)]


@pytest.mark.parametrize("data_type, value, type_after", [
    ("numeric(12,2)", "3.49", "numeric"),
    ("numeric", "3.49", "numeric"),
    ("numeric(5)", "349", "bigint"),
    ("varchar(5)", "DE", "character varying"),
    ("varchar(50)", "DE", "character varying"),
    ("text", "DE", "character varying"),
    ("char(5)", "DE", "character varying"),
])  # fmt: skip
def test_the_values_of_a_key_remain(guard, data_type, value, type_after):
    guard.prepare(f"CREATE TABLE t (code {data_type})", f"INSERT INTO t VALUES ('{value}')")
    cases.fix_afterwards(guard, RULE, "DROP TABLE customers", "ALTER TABLE t ADD CONSTRAINT pk_t PRIMARY KEY (code)")
    assert guard.session.rows("SELECT code::text, pg_typeof(code)::text FROM t") == [(value, type_after)]


def test_new_values_carry_a_caution(guard):
    guard.configure(**UUID)
    fix = cases.fix_afterwards(guard, RULE, "DROP TABLE customers", "CREATE TABLE t (id int PRIMARY KEY)")
    assert "gives every row a new value" in fix.caution


@pytest.mark.parametrize("first", ["bigint", "int"])
def test_a_key_over_a_number_with_decimals_stays_unique(guard, first):
    guard.prepare("DROP TABLE customers", f"CREATE TABLE t (a {first}, b numeric(5,2))", "INSERT INTO t VALUES (1, 1.5), (1, 1.25)")
    guard.check_only(RULE).configure(mode="warn")
    fix = fixes.warn(guard, "ALTER TABLE t ADD PRIMARY KEY (a, b)")[-1]
    guard.passes(fix.text)
    cases.expect_clean(guard)
    assert guard.session.rows("SELECT b::text FROM t ORDER BY id") == [("1.50",), ("1.25",)]


def test_a_key_of_a_partitioned_table_is_replaced(guard):
    table = "CREATE TABLE t (n numeric(5,2), at date, PRIMARY KEY (n, at)) PARTITION BY RANGE (at)"
    cases.fix_afterwards(guard, RULE, "DROP TABLE customers", table)
