"""A statement that takes away the last index that supports a foreign key adds a violation of `fk_without_index`."""

import cases
import pytest

RULE = "fk_without_index"

CHILD = [
    "CREATE TABLE child (id int NOT NULL, customer_id bigint NOT NULL, note text, "
    "CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE)",
]
INDEX = "CREATE INDEX ix ON child (customer_id)"

# (id, statements that make an index for the key, statement that takes the index away)
LOSSES = [
    ("drop_index", [INDEX], "DROP INDEX ix"),
    ("drop_index_if_exists", [INDEX], "DROP INDEX IF EXISTS ix, nothing"),
    ("drop_index_cascade", [INDEX], "DROP INDEX ix CASCADE"),
    ("drop_two", [INDEX, "CREATE INDEX ix2 ON child (customer_id, id)"], "DROP INDEX ix, ix2"),
    ("drop_index_in_do", [INDEX], "DO $$ BEGIN DROP INDEX ix; END $$"),
    (
        "drop_unique",
        ["ALTER TABLE child ADD CONSTRAINT uq UNIQUE (customer_id)"],
        "ALTER TABLE child DROP CONSTRAINT uq",
    ),
    (
        "drop_pk",
        ["ALTER TABLE child ADD CONSTRAINT pk PRIMARY KEY (customer_id, id)"],
        "ALTER TABLE child DROP CONSTRAINT pk",
    ),
    (
        "drop_pk_that_others_refer_to",
        [
            "ALTER TABLE child ADD CONSTRAINT pk PRIMARY KEY (customer_id)",
            "CREATE TABLE below (c bigint CONSTRAINT pk_below PRIMARY KEY "
            "CONSTRAINT fk REFERENCES child ON DELETE CASCADE)",
        ],
        "ALTER TABLE child DROP CONSTRAINT pk CASCADE",
    ),
    ("drop_column", ["CREATE INDEX ix ON child (customer_id, note)"], "ALTER TABLE child DROP note"),
    (
        "drop_column_of_predicate",
        ["CREATE INDEX ix ON child (customer_id, id, (note || ''))"],
        "ALTER TABLE child DROP COLUMN note CASCADE",
    ),
    (
        "replace_by_another",
        ["ALTER TABLE child ADD CONSTRAINT uq UNIQUE (customer_id)"],
        "ALTER TABLE child DROP CONSTRAINT uq, ADD CONSTRAINT uq UNIQUE (id)",
    ),
    (
        "drop_enum",
        [
            "CREATE TYPE mood AS ENUM ('glad')",
            "ALTER TABLE child ADD mood mood",
            "CREATE INDEX ON child (customer_id, mood)",
        ],
        "DROP TYPE mood CASCADE",
    ),
    (
        "drop_domain",
        ["CREATE DOMAIN code AS text", "ALTER TABLE child ADD code code", "CREATE INDEX ON child (customer_id, code)"],
        "DROP DOMAIN code CASCADE",
    ),
    (
        "drop_function",
        [
            "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
            "CREATE INDEX ON child (customer_id, f(id))",
        ],
        "DROP FUNCTION f CASCADE",
    ),
    (
        "drop_schema_of_the_type",
        [
            "CREATE SCHEMA kinds",
            "CREATE TYPE kinds.mood AS ENUM ('glad')",
            "ALTER TABLE child ADD mood kinds.mood",
            "CREATE INDEX ON child (customer_id, mood)",
        ],
        "DROP SCHEMA kinds CASCADE",
    ),
    (
        "drop_collation",
        ['CREATE COLLATION plain FROM "C"', "CREATE INDEX ON child (customer_id, note COLLATE plain)"],
        "DROP COLLATION plain CASCADE",
    ),
    (
        "drop_extension",
        ["CREATE EXTENSION citext", "ALTER TABLE child ADD tag citext", "CREATE INDEX ON child (customer_id, tag)"],
        "DROP EXTENSION citext CASCADE",
    ),
    (
        "drop_operator_class",
        [
            "CREATE OPERATOR CLASS my_ops FOR TYPE bigint USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,"
            " OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint8cmp(bigint, bigint)",
            "CREATE INDEX ON child (customer_id my_ops)",
        ],
        "DROP OPERATOR CLASS my_ops USING btree CASCADE",
    ),
    (
        "drop_operator_family",
        [
            "CREATE OPERATOR CLASS my_ops FOR TYPE bigint USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,"
            " OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint8cmp(bigint, bigint)",
            "CREATE INDEX ON child (customer_id my_ops)",
        ],
        "DROP OPERATOR FAMILY my_ops USING btree CASCADE",
    ),
    (
        "drop_owned",
        [
            "SET ROLE stranger; CREATE DOMAIN code AS text; GRANT USAGE ON TYPE code TO PUBLIC; RESET ROLE",
            "ALTER TABLE child ADD code code",
            "CREATE INDEX ON child (customer_id, code)",
        ],
        "DROP OWNED BY stranger CASCADE",
    ),
]


@pytest.fixture
def guard(guard):
    """The table is there. The tests run as a superuser, whom some of the statements need."""
    guard.as_superuser().prepare(*CHILD)
    return guard


@cases.parametrize("support, sql", LOSSES)
def test_loss(guard, support, sql):
    guard.prepare(*support)
    guard.refuses(sql, adds=f"{RULE} child.fk")


@cases.parametrize("support, sql", LOSSES)
def test_loss_of_one_of_two(guard, support, sql):
    guard.prepare(*support, "CREATE INDEX spare ON child (customer_id)")
    guard.passes(sql)


@cases.parametrize("support, sql", LOSSES)
def test_loss_made_good_in_the_transaction(guard, support, sql):
    guard.prepare(*support)
    guard.passes_in_transaction(sql, "CREATE INDEX spare ON child (customer_id)")


@cases.parametrize("support, sql", LOSSES)
def test_loss_with_the_key_itself(guard, support, sql):
    guard.prepare(*support)
    guard.passes_in_transaction(sql, "ALTER TABLE child DROP CONSTRAINT fk")


@cases.parametrize("support, sql", LOSSES)
def test_loss_on_a_legacy_table(guard, support, sql):
    """The second key of the table had no index before; the first keeps one."""
    guard.prepare(*support, "ALTER TABLE child ADD other bigint CONSTRAINT fk2 REFERENCES customers ON DELETE CASCADE")
    guard.prepare("CREATE INDEX spare ON child (customer_id)")
    guard.passes(sql)


HARMLESS = [
    ("unrelated_index", [INDEX, "CREATE INDEX other ON child (note)"], "DROP INDEX other"),
    ("unrelated_index_concurrently", [INDEX, "CREATE INDEX other ON child (note)"], "DROP INDEX CONCURRENTLY other"),
    ("unrelated_constraint", [INDEX, "ALTER TABLE child ADD CONSTRAINT uq UNIQUE (id)"],
     "ALTER TABLE child DROP CONSTRAINT uq"),
    ("unrelated_column", [INDEX], "ALTER TABLE child DROP note"),
    ("key_column", [INDEX], "ALTER TABLE child DROP customer_id"),
    ("whole_table", [INDEX], "DROP TABLE child"),
    ("referenced_table", [INDEX], "DROP TABLE customers CASCADE"),
    ("retype", [INDEX], "ALTER TABLE child ALTER customer_id TYPE int"),
    ("reindex", [INDEX], "REINDEX INDEX ix"),
    ("reindex_concurrently", [INDEX], "REINDEX TABLE CONCURRENTLY child"),
    ("rename_index", [INDEX], "ALTER INDEX ix RENAME TO ix_new"),
    ("cluster", [INDEX], "CLUSTER child USING ix"),
    ("other_table_s_index", [INDEX, "CREATE INDEX other ON customers (email)"], "DROP INDEX other"),
    ("missing_index", [INDEX], "DROP INDEX IF EXISTS nothing"),
    ("missing_index_concurrently", [INDEX], "DROP INDEX CONCURRENTLY IF EXISTS nothing"),
    ("one_of_two_concurrently", [INDEX, "CREATE INDEX spare ON child (customer_id)"], "DROP INDEX CONCURRENTLY ix"),
    ("key_becomes_constraint", ["CREATE UNIQUE INDEX ix ON child (customer_id)"],
     "ALTER TABLE child ADD CONSTRAINT uq UNIQUE USING INDEX ix"),
    ("unique_becomes_key", ["ALTER TABLE child ADD CONSTRAINT uq UNIQUE (customer_id)"],
     "ALTER TABLE child DROP CONSTRAINT uq, ADD CONSTRAINT pk PRIMARY KEY (customer_id)"),
    ("legacy_key", [], "DROP INDEX IF EXISTS ix"),
    ("legacy_key_other_index", ["CREATE INDEX other ON child (note)"], "DROP INDEX other"),
    ("legacy_key_unhelpful_index", ["CREATE INDEX other ON child (id, customer_id)"], "DROP INDEX other"),
]  # fmt: skip


@cases.parametrize("support, sql", HARMLESS)
def test_harmless(guard, support, sql):
    guard.prepare(*support)
    guard.passes(sql)


def test_swap_in_a_transaction(guard):
    guard.prepare(INDEX)
    guard.passes_in_transaction(
        "CREATE INDEX ix_new ON child (customer_id, id)", "DROP INDEX ix", "ALTER INDEX ix_new RENAME TO ix"
    )


def test_swap_concurrently(guard):
    guard.prepare(INDEX)
    guard.passes("CREATE INDEX CONCURRENTLY ix_new ON child (customer_id, id)", "DROP INDEX CONCURRENTLY ix")


def test_drop_concurrently_is_refused_before_it_begins(guard):
    """DROP INDEX CONCURRENTLY commits on the way, so a later error could not undo it."""
    guard.prepare(INDEX)
    guard.refuses("DROP INDEX CONCURRENTLY ix", adds=f"{RULE} child.fk")
    assert guard.session.rows(
        "SELECT indisvalid, indisready, indislive FROM pg_index WHERE indexrelid = 'ix'::regclass"
    ) == [(True, True, True)]


def test_drop_concurrently_is_warned_about_once(guard):
    guard.prepare(INDEX)
    guard.configure(mode="warn").warns("DROP INDEX CONCURRENTLY public.ix", adds=f"{RULE} child.fk")
    guard.passes("CREATE INDEX CONCURRENTLY ix ON child (customer_id)")


def test_reindex_concurrently_keeps_the_guard_quiet_in_warn_mode(guard):
    guard.prepare(INDEX)
    guard.configure(mode="warn").passes("REINDEX INDEX CONCURRENTLY ix", "REINDEX TABLE CONCURRENTLY child")


def test_drop_of_a_partitioned_index(guard):
    guard.prepare(
        "CREATE TABLE ev (id int, customer_id bigint, CONSTRAINT fk FOREIGN KEY (customer_id) "
        "REFERENCES customers ON DELETE CASCADE) PARTITION BY RANGE (id)",
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX ix_ev ON ev (customer_id)",
    )
    guard.refuses("DROP INDEX ix_ev", adds=f"{RULE} ev.fk")
    guard.passes_in_transaction("DROP INDEX ix_ev", "CREATE INDEX ON ev (customer_id, id)")


def test_several_keys_at_once(guard):
    guard.prepare(
        "CREATE INDEX ix ON child (customer_id, id)",
        "ALTER TABLE child ADD CONSTRAINT fk_self UNIQUE (id)",
        "ALTER TABLE child ADD CONSTRAINT fk2 FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE",
    )
    guard.refuses("DROP INDEX ix", adds=[f"{RULE} child.fk", f"{RULE} child.fk2"])
