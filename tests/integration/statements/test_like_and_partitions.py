"""What LIKE copies is checked at the commit: the table may be a partition by then."""

import cases
import pytest

TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"

EV = (
    "CREATE TABLE ev (id int, made timestamp, n int CHECK (n > 0), PRIMARY KEY (id), UNIQUE (id, n)) "
    "PARTITION BY RANGE (id)"
)
LIKE = "CREATE TABLE ev_1 (LIKE ev INCLUDING {})"
ATTACH = "ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (9)"


@pytest.fixture
def guard(guard):
    guard.prepare(EV)
    return guard


@pytest.mark.parametrize("what", ["ALL", "CONSTRAINTS INCLUDING INDEXES", "DEFAULTS INCLUDING CONSTRAINTS"])
def test_a_partition_made_as_the_manual_shows(guard, what):
    guard.passes_in_transaction(LIKE.format(what), ATTACH)
    guard.passes("DROP TABLE ev_1")


def test_a_function_that_makes_partitions(guard):
    """Job queues and partition managers do it like this, at run time."""
    guard.prepare(
        f"CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE '{LIKE.format('ALL')}'; "
        f"EXECUTE '{ATTACH}'; END $$"
    )
    guard.passes("SELECT make()")


def test_left_standing_alone_it_is_a_table_like_any(guard):
    copied = [f"{TS} ev_1.made", f"{UN} ev_1.ev_1_id_n_key", f"{UN} ev_1.ev_1_pkey"]
    guard.refuses_at_commit(LIKE.format("ALL"), adds=copied)
    guard.refuses(LIKE.format("ALL"), adds=copied)
    guard.refuses_in_transaction(LIKE.format("ALL"), ATTACH, "ALTER TABLE ev DETACH PARTITION ev_1", adds=copied[0])


def test_mended_before_the_commit(guard):
    guard.passes_in_transaction(
        LIKE.format("INDEXES"),
        "ALTER TABLE ev_1 ALTER made TYPE timestamptz",
        "ALTER TABLE ev_1 RENAME CONSTRAINT ev_1_pkey TO pk_ev_1",
        "ALTER INDEX ev_1_id_n_key RENAME TO uq_ev_1",
    )


WRITTEN = [
    ("column", "CREATE TABLE t (LIKE customers, seen timestamp)", f"{TS} t.seen"),
    ("key", "CREATE TABLE t (LIKE customers, PRIMARY KEY (id))", f"{UN} t.t_pkey"),
    ("key_of_a_column", "CREATE TABLE t (LIKE customers, n int UNIQUE)", f"{UN} t.t_n_key"),
    ("check", "CREATE TABLE t (LIKE customers, CHECK (id > 0))", f"{UN} t.t_id_check"),
    ("exclusion", "CREATE TABLE t (LIKE customers, EXCLUDE (id WITH =))", f"{UN} t.t_id_excl"),
    ("foreign_key", "CREATE TABLE t (LIKE customers, FOREIGN KEY (id) REFERENCES customers ON DELETE CASCADE)",
     f"{UN} t.t_id_fkey"),
]


@cases.parametrize("sql, violation", WRITTEN)
def test_what_stands_beside_like_is_refused_at_once(guard, sql, violation):
    guard.refuses_in_transaction(sql, adds=violation)


def test_in_warn_mode_each_is_reported_once(guard):
    guard.configure(mode="warn")
    guard.passes("BEGIN")
    guard.warns("CREATE TABLE t (LIKE ev, seen timestamp)", adds=f"{TS} t.seen")
    guard.warns("COMMIT", adds=f"{TS} t.made")


def test_a_rollback_to_a_savepoint_takes_it_back(guard):
    guard.passes("BEGIN", "SAVEPOINT s", LIKE.format("ALL"), "ROLLBACK TO s", "COMMIT")


def test_a_rename_that_is_taken_back(guard):
    guard.refuses_at_commit(
        "CREATE TABLE t (LIKE ev INCLUDING INDEXES, ok int)",
        "ALTER TABLE t DROP made",
        "SAVEPOINT s",
        "ALTER TABLE t RENAME CONSTRAINT t_pkey TO pk_t",
        "ROLLBACK TO s",
        "ALTER TABLE t RENAME CONSTRAINT t_id_n_key TO uq_t",
        adds=f"{UN} t.t_pkey",
    )


REMADE = [
    ("by_itself", ["ALTER TABLE t ALTER id TYPE bigint"]),
    ("twice", ["ALTER TABLE t ALTER id TYPE bigint", "ALTER TABLE t ALTER id TYPE numeric"]),
    ("and_taken_back", ["SAVEPOINT s", "ALTER TABLE t ALTER id TYPE bigint", "ROLLBACK TO s"]),
    ("by_the_parent", ["CREATE TABLE p (id int)", "ALTER TABLE t INHERIT p", "ALTER TABLE p ALTER id TYPE bigint"]),
]


@cases.parametrize("statements", REMADE)
def test_what_postgresql_makes_anew_keeps_its_made_up_name(guard, statements):
    guard.prepare("CREATE TABLE o (id int CONSTRAINT pk_o PRIMARY KEY)")
    guard.refuses_at_commit("CREATE TABLE t (LIKE o INCLUDING INDEXES)", *statements, adds=f"{UN} t.t_pkey")


def test_what_is_named_in_the_statement_that_makes_others_anew(guard):
    guard.prepare("CREATE TABLE o (id int CONSTRAINT pk_o PRIMARY KEY, CONSTRAINT ck CHECK (id > 0))")
    guard.passes_in_transaction(
        "CREATE TABLE t (LIKE o INCLUDING ALL)",
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER id TYPE bigint, ADD CONSTRAINT t_pkey PRIMARY KEY (id)",
    )


def test_a_check_that_postgresql_makes_anew(guard):
    guard.prepare("CREATE TABLE o (kind text CONSTRAINT ck CHECK (kind IN ('a', 'b')))")
    guard.check_only("check_instead_of_enum").refuses_at_commit(
        "CREATE TABLE t (LIKE o INCLUDING ALL)",
        "ALTER TABLE t ALTER kind TYPE varchar(9)",
        adds="check_instead_of_enum t.ck",
    )


def test_in_create_schema(guard):
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    create = "CREATE SCHEMA side CREATE TABLE ev_1 (LIKE public.ev INCLUDING ALL)"
    guard.passes_in_transaction(create, ATTACH.replace("ev_1", "side.ev_1"))
    guard.refuses(create.replace("side", "apart").replace("ALL", "DEFAULTS"), adds=f"{TS} apart.ev_1.made")


def test_prepared_transactions_are_checked_as_well(guard):
    guard.refuses("BEGIN", "CREATE TABLE t (LIKE ev)", "PREPARE TRANSACTION 'p'", adds=f"{TS} t.made")
