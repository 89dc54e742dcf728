"""What a statement changes along with its own table is checked as if it had been named itself."""

import cases
import pytest

PKT = "disallowed_primary_key_type"
TS = "timestamp_without_time_zone"

ROWS = [
    ("key_of_a_child", "CREATE TABLE p (a bigint); CREATE TABLE c (CONSTRAINT pk PRIMARY KEY (a)) INHERITS (p)",
     "ALTER TABLE p ALTER a TYPE int", f"{PKT} c.a"),
    ("key_of_a_partition", "CREATE TABLE p (a bigint, b bigint) PARTITION BY HASH (b); "
     "CREATE TABLE c PARTITION OF p (CONSTRAINT pk PRIMARY KEY (a)) FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
     "ALTER TABLE p ALTER a TYPE int", f"{PKT} c.a"),
    ("check_of_a_child", "CREATE TABLE p (s int); "
     "CREATE TABLE c (CONSTRAINT k CHECK (s::text IN ('a', 'b'))) INHERITS (p)",
     "ALTER TABLE p ALTER s TYPE varchar(5)", "check_instead_of_enum c.k"),
    ("key_of_a_child_of_a_typed_table", "CREATE TYPE ct AS (a bigint); CREATE TABLE ty OF ct; "
     "CREATE TABLE c (CONSTRAINT pk PRIMARY KEY (a)) INHERITS (ty)",
     "ALTER TYPE ct ALTER ATTRIBUTE a TYPE int CASCADE", f"{PKT} c.a"),
    ("what_a_child_keeps", "CREATE TYPE ex_ct AS (a int, at timestamp); CREATE TABLE ex_ty OF ex_ct; "
     "CREATE TABLE c (at timestamp) INHERITS (ex_ty)",
     "ALTER TYPE ex_ct DROP ATTRIBUTE at CASCADE", f"{TS} c.at"),
    ("row_type_of_a_child", "CREATE TYPE ex_ct AS (a int); CREATE TABLE ex_ty OF ex_ct; "
     "CREATE TABLE ex_c () INHERITS (ex_ty); CREATE TABLE t (v ex_c)",
     "ALTER TYPE ex_ct ADD ATTRIBUTE at timestamp CASCADE", f"{TS} t.v"),
    ("index_of_a_child_of_a_typed_table", "CREATE TYPE ct AS (a int, b int); CREATE TABLE ty OF ct; "
     "CREATE TABLE c () INHERITS (ty); CREATE INDEX ix ON c (a)",
     "ALTER TYPE ct RENAME ATTRIBUTE a TO tenant CASCADE", "tenant_index_too_short c.ix"),
]  # fmt: skip


@cases.parametrize("setup, sql, violation", ROWS)
def test_refused(guard, setup, sql, violation):
    guard.check_only(PKT, TS, "check_instead_of_enum", "tenant_index_too_short")
    guard.configure(primary_key_types="bigint", exempt_tables="ex_.*", tenant_column="tenant")
    guard.prepare(*setup.split("; "))
    message = guard.session.expect_refusal(sql)
    rule, name = violation.split()
    assert message.rules == [rule] and name.split(".")[0] in (message.table or message.detail), message
    assert guard.observe("SELECT rule FROM guardrail.audit()") == []


@pytest.mark.parametrize("setup, sql", [row[1:3] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_was_wrong_before_is_old(guard, setup, sql):
    guard.check_only("table_without_primary_key", "unnamed_constraint", "unbounded_string")
    guard.prepare(*setup.split("; "))
    guard.passes(sql)
