"""A table that leaves an exempt schema, or takes a name that is not exempt, is checked as if it were new.

Whether a constraint was named is known only of the statement that makes it, so moving one adds nothing.
"""

import pytest

TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"
IX = "fk_without_index"


@pytest.fixture
def guard(guard):
    guard.administer(
        "CREATE SCHEMA attic AUTHORIZATION app",
        f"GRANT CREATE ON DATABASE {guard.dbname} TO app",
        "ALTER SCHEMA public OWNER TO app",
    )
    return guard.configure(exempt_schemas="attic", exempt_tables="tmp_.*")


IN_ATTIC = "CREATE TABLE attic.t (id int PRIMARY KEY, made timestamp)"
KEYED = "customer_id bigint, CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES public.customers ON DELETE CASCADE"


def test_set_schema(guard):
    guard.passes(IN_ATTIC)
    guard.refuses("ALTER TABLE attic.t SET SCHEMA public", adds=f"{TS} t.made")
    guard.passes("ALTER TABLE attic.t DROP made", "ALTER TABLE attic.t SET SCHEMA public")


def test_rename(guard):
    guard.passes("CREATE TABLE tmp_t (id int PRIMARY KEY, made timestamp)")
    guard.refuses("ALTER TABLE tmp_t RENAME TO t", adds=f"{TS} t.made")
    guard.passes("ALTER TABLE tmp_t RENAME TO tmp_t2", "ALTER TABLE tmp_t2 DROP made", "ALTER TABLE tmp_t2 RENAME TO t")


@pytest.mark.parametrize("made", ["CREATE TABLE tmp_t", "CREATE TABLE alembic_version"])
def test_a_made_up_name_that_nobody_has_reported_must_fit(guard, made):
    """The statement that gives no name is not checked, so at the commit the name is like any other one."""
    guard.configure(misnamed_constraint="error")
    moves = [f"{made} (id int PRIMARY KEY)", f"ALTER TABLE {made.split()[-1]} RENAME TO t"]
    guard.refuses_at_commit(*moves, adds=f"misnamed_constraint t.{made.split()[-1]}_pkey")
    guard.passes_in_transaction(*moves, f"ALTER TABLE t RENAME CONSTRAINT {made.split()[-1]}_pkey TO pk_t")


def test_rename_of_the_schema(guard):
    guard.passes(IN_ATTIC, "CREATE TABLE attic.clean (id int)")
    guard.refuses("ALTER SCHEMA attic RENAME TO shop", adds=f"{TS} shop.t.made")
    guard.passes("DROP TABLE attic.t", "ALTER SCHEMA attic RENAME TO shop")


def test_commit_rules(guard):
    guard.passes(f"CREATE TABLE attic.t ({KEYED})")
    guard.refuses("ALTER TABLE attic.t SET SCHEMA public", adds=f"{IX} t.fk")
    guard.passes_in_transaction("ALTER TABLE attic.t SET SCHEMA public", "CREATE INDEX ON t (customer_id)")


def test_there_and_back(guard):
    guard.passes_in_transaction(
        f"CREATE TABLE attic.t ({KEYED})", "ALTER TABLE attic.t SET SCHEMA public", "ALTER TABLE t SET SCHEMA attic"
    )


def test_into_the_attic(guard):
    guard.prepare("CREATE TABLE t (id int PRIMARY KEY, made timestamp)")
    guard.passes("ALTER TABLE t SET SCHEMA attic", "ALTER TABLE attic.t ADD gone timestamp UNIQUE")


def test_a_pattern_that_names_the_schema(guard):
    guard.configure(exempt_tables=r"old\..*")
    guard.prepare("CREATE SCHEMA old")
    guard.passes("CREATE TABLE old.t (made timestamp)")
    guard.refuses("ALTER SCHEMA old RENAME TO live", adds=f"{TS} live.t.made")
    guard.refuses("ALTER TABLE old.t SET SCHEMA public", adds=f"{TS} t.made")


def test_made_in_public_and_moved_away(guard):
    """The table was in a schema that is not exempt when the statement that made it ended."""
    guard.refuses_in_transaction("CREATE TABLE t (made timestamp)", adds=f"{TS} t.made")
    guard.passes_in_transaction(f"CREATE TABLE t ({KEYED})", "ALTER TABLE t SET SCHEMA attic")


def test_between_checked_schemas(guard):
    guard.prepare("CREATE SCHEMA shop", "CREATE TABLE t (id int PRIMARY KEY, made timestamp)")
    guard.passes(
        "ALTER TABLE t SET SCHEMA shop",
        "ALTER SCHEMA shop RENAME TO shop2",
        "ALTER TABLE shop2.t RENAME TO t2",
    )


def test_domains_and_types(guard):
    guard.passes("CREATE DOMAIN attic.naive AS timestamp", "CREATE TYPE attic.pair AS (id int, made timestamp)")
    guard.refuses("ALTER DOMAIN attic.naive SET SCHEMA public", adds=f"{TS} naive")
    guard.refuses("ALTER TYPE attic.pair SET SCHEMA public", adds=f"{TS} pair.made")
    guard.refuses("ALTER SCHEMA attic RENAME TO shop", adds=[f"{TS} shop.naive", f"{TS} shop.pair.made"])
    guard.refuses("CREATE TABLE t (made attic.naive)", adds=f"{TS} t.made")


def test_detached_partitions_stay_what_they_were(guard):
    guard.prepare(
        "CREATE TABLE ev (id int, made timestamp) PARTITION BY RANGE (id)",
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
    )
    guard.passes("ALTER TABLE ev DETACH PARTITION ev1", "ALTER TABLE ev1 ADD note text", "DROP TABLE ev")


def test_a_new_partition_detached_is_the_same_table(guard):
    """The guard lets pass the new partition of an old table, and so also the table that the partition becomes."""
    guard.prepare("CREATE TABLE ev (id int, made timestamp) PARTITION BY RANGE (id)")
    guard.passes("CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)", "ALTER TABLE ev DETACH PARTITION ev1")


def test_what_an_exempt_parent_s_partition_has_is_checked_where_it_is_its_own(guard):
    guard.passes("CREATE TABLE attic.ev (id int, made timestamp) PARTITION BY RANGE (id)")
    guard.passes("CREATE TABLE ev1 PARTITION OF attic.ev FOR VALUES FROM (0) TO (9)")
    guard.refuses("ALTER TABLE ev1 ADD CONSTRAINT uq UNIQUE (id), ADD CHECK (id > 0)", adds=f"{UN} ev1.ev1_id_check")
