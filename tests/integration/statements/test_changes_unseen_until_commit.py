"""What a transaction changes after a table was checked, without an event trigger that would tell, is found at COMMIT.

The facts about a table are kept from the end of its statement, so each kind of fact has a case: something changes it
alone.
"""

import cases
import pytest

# Runs a statement for which no event trigger fires.
UNGUARDED = """
    CREATE FUNCTION unguarded(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET session_replication_role = replica AS $$ BEGIN EXECUTE statement; END $$
"""
TABLE = """
    CREATE TABLE orders (
        id bigint CONSTRAINT pk_orders PRIMARY KEY, customer_id bigint NOT NULL, amount integer NOT NULL, note text,
        CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE,
        CONSTRAINT ck_amount CHECK (amount > 0))
"""
INDEX = "CREATE INDEX ix_customer ON orders (customer_id)"
UNIQUE = "CREATE UNIQUE INDEX ix_amount ON orders (amount)"

# The rule, its settings, what changes unseen, and what COMMIT finds.
CHANGES = [
    ("a_key", "fk_without_index", {},
     "ALTER TABLE orders ADD CONSTRAINT fk_amount FOREIGN KEY (amount) REFERENCES customers ON DELETE CASCADE",
     "orders.fk_amount"),
    ("the_list_of_indexes", "fk_without_index", {}, "DROP INDEX ix_customer", "orders.fk_customer"),
    ("a_new_index", "duplicate_index", {}, "CREATE INDEX ix_again ON orders (customer_id)", "orders"),
    ("the_name_of_an_index", "misnamed_index", {"index_name_pattern": "ix_.*"},
     "ALTER INDEX ix_customer RENAME TO customer", "orders"),
    ("the_name_of_a_check", "misnamed_constraint", {"check_name_pattern": "ck_.*"},
     "ALTER TABLE orders RENAME CONSTRAINT ck_amount TO amount_is_positive", "orders.amount_is_positive"),
    ("the_name_of_a_key", "misnamed_constraint", {"fk_name_pattern": "fk_.*"},
     "ALTER TABLE orders RENAME CONSTRAINT fk_customer TO customer", "orders.customer"),
    ("the_name_of_the_primary_key", "misnamed_constraint", {"pk_name_pattern": "pk_.*"},
     "ALTER INDEX pk_orders RENAME TO orders_pkey", "orders.orders_pkey"),
    ("a_key_over_an_index_that_was_there", "misnamed_constraint", {"unique_name_pattern": "uq_.*"},
     "ALTER TABLE orders ADD CONSTRAINT ix_amount UNIQUE USING INDEX ix_amount", "orders.ix_amount"),
    ("a_new_check", "constraint_not_validated", {},
     "ALTER TABLE orders ADD CONSTRAINT ck_note CHECK (note > 'a') NOT VALID", "orders.ck_note"),
    ("the_primary_key", "table_without_primary_key", {}, "ALTER TABLE orders DROP CONSTRAINT pk_orders", "orders"),
    ("the_name_of_a_column", "misnamed_column", {"column_name_pattern": "[a-z_]+"},
     "ALTER TABLE orders RENAME amount TO amount_2", "orders.amount_2"),
    ("the_name_of_the_table", "misnamed_table", {"table_name_pattern": "[a-z_]+"},
     "ALTER TABLE orders RENAME TO orders_2", "orders_2"),
    ("not_null", "nullable_column", {"nullable_column_types": "integer"},
     "ALTER TABLE orders ALTER amount DROP NOT NULL", "orders.amount"),
    ("a_type", "unbounded_string", {}, "ALTER TABLE orders ALTER amount TYPE text", "orders.amount"),
    ("a_new_column", "nullable_boolean", {}, "ALTER TABLE orders ADD done boolean", "orders.done"),
]


@pytest.fixture
def unguarded(guard):
    """The guard, with a function that changes tables without its seeing it."""
    guard.administer(UNGUARDED)
    return guard


def unseen(statement):
    quoted = statement.replace("'", "''")
    return f"SELECT unguarded('{quoted}')"


@pytest.mark.parametrize("rule, settings, change, place", [case[1:] for case in CHANGES], ids=[it[0] for it in CHANGES])
def test_found_at_commit(unguarded, rule, settings, change, place):
    unguarded.check_only(rule).configure(**settings)
    unguarded.refuses_at_commit(TABLE, INDEX, UNIQUE, unseen(change), adds=f"{rule} {place}")


@pytest.mark.parametrize("rule, settings, change", [case[1:4] for case in CHANGES], ids=[it[0] for it in CHANGES])
def test_rolled_back_before_commit(unguarded, rule, settings, change):
    unguarded.check_only(rule).configure(**settings)
    unguarded.passes_in_transaction(TABLE, INDEX, UNIQUE, "SAVEPOINT s", unseen(change), "ROLLBACK TO s")


SCHEMA = "CREATE SCHEMA plain AUTHORIZATION app"


@cases.parametrize(
    "change",
    [
        ("the_table_moves", "ALTER TABLE plain.orders SET SCHEMA public"),
        ("its_schema_is_renamed", "ALTER SCHEMA plain RENAME TO other"),
    ],
)
def test_the_schema_of_a_table(unguarded, change):
    unguarded.administer(SCHEMA)
    unguarded.check_only("table_without_primary_key").configure(exempt_schemas="plain")
    schema = "other." if "RENAME" in change else ""
    adds = f"table_without_primary_key {schema}orders"
    unguarded.refuses_at_commit("CREATE TABLE plain.orders (id bigint)", unseen(change), adds=adds)


def test_a_setting_that_changes_before_commit(unguarded):
    guard = unguarded.as_superuser().check_only("misnamed_index").configure(index_name_pattern=".*")
    guard.refuses_at_commit(
        TABLE, INDEX, "SET LOCAL guardrail.index_name_pattern = 'idx_.*'", adds=["misnamed_index orders"] * 1
    )


def test_while_the_mode_is_off(guard):
    guard.as_superuser().check_only("misnamed_constraint").configure(unique_name_pattern="uq_.*")
    statements = [
        "SET LOCAL guardrail.mode = off",
        "ALTER TABLE orders ADD CONSTRAINT ix_amount UNIQUE USING INDEX ix_amount",
        "SET LOCAL guardrail.mode = enforce",
    ]
    guard.refuses_at_commit(TABLE, UNIQUE, *statements, adds="misnamed_constraint orders.ix_amount")
