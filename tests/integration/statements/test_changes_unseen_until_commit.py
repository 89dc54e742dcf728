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
        id bigint CONSTRAINT pk_orders PRIMARY KEY, customer_id bigint NOT NULL, amount integer NOT NULL,
        place integer NOT NULL,
        CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE,
        CONSTRAINT ck_orders_amount CHECK (amount > 0))
"""
INDEX = "CREATE INDEX ix_orders_customer ON orders (customer_id)"
UNIQUE = "CREATE UNIQUE INDEX amount_once ON orders (amount)"
KEY = "ADD CONSTRAINT fk_orders_amount FOREIGN KEY (amount) REFERENCES customers ON DELETE CASCADE"
USING_INDEX = "ALTER TABLE orders ADD CONSTRAINT amount_once UNIQUE USING INDEX amount_once"

# The rule, what changes unseen, and what COMMIT finds.
CHANGES = [
    ("a_key", "fk_without_index", f"ALTER TABLE orders {KEY}", "orders.fk_orders_amount"),
    ("the_list_of_indexes", "fk_without_index", "DROP INDEX ix_orders_customer", "orders.fk_orders_customer"),
    ("a_new_index", "duplicate_index", "CREATE INDEX ix_again ON orders (customer_id)", "orders.ix_again"),
    ("an_index", "misnamed_index", "ALTER INDEX ix_orders_customer RENAME TO customer", "orders.customer"),
    ("a_check", "misnamed_constraint", "ALTER TABLE orders RENAME CONSTRAINT ck_orders_amount TO more", "orders.more"),
    ("a_foreign_key", "misnamed_constraint", "ALTER TABLE orders RENAME CONSTRAINT fk_orders_customer TO of",
     "orders.of"),
    ("the_index_of_a_key", "misnamed_constraint", "ALTER INDEX pk_orders RENAME TO orders_pkey", "orders.orders_pkey"),
    ("a_key_over_an_index", "misnamed_constraint", USING_INDEX, "orders.amount_once"),
    ("a_new_check", "constraint_not_validated", "ALTER TABLE orders ADD CONSTRAINT ck_place CHECK (place > 1) NOT VALID",
     "orders.ck_place"),
    ("the_primary_key", "table_without_primary_key", "ALTER TABLE orders DROP CONSTRAINT pk_orders", "orders"),
    ("a_column", "misnamed_column", 'ALTER TABLE orders RENAME place TO "Place"', "orders.Place"),
    ("the_table", "misnamed_table", 'ALTER TABLE orders RENAME TO "Orders"', "Orders"),
    ("not_null", "nullable_column", "ALTER TABLE orders ALTER place DROP NOT NULL", "orders.place"),
    ("a_type", "unbounded_string", "ALTER TABLE orders ALTER place TYPE character varying", "orders.place"),
    ("a_new_column", "nullable_boolean", "ALTER TABLE orders ADD done boolean", "orders.done"),
]


@pytest.fixture
def unguarded(guard):
    """The guard, with a function that changes tables without its seeing it."""
    guard.administer(UNGUARDED)
    return guard


def unseen(statement):
    quoted = statement.replace("'", "''")
    return f"SELECT unguarded('{quoted}')"


@pytest.mark.parametrize("rule, change, where", [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_found_at_commit(unguarded, rule, change, where):
    unguarded.check_only(rule)
    unique = [UNIQUE] if change == USING_INDEX else []
    unguarded.refuses_at_commit(TABLE, INDEX, *unique, unseen(change), adds=f"{rule} {where}")


@pytest.mark.parametrize("rule, change, where", [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_found_at_commit_though_another_statement_was_running(unguarded, rule, change, where):
    unguarded.check_only(rule)
    unique = [UNIQUE] if change == USING_INDEX else []
    inside = f"CREATE TEMPORARY TABLE other AS {unseen(change)} AS x".replace("SELECT unguarded", "SELECT guarded_not")
    unguarded.administer(
        "CREATE FUNCTION guarded_not(sql text) RETURNS int LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM unguarded(sql); RETURN 1; END $$"
    )
    unguarded.refuses_at_commit(TABLE, INDEX, *unique, inside, adds=f"{rule} {where}")


@pytest.mark.parametrize("rule, change", [case[1:3] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_rolled_back_before_commit(unguarded, rule, change):
    unguarded.check_only(rule)
    unique = [UNIQUE] if change == USING_INDEX else []
    unguarded.passes_in_transaction(TABLE, INDEX, *unique, "SAVEPOINT s", unseen(change), "ROLLBACK TO s")


@cases.parametrize(
    "change",
    [
        ("rights", "GRANT SELECT ON orders TO stranger"),
        ("row_level_security", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY"),
        ("another_table_refers_to_it", "CREATE TABLE other (id bigint PRIMARY KEY REFERENCES orders)"),
    ],
)
def test_what_changes_the_row_of_the_table_alone(unguarded, change):
    unguarded.check_only("fk_without_index", "misnamed_constraint")
    unguarded.passes_in_transaction(TABLE, INDEX, unseen(change))


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
    unguarded.as_superuser().check_only("misnamed_index")
    change = "SET LOCAL guardrail.index_name_pattern = 'idx_.*'"
    unguarded.refuses_at_commit(TABLE, INDEX, change, adds="misnamed_index orders.ix_orders_customer")


def test_while_the_mode_is_off(guard):
    guard.as_superuser().check_only("misnamed_constraint")
    off, on = "SET LOCAL guardrail.mode = off", "SET LOCAL guardrail.mode = enforce"
    guard.refuses_at_commit(TABLE, UNIQUE, off, USING_INDEX, on, adds="misnamed_constraint orders.amount_once")


def test_what_an_exempt_role_makes_of_an_index(guard):
    guard.as_superuser().check_only("misnamed_constraint").configure(exempt_roles="stranger")
    owner = "ALTER TABLE orders OWNER TO stranger"
    guard.refuses_at_commit(
        TABLE, UNIQUE, owner, "SET ROLE stranger", USING_INDEX, "RESET ROLE", adds="misnamed_constraint orders.amount_once"
    )
