"""Under the preset `rails`, what Rails decides is not refused, and what the author of a migration decides is checked.

The statements are those that Active Record sends.
"""

import pathlib
import re

import pytest

SQL = (pathlib.Path(__file__).parent / "rails_migrations.sql").read_text()
SECTIONS = re.split(r"^-- == (\w+)\n", SQL, flags=re.MULTILINE)[1:]
MIGRATIONS = {name: text.strip().split("\n\n") for name, text in zip(SECTIONS[::2], SECTIONS[1::2], strict=True)}
AWARE = "timestamptz(6)"


@pytest.fixture
def rails(guard):
    guard.prepare("DROP TABLE customers")
    return guard.configure(preset="rails")


def migrate(guard, *names, timestamp="timestamp(6)"):
    """Runs migrations as Rails does, statement by statement. Returns the severity and the violation of each message."""
    reports = []
    for name in names:
        for sql in MIGRATIONS[name]:
            guard.session.run(sql.replace("timestamp(6)", timestamp))
            reports += [(message.severity, str(message)) for message in guard.session.take_messages()]
    return reports


@pytest.mark.parametrize("timestamp", ["timestamp(6)", "timestamp", AWARE])
def test_rails_own_tables_pass_in_silence(rails, timestamp):
    assert migrate(rails, "bookkeeping", timestamp=timestamp) == []


DEFAULTS = ["bookkeeping", "create_tables", "change_tables", "outside_of_a_transaction", "schema_load"]
NAIVE = [
    ("WARNING", "timestamp_without_time_zone customers.last_seen_at"),
    ("WARNING", "timestamp_without_time_zone customers.created_at"),
    ("WARNING", "timestamp_without_time_zone customers.updated_at"),
    ("WARNING", "timestamp_without_time_zone orders.paid_at"),
]
OTHERS = [
    # `foreign_key: true`, `create_join_table`, and a table made outside of a transaction.
    ("WARNING", "fk_without_on_delete orders.fk_rails_3dad120da9"),
    ("WARNING", "table_without_primary_key customers_orders"),
    ("NOTICE", "fk_without_index reviews.fk_rails_eadb6874f1"),
]


def test_what_rails_decides_is_not_refused(rails):
    """The preset warns where Rails can do better than its default."""
    reports = migrate(rails, *DEFAULTS)
    assert [report for report in reports if "timestamp" in report[1]] == NAIVE
    assert [report for report in reports if "timestamp" not in report[1]] == OTHERS


def test_rails_set_to_timestamptz(rails):
    rails.configure(timestamp_without_time_zone="error")
    assert migrate(rails, *DEFAULTS, timestamp=AWARE) == OTHERS


def test_what_the_author_decides_is_reported(rails):
    migrate(rails, *DEFAULTS)
    assert migrate(rails, "decided_by_the_author") == [
        ("WARNING", "discouraged_type logs.line"),
        ("WARNING", "discouraged_type orders.total"),
        ("WARNING", "identifier_needs_quotes orders.customerNote"),
        ("WARNING", "fk_type_mismatch orders.shop_id"),
        ("NOTICE", "constraint_not_validated customers.chk_rails_50b6b4cca0"),
        ("WARNING", "table_without_primary_key logs"),
        ("WARNING", "duplicate_index orders.again"),
        ("WARNING", "redundant_index orders.index_orders_on_customer_id"),
        ("WARNING", "redundant_index orders.again"),
    ]


REFUSED = {
    "unindexed_key": ("COMMIT", "fk_without_index reviews.fk_rails_2244d6a1ee"),
    "reference_without_index": ("COMMIT", "fk_without_index reviews.fk_rails_29e6f859c4"),
    "index_removed": ("COMMIT", "fk_without_index reviews.fk_rails_eadb6874f1"),
    "index_removed_outside_of_a_transaction": ("DROP INDEX", "fk_without_index gadgets.fk_rails_43e58e39fc"),
    "unnamed_check": ("ALTER TABLE", "unnamed_constraint orders.orders_id_check"),
    "unnamed_unique": ("ALTER TABLE", "unnamed_constraint orders.orders_number_key"),
    "unnamed_key": ("ALTER TABLE", "unnamed_constraint lines.lines_id_fkey"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_an_author_does_wrong_is_refused(rails, name):
    """The last statement of the migration is refused, and the migration is not recorded."""
    verb, violation = REFUSED[name]
    migrate(rails, *DEFAULTS)
    versions = rails.session.rows("SELECT version FROM schema_migrations")
    last = next(at for at, sql in enumerate(MIGRATIONS[name]) if re.search(f"^{verb}", sql, flags=re.MULTILINE))
    rails.refuses(*MIGRATIONS[name][: last + 1], adds=violation)
    rails.session.run("ROLLBACK")
    assert rails.session.rows("SELECT version FROM schema_migrations") == versions


def test_every_migration_is_in_one_of_the_tests():
    assert list(MIGRATIONS) == [*DEFAULTS[:4], "decided_by_the_author", DEFAULTS[4], *REFUSED]
