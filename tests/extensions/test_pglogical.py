"""pglogical replicates rows and DDL from one guarded database to another."""

import time

import pytest
import shop as shops

TABLE = f"CREATE TABLE public.goods (id bigint CONSTRAINT pk_goods PRIMARY KEY, {shops.TIMES})"
SETS = "'{default,ddl_sql}'"


def eventually(shop, sql, wanted):
    for _ in range(60):
        found = shop.admin(sql)
        if found == wanted:
            return
        time.sleep(0.5)
    pytest.fail(f"{sql}: {found}, and not {wanted}: {shop.machine.log()[-3000:]}")


@pytest.fixture(scope="module")
def nodes(furnished):
    found = []
    for name in ("provider", "subscriber"):
        shops.guard(furnished, name)
        found.append(shops.Shop(furnished, name))
        found[-1].admin("CREATE EXTENSION pglogical")
        found[-1].admin(f"SELECT pglogical.create_node('{name}', 'host=/srv/sockets user=postgres dbname={name}')")
    provider, subscriber = found
    provider.admin("SELECT pglogical.replication_set_add_all_tables('default', '{public}')")
    subscriber.admin("""SELECT pglogical.create_subscription('goods', 'host=/srv/sockets user=postgres dbname=provider',
        synchronize_structure := false, synchronize_data := false)""")
    eventually(subscriber, "SELECT status FROM pglogical.show_subscription_status()", [("replicating",)])
    return provider, subscriber


def test_rows_and_ddl(nodes):
    provider, subscriber = nodes
    replicate = "SELECT pglogical.replicate_ddl_command({0!r}, {1})"
    with provider.refuses("timestamp_without_time_zone"):
        provider.admin(replicate.format("CREATE TABLE public.bad (at timestamp)", SETS))
    with provider.refuses("unrecorded_migration"):
        provider.admin(replicate.format(TABLE, SETS))
    provider.migrate(
        replicate.format(TABLE, SETS), "SELECT pglogical.replication_set_add_table('default', 'goods')", role="postgres"
    )
    provider.admin("INSERT INTO goods VALUES (1)")
    eventually(subscriber, "SELECT to_regclass('goods') IS NOT NULL", [(True,)])
    eventually(subscriber, "SELECT id FROM goods", [(1,)])
    assert subscriber.audit() == []


def test_what_the_provider_lets_through_is_not_refused_behind_it(nodes):
    """The apply worker is a replica, for which event triggers do not fire; the audit tells."""
    provider, subscriber = nodes
    provider.admin(f"""SET guardrail.mode = off;
        SELECT pglogical.replicate_ddl_command('CREATE TABLE public.legacy (at timestamp)', {SETS})""")
    eventually(subscriber, "SELECT to_regclass('legacy') IS NOT NULL", [(True,)])
    assert ("timestamp_without_time_zone", "public", "legacy") in subscriber.audit()
