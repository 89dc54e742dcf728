"""pg_partman makes and drops partitions of a user's table, and templates in its own schema."""

import pytest
from shop import TIMES

EVENTS = f"""
    CREATE TABLE {{0}} (id bigint NOT NULL, at timestamptz NOT NULL, {TIMES},
        CONSTRAINT pk_{{0}} PRIMARY KEY (id, at)) PARTITION BY RANGE (at)
"""
INDEX = "CREATE INDEX ix_{0}_at ON {0} (at)"


def partition(shop, name):
    v4 = "SELECT partman.create_parent('public.{0}', 'at', 'native', 'daily')"
    v5 = "SELECT partman.create_parent('public.{0}', 'at', '1 day')"
    version = shop.admin("SELECT split_part(extversion, '.', 1)::int FROM pg_extension WHERE extname = 'pg_partman'")
    shop.migrate((v4 if version[0][0] < 5 else v5).format(name))


def partitions(shop, name):
    return shop.run(f"SELECT count(*) FROM pg_inherits WHERE inhparent = '{name}'::regclass")[0][0]


@pytest.fixture
def settled(shop):
    shop.set_as_documented("pg_partman")
    return shop


def test_its_templates_need_the_setting(shop):
    shop.migrate(EVENTS.format("visits"), INDEX.format("visits"))
    with shop.refuses("table_without_primary_key"):
        partition(shop, "visits")
    shop.set_as_documented("pg_partman")
    partition(shop, "visits")
    assert partitions(shop, "visits") > 4


def test_the_job_makes_partitions_and_drops_old_ones(settled):
    settled.migrate(EVENTS.format("clicks"), INDEX.format("clicks"))
    partition(settled, "clicks")
    before = partitions(settled, "clicks")
    settled.run("INSERT INTO clicks VALUES (1, now()), (2, now() - interval '4 days')")
    settled.run("UPDATE partman.part_config SET premake = 9 WHERE parent_table = 'public.clicks'")
    settled.run("SELECT partman.run_maintenance('public.clicks')", "maintenance")
    grown = partitions(settled, "clicks")
    assert grown > before
    settled.run("""UPDATE partman.part_config SET retention = '2 days', retention_keep_table = false
        WHERE parent_table = 'public.clicks'""")
    settled.run("SELECT partman.run_maintenance('public.clicks')", "maintenance")
    assert partitions(settled, "clicks") < grown


def test_another_role_is_refused(settled):
    settled.migrate(EVENTS.format("taps"), INDEX.format("taps"))
    partition(settled, "taps")
    settled.run("INSERT INTO taps VALUES (1, now())")
    settled.run("UPDATE partman.part_config SET premake = 9 WHERE parent_table = 'public.taps'")
    with settled.refuses("unrecorded_migration"):
        settled.run("SELECT partman.run_maintenance('public.taps')")


def test_a_bad_parent_is_refused_before_partman_sees_it(settled):
    with settled.refuses("timestamp_without_time_zone"):
        settled.migrate(EVENTS.format("naive").replace("timestamptz", "timestamp"))


def test_its_procedure_that_commits(settled):
    settled.migrate(EVENTS.format("hits"), INDEX.format("hits"))
    partition(settled, "hits")
    settled.run("CALL partman.run_maintenance_proc()", "maintenance")
