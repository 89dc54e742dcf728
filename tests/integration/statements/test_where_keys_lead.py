"""A column that refers to a checked one is bounded there. So a change of the keys on the way leads to what refers to it."""

import cases
import pytest

US = "unbounded_string"
END = "CREATE TABLE r (code text CONSTRAINT pk_r PRIMARY KEY CONSTRAINT ck_r CHECK (length(code) < 9))"
MIDDLE = "CREATE TABLE {} (description text CONSTRAINT uq_q UNIQUE, CONSTRAINT fk_q FOREIGN KEY (description) REFERENCES r)"
FIRST = "CREATE TABLE a (code text CONSTRAINT uq_a UNIQUE CONSTRAINT fk_a REFERENCES {} ({}))"
CHAIN = [END, MIDDLE.format("q"), FIRST.format("q", "description")]
OVER_EXEMPT = [END, MIDDLE.format("ex_q"), FIRST.format("ex_q", "description")]
SHORT = [END, FIRST.format("r", "code")]
BACK = "ALTER TABLE r ADD CONSTRAINT fk_r FOREIGN KEY (code) REFERENCES a (code)"
CIRCLE = [*SHORT[:1], "CREATE TABLE b (code text CONSTRAINT uq_b UNIQUE CONSTRAINT fk_b REFERENCES r (code))",
          FIRST.format("b", "code"), "ALTER TABLE a ADD CONSTRAINT ck_a CHECK (length(code) < 9)"]  # fmt: skip
TYPED = ["CREATE TYPE ty AS (code text)", "CREATE TABLE r OF ty (PRIMARY KEY (code), CHECK (length(code) < 9))",
         FIRST.format("r", "code")]  # fmt: skip
NOT_ENFORCED = "ALTER TABLE {} ALTER CONSTRAINT {} NOT ENFORCED"

AUDIT = "SELECT table_name FROM guardrail.audit() WHERE table_name <> 'customers'"

CHANGES = [
    ("a_key_back", 13, SHORT, BACK, "a.code"),
    ("a_circle", 13, CIRCLE, BACK, "b.code"),
    ("a_circle_enforced", 18, [*CIRCLE, f"{BACK} NOT ENFORCED"], "ALTER TABLE r ALTER CONSTRAINT fk_r ENFORCED", "b.code"),
    ("dropped", 13, CHAIN, "ALTER TABLE q DROP CONSTRAINT fk_q", "a.code"),
    ("not_enforced", 18, CHAIN, NOT_ENFORCED.format("q", "fk_q"), "a.code"),
    ("table_dropped", 13, CHAIN, "DROP TABLE r CASCADE", "a.code"),
    ("dropped_in_an_exempt_table", 13, OVER_EXEMPT, "ALTER TABLE ex_q DROP CONSTRAINT fk_q", "a.code"),
    ("not_enforced_in_an_exempt_table", 18, OVER_EXEMPT, NOT_ENFORCED.format("ex_q", "fk_q"), "a.code"),
    ("table_dropped_behind_an_exempt_table", 13, OVER_EXEMPT, "DROP TABLE r CASCADE", "a.code"),
    ("attribute_renamed", 13, TYPED, "ALTER TYPE ty RENAME ATTRIBUTE code TO description CASCADE", "a.code"),
]  # fmt: skip


@cases.parametrize("since, setup, sql, column", CHANGES)
def test_leads_back(guard, needs, since, setup, sql, column):
    needs(since)
    guard.check_only(US).configure(exempt_tables="ex_.*")
    guard.prepare(*setup)
    assert guard.observe(AUDIT) == []
    guard.refuses_at_commit(sql, adds=f"{US} {column}")


def test_what_comes_back_before_the_commit(guard):
    guard.check_only(US).prepare(*CHAIN)
    key = "ALTER TABLE q ADD CONSTRAINT fk_q FOREIGN KEY (description) REFERENCES r"
    guard.passes_in_transaction("ALTER TABLE r DROP CONSTRAINT pk_r CASCADE", "ALTER TABLE r ADD CONSTRAINT pk_r PRIMARY KEY (code)", key)


@pytest.mark.parametrize("sql", ["ALTER TABLE r RENAME code TO description", "ALTER TABLE r SET SCHEMA attic",
                                 "ALTER TABLE q DROP CONSTRAINT fk_q"])  # fmt: skip
def test_others_make_tables_that_refer_to_it(guard, sql):
    """They lock the table in the middle, and cannot see the change."""
    guard.administer("CREATE SCHEMA attic AUTHORIZATION app")
    guard.check_only(US).configure(exempt_schemas="attic")
    guard.prepare(*CHAIN[:2], "CREATE TABLE z (description text CONSTRAINT pk_z PRIMARY KEY REFERENCES q (description))")
    other = guard.connect()
    for statement in ("BEGIN", sql):
        guard.session.run(statement)
    other.run("CREATE TABLE late (code text REFERENCES z (description))")
    message = guard.session.expect_refusal("COMMIT")
    assert set(message.rules) == {US} and "late" in f"{message.primary} {message.detail}"
    assert guard.observe(AUDIT) == []


def test_a_function_that_others_use_goes_with_a_temporary_table(guard, needs):
    needs(14)
    guard.administer(f"GRANT TEMPORARY ON DATABASE {guard.dbname} TO app")
    guard.check_only(US).prepare(
        "CREATE TABLE a (t text CONSTRAINT ck CHECK (length(t) < 5))",
        "CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'",
    )
    other = guard.connect()
    body = "BEGIN ATOMIC SELECT x FROM pg_temp.tt; END"
    for sql in ("CREATE TEMPORARY TABLE tt (x int)", "BEGIN",
                f"CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql {body}"):  # fmt: skip
        guard.session.run(sql)
    other.run("ALTER TABLE a ADD CONSTRAINT ck2 CHECK (length(t) < 5 AND f(1) = 1), DROP CONSTRAINT ck")
    assert guard.session.expect_refusal("COMMIT").rule == US
    assert guard.observe(AUDIT) == []
