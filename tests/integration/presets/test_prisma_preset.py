"""Under the preset `prisma`, what Prisma decides is not refused, and what the author of a schema decides is checked."""

import pathlib
import re

import pytest

SQL = (pathlib.Path(__file__).parent / "prisma_migrations.sql").read_text()
SECTIONS = re.split(r"^-- == (\w+)\n", SQL, flags=re.MULTILINE)[1:]
MIGRATIONS = dict(zip(SECTIONS[::2], SECTIONS[1::2], strict=True))
AWARE = "TIMESTAMPTZ(3)"
STARTED = "INSERT INTO _prisma_migrations (id, checksum, started_at, migration_name) VALUES ('{0}', '', now(), '{0}')"
FINISHED = "UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = '{0}'"


@pytest.fixture
def prisma(guard):
    guard.prepare("DROP TABLE customers")
    return guard.configure(preset="prisma")


def migrate(guard, *names, timestamp="TIMESTAMP(3)"):
    """Runs migrations as Prisma does, each as one message. Returns the severity and the violation of each message."""
    reports = []
    for name in names:
        sql = MIGRATIONS[name].replace("TIMESTAMP(3)", timestamp)
        for statement in [sql] if name == "bookkeeping" else [STARTED.format(name), sql, FINISHED.format(name)]:
            guard.session.run(statement)
            reports += [(message.severity, str(message)) for message in guard.session.take_messages()]
    return reports


DEFAULTS = ["bookkeeping", "init", "change_tables", "alter_enum", "drop_table"]
NAIVE = [
    ("WARNING", "timestamp_without_time_zone Member.createdAt"),
    ("WARNING", "timestamp_without_time_zone Member.updatedAt"),
]
# A relation without @@index.
UNINDEXED = [("WARNING", "fk_without_index Book.Book_donorId_fkey")]


def test_what_prisma_decides_is_not_refused(prisma):
    """The preset warns where the schema can say more than Prisma's default."""
    assert migrate(prisma, *DEFAULTS) == NAIVE + UNINDEXED


def test_a_schema_with_timestamptz(prisma):
    prisma.configure(timestamp_without_time_zone="error")
    assert migrate(prisma, *DEFAULTS, timestamp=AWARE) == UNINDEXED


def test_relation_tables_before_prisma_6_have_no_primary_key(prisma):
    migrate(prisma, *DEFAULTS)
    assert migrate(prisma, "before_prisma_6") == [("WARNING", "table_without_primary_key _Friends")]


def test_what_the_author_decides_is_reported(prisma):
    migrate(prisma, *DEFAULTS)
    assert sorted(migrate(prisma, "decided_by_the_author")) == sorted([
        ("WARNING", "discouraged_type Visit.at"),
        ("WARNING", "discouraged_type Visit.raw"),
        ("WARNING", "discouraged_type Visit.fee"),
        ("WARNING", "table_without_primary_key Visit"),
        ("WARNING", "redundant_index Book.Book_donorId_idx"),
        ("WARNING", "duplicate_index Member.again"),
    ])  # fmt: skip


REFUSED = {
    "no_action": "fk_without_on_delete Loan.Loan_number_fkey",
    "written_by_hand": "unnamed_constraint Loan.Loan_number_check",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_an_author_does_wrong_is_refused(prisma, name):
    """Nothing of the migration stays but its record, which says that it has not finished."""
    migrate(prisma, *DEFAULTS)
    prisma.passes(STARTED.format(name))
    prisma.refuses(MIGRATIONS[name], adds=REFUSED[name])
    assert prisma.session.rows("SELECT id FROM _prisma_migrations WHERE finished_at IS NULL") == [(name,)]


def test_every_migration_is_in_one_of_the_tests():
    assert list(MIGRATIONS) == [*DEFAULTS, "before_prisma_6", "decided_by_the_author", *REFUSED]
