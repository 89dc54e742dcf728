"""A table without a column that every table must have. The rule is checked on the final state of the transaction."""

import json

import cases
import pytest
from rule_test import Exemption, RuleTest

RULE = "missing_required_column"

CREATED = "created_at timestamptz NOT NULL DEFAULT now()"
UPDATED = "updated_at timestamptz NOT NULL DEFAULT now()"
FULL = f"CREATE TABLE t (id int, {CREATED}, {UPDATED})"
LACKING = "CREATE TABLE lacking (id int)"
TAGS = "CREATE TABLE tags (id bigint PRIMARY KEY)"
ENDS = "c bigint NOT NULL REFERENCES customers, t bigint NOT NULL REFERENCES tags"
EV = f"CREATE TABLE ev (id int, {CREATED}) PARTITION BY RANGE (id)"
ALONE = "DROP TABLE customers; "
FIXES = [
    ("missing", "", f"CREATE TABLE t (id int, {CREATED})"),
    ("type", "", f"CREATE TABLE t ({CREATED}, updated_at timestamp NOT NULL DEFAULT now())"),
    ("text", "", f"CREATE TABLE t ({CREATED}, updated_at text NOT NULL DEFAULT 'x')"),
    ("nullable", "", f"CREATE TABLE t ({CREATED}, updated_at timestamptz DEFAULT now())"),
    ("default", "", f"CREATE TABLE t ({CREATED}, updated_at timestamptz NOT NULL)"),
    ("dropped", FULL, "ALTER TABLE t DROP COLUMN created_at"),
    ("partitioned", "", EV),
    ("odd_name", "", f'CREATE TABLE "T 1" ({CREATED})'),
]


class TestMissingRequiredColumn(RuleTest):
    rule = RULE
    refused_at = "commit"

    bad = [
        ("none", "", "CREATE TABLE t (id int)", ["t", "t"]),
        ("one", "", f"CREATE TABLE t (id int, {CREATED})", "t"),
        ("other_case", "", f'CREATE TABLE t ({CREATED}, "Updated_At" timestamptz NOT NULL DEFAULT now())', "t"),
        ("type", "", f"CREATE TABLE t ({CREATED}, updated_at timestamp NOT NULL DEFAULT now())", "t.updated_at"),
        ("array", "", f"CREATE TABLE t ({CREATED}, updated_at timestamptz[] NOT NULL DEFAULT '{{}}')", "t.updated_at"),
        ("nullable", "", f"CREATE TABLE t ({CREATED}, updated_at timestamptz DEFAULT now())", "t.updated_at"),
        ("no_default", "", f"CREATE TABLE t ({CREATED}, updated_at timestamptz NOT NULL)", "t.updated_at"),
        ("default_of_another_domain", "CREATE DOMAIN moment AS timestamptz DEFAULT now(); CREATE DOMAIN bare AS moment;"
         "ALTER DOMAIN bare DROP DEFAULT", "CREATE TABLE t (created_at bare NOT NULL, updated_at moment NOT NULL)", "t.created_at"),
        ("everything", "", f"CREATE TABLE t ({CREATED}, updated_at timestamp)", "t.updated_at"),
        ("dropped", FULL, "ALTER TABLE t DROP COLUMN created_at", "t"),
        ("renamed", FULL, "ALTER TABLE t RENAME created_at TO made_at", "t"),
        ("default_dropped", FULL, "ALTER TABLE t ALTER created_at DROP DEFAULT", "t.created_at"),
        ("not_null_dropped", FULL, "ALTER TABLE t ALTER created_at DROP NOT NULL", "t.created_at"),
        ("legacy_gets_half_of_it", LACKING, "ALTER TABLE lacking ADD created_at timestamptz DEFAULT now()", "lacking.created_at"),
        ("link_with_more", TAGS, f"CREATE TABLE t ({ENDS}, {CREATED}, amount int, PRIMARY KEY (c, t))", "t"),
        ("partitioned", "", EV, "ev"),
        ("child", LACKING, f"CREATE TABLE t ({CREATED}) INHERITS (lacking)", "t"),
    ]  # fmt: skip

    good = [
        ("both", "", FULL),
        ("precise", "", f"CREATE TABLE t ({CREATED}, updated_at timestamptz(3) NOT NULL DEFAULT now())"),
        ("domain", "CREATE DOMAIN moment AS timestamptz NOT NULL", f"CREATE TABLE t ({CREATED}, updated_at moment DEFAULT now())"),
        ("domains_default", "CREATE DOMAIN moment AS timestamptz NOT NULL DEFAULT now(); CREATE DOMAIN again AS moment",
         "CREATE TABLE t (created_at moment, updated_at again)"),
        ("legacy", LACKING, ["ALTER TABLE lacking ADD a int", "ALTER TABLE lacking RENAME TO l", "ALTER TABLE l ADD PRIMARY KEY (id)"]),
        ("legacy_gets_one", LACKING, f"ALTER TABLE lacking ADD {CREATED}"),
        ("fixed_later", "", ["BEGIN", "CREATE TABLE t (id int)", f"ALTER TABLE t ADD {CREATED}, ADD updated_at timestamptz DEFAULT now()",
                              "ALTER TABLE t ALTER updated_at SET NOT NULL", "COMMIT"]),
        ("dropped_again", "", ["BEGIN", "CREATE TABLE t (id int)", "DROP TABLE t", "COMMIT"]),
        ("link", TAGS, f"CREATE TABLE t ({ENDS}, PRIMARY KEY (c, t))"),
        ("link_with_one", TAGS, f"CREATE TABLE t ({ENDS}, {CREATED})"),
        ("link_with_id", TAGS, f"CREATE TABLE t (id int PRIMARY KEY, {ENDS})"),
        ("migration_table", "", "CREATE TABLE django_migrations (id int, app text)"),
        ("partition", EV, "CREATE TABLE ev1 PARTITION OF ev DEFAULT"),
        ("detached", f"{EV}; CREATE TABLE ev1 PARTITION OF ev DEFAULT", "ALTER TABLE ev DETACH PARTITION ev1"),
        ("child", FULL, "CREATE TABLE u () INHERITS (t)"),
        ("temporary", "", "CREATE TEMPORARY TABLE t (id int)"),
        ("types", "", ["CREATE TYPE c AS (a int)", "CREATE DOMAIN d AS int", "CREATE VIEW v AS SELECT 1"]),
    ]  # fmt: skip

    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (a int)",
        leaves="ALTER TABLE t RENAME TO u",
        violations=["u"] * 2,
    )

    fixes = [(case, ALONE + setup, statement) for case, setup, statement in FIXES]


@pytest.mark.parametrize("pattern", ["log_.*", r"public\.log_x"])
def test_exempt_tables(guard, pattern):
    guard.check_only(RULE).configure(required_columns_exempt_tables=pattern).passes("CREATE TABLE log_x (a int)")
    guard.refuses("CREATE TABLE my_log_x (a int)", adds=[f"{RULE} my_log_x"] * 2)


def test_other_columns(guard):
    columns = {"key": {"type": "character varying(9)"}, "size": {"type": "int", "not_null": True}}
    guard.check_only(RULE).configure(required_columns=json.dumps(columns))
    guard.passes("CREATE TABLE a (key varchar(9), size int4 NOT NULL)")
    guard.refuses("CREATE TABLE b (key varchar(8), size int NOT NULL)", adds=f"{RULE} b.key")
    guard.refuses("CREATE TABLE b (key varchar(9), size bigint)", adds=f"{RULE} b.size")
    guard.configure(required_columns="{}").passes("CREATE TABLE b ()")


@pytest.mark.parametrize("value, words", [
    ('{"a": {"typ": "int"}}', "required_columns.a.typ: unknown field"),
    ('{"a": {"type": "int", "not_null": "yes"}}', "required_columns.a.not_null: invalid type"),
    ('{"a": "int"}', "required_columns.a: invalid type"),
    ('{"a": {"type": "int"}', "required_columns: EOF"),
    ('["a"]', "required_columns: invalid type"),
])  # fmt: skip
def test_bad_values_are_refused(guard, value, words):
    guard.as_superuser().session.run("LOAD 'pg_guardrail'")
    assert words in guard.session.expect_error(f"SET guardrail.required_columns = '{value}'")[1]


def test_fix_with_rows(guard):
    guard.prepare(ALONE, FULL, "INSERT INTO t (id) VALUES (1), (2)")
    cases.fix_before_commit(guard, RULE, "", "ALTER TABLE t ALTER created_at DROP NOT NULL", "UPDATE t SET created_at = NULL")
    assert guard.session.rows("SELECT count(created_at) FROM t") == [(2,)]


def test_fix_of_a_column_without_a_default(guard):
    guard.configure(required_columns='{"size": {"type": "integer", "not_null": true}}')
    (fix,) = cases.fix_before_commit(guard, RULE, ALONE, "CREATE TABLE t (a int)")
    assert fix.text == "ALTER TABLE public.t ADD COLUMN size integer NOT NULL;"


def test_what_a_parent_has_for_itself_alone(guard):
    requirement = {"made": {"type": "date", "default": True}}
    guard.prepare("CREATE TABLE p (made date)", "ALTER TABLE ONLY p ALTER made SET DEFAULT now()")
    guard.check_only(RULE).configure(required_columns=json.dumps(requirement))
    guard.passes("CREATE TABLE t () INHERITS (p)")
    guard.refuses_at_commit(
        "CREATE TABLE q (made date)", "CREATE TABLE u () INHERITS (q)", "ALTER TABLE ONLY q ALTER made SET DEFAULT now()",
        adds=f"{RULE} u.made",
    )  # fmt: skip


def test_foreign_keys_to_the_table_itself_make_no_join_table(guard):
    guard.check_only(RULE).configure(required_columns=json.dumps({"made": {"type": "date"}}))
    guard.refuses(
        "CREATE TABLE t (a bigint UNIQUE REFERENCES t (a), b bigint UNIQUE REFERENCES t (b))", adds=f"{RULE} t"
    )
