"""`make check`: what is a transaction in a file, and what cannot be one."""

import pytest
from test_violations import CUSTOMERS, INDEX, ORDERS, at, naive

NO_INDEX = "fk_without_index orders.fk_orders_customer"


@pytest.mark.parametrize(
    "head",
    [
        "-- no-transaction",
        "-- atlas:txmode none",
        "-- +goose NO TRANSACTION\n-- +goose Up",
        "-- migrate:up transaction:false",
        "-- +migrate Up notransaction",
    ],
)
def test_a_file_may_say_that_it_is_no_transaction(check, head):
    check.write(**{"1": f"{head}\n{CUSTOMERS}{ORDERS}{INDEX}"})
    (violation,) = check.run().violations
    assert violation.endswith(NO_INDEX)


@pytest.mark.parametrize(
    ("name", "beside", "text"),
    [
        ("V1__a.sql", "V1__a.sql.conf", "executeInTransaction=false\n"),
        ("2024_a/up.sql", "2024_a/metadata.toml", "run_in_transaction = false\n"),
    ],
)
def test_a_file_beside_it_may_say_so(check, name, beside, text):
    check.write_files({name: CUSTOMERS + ORDERS + INDEX})
    assert check.run().violations == []
    check.write_files({beside: text})
    assert check.run().violations == [f"m/{name}:2 {NO_INDEX}"]


def test_begin_and_commit_in_the_file(check):
    check.write(**{"1": f"{CUSTOMERS}BEGIN ISOLATION LEVEL SERIALIZABLE;\n{ORDERS}{INDEX}COMMIT;\n{naive('a')}"})
    assert check.run().violations == [at(8, "a")]
    check.write(**{"1": f"{CUSTOMERS}START TRANSACTION;\n{ORDERS}END;\n{INDEX}"})
    assert check.run().violations == [f"m/1.sql:3 {NO_INDEX}"]


def test_what_is_rolled_back_is_no_violation(check):
    check.write(**{"1": f"BEGIN;\n{naive('a')}ROLLBACK;\n{naive('b')}", "2": naive("a")})
    assert check.run().violations == [at(4, "b"), at(1, "a", "2")]


def test_what_is_rolled_back_to_a_savepoint_is_not_all(check):
    sql = f"BEGIN; SAVEPOINT a; {naive('a')} RELEASE a; SAVEPOINT b; ROLLBACK /* not all */ TO b; COMMIT;"
    check.write_files({"1.sql": sql})
    outcome = check.run()
    assert (len(outcome.violations), outcome.status) == (1, 1), outcome.messages


def test_savepoints(check):
    check.write(
        **{
            "1": f"""BEGIN;
CREATE TABLE k (x int);
SAVEPOINT s;
{naive("gone")}ROLLBACK TO SAVEPOINT s;
{naive("a")}RELEASE s;
COMMENT ON TABLE k IS 'k';
COMMIT;
"""
        }
    )
    outcome = check.run()
    assert "m/1.sql:2 table_without_primary_key k" in outcome.violations
    assert at(6, "a") in outcome.violations
    assert outcome.status == 1


def test_concurrently(check):
    check.write(
        **{
            "1": CUSTOMERS + ORDERS + INDEX,
            "2": "CREATE INDEX CONCURRENTLY ix_a ON orders (customer_id);\nCREATE TABLE k (x int);\n"
            "REINDEX INDEX CONCURRENTLY ix_a;\nDROP INDEX CONCURRENTLY ix_a;\nVACUUM orders;",
        }
    )
    outcome = check.run()
    assert outcome.violations == [
        "m/2.sql:1 duplicate_index orders.ix_a",
        "m/2.sql:2 table_without_primary_key k",
    ], outcome.messages


def test_messages_that_the_file_has_switched_off(check):
    quiet = "SET client_min_messages = error;\n"
    second = f"{quiet}CREATE INDEX CONCURRENTLY ix_a ON orders (customer_id);"
    check.write(**{"1": CUSTOMERS + ORDERS + INDEX, "2": second})
    assert check.run().violations == ["m/2.sql:2 duplicate_index orders.ix_a"]


def test_a_role_that_may_not_set_the_mode(check):
    check.write(
        **{
            "1": "GRANT CREATE ON SCHEMA public TO app;",
            "2": f"-- no-transaction\nSET ROLE app;\n{naive('a')}BEGIN;\nSAVEPOINT s;\n{naive('b')}COMMIT;\n"
            f"SET SESSION AUTHORIZATION stranger;\nDO $$ BEGIN ASSERT current_user = 'stranger'; END $$;",
            "3": "DO $$ BEGIN ASSERT (SELECT relowner FROM pg_class WHERE relname = 'b') = 'app'::regrole; END $$",
        }
    )
    outcome = check.run()
    assert outcome.violations == [at(3, "a", "2"), at(6, "b", "2")]
    assert outcome.summary.startswith("Judged 3 files"), outcome.messages


def test_a_procedure_that_commits(check):
    procedure = "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE k (x int); COMMIT; END $$;\n"
    check.write(**{"1": procedure, "2": "-- no-transaction\nCALL p();"})
    assert check.run().violations == ["m/2.sql:2 table_without_primary_key k"]


def test_prepared_statements(check):
    check.write(**{"1": f"PREPARE p AS SELECT 1;\n{naive('a')}EXECUTE p; DEALLOCATE p;\nCOPY a TO STDOUT;"})
    outcome = check.run()
    assert outcome.violations == [at(2, "a")], outcome.messages
