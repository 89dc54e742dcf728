"""pg_repack builds a table anew in its own schema, and swaps the two."""

from shop import TIMES


def test_a_table_is_repacked(shop):
    shop.migrate(
        f"CREATE TABLE parcels (id bigint CONSTRAINT pk_parcels PRIMARY KEY, weight bigint NOT NULL, {TIMES})",
        "CREATE INDEX ix_parcels_weight ON parcels (weight)",
    )
    shop.run("INSERT INTO parcels SELECT n, n FROM generate_series(1, 1000) n; DELETE FROM parcels WHERE id % 2 = 0")
    before = shop.run("SELECT pg_relation_filenode('parcels'), pg_relation_filenode('ix_parcels_weight')")
    # It tries again for ever to drop what it has made, if that is refused.
    repack = f"timeout 60 {shop.machine.bin}/pg_repack -h /srv/sockets -U repacker -d shop"
    status, said = shop.machine.system.try_to(f"runuser -u postgres -- {repack} -t public.parcels")
    assert status and "unrecorded_migration (error)" in said
    shop.set_as_documented("pg_repack")
    for options in ("-t public.parcels", "-t public.parcels -x", "-t public.parcels -n -o weight"):
        shop.machine.as_postgres(f"{repack} {options}")
    after = shop.run("SELECT pg_relation_filenode('parcels'), pg_relation_filenode('ix_parcels_weight')")
    assert before[0][0] != after[0][0] and before[0][1] != after[0][1]
    assert shop.run("SELECT count(*), sum(weight) FROM parcels") == [(500, 250000)]
    assert [row for row in shop.audit() if row[2] == "parcels"] == []


def test_what_leaves_its_schema_is_checked(shop):
    with shop.connect("postgres") as admin:
        admin.execute("SET guardrail.unrecorded_migration = off")
        admin.execute("CREATE TABLE repack.stray (at timestamp)")
        with shop.refuses("timestamp_without_time_zone"):
            admin.execute("ALTER TABLE repack.stray SET SCHEMA public")
        with shop.refuses("timestamp_without_time_zone"):
            admin.execute("ALTER TABLE repack.stray OWNER TO app")
        admin.execute("DROP TABLE repack.stray")


def test_another_role_s_table_in_its_schema_is_checked(shop):
    shop.admin("GRANT ALL ON SCHEMA repack TO app")
    with shop.refuses("timestamp_without_time_zone"):
        shop.migrate("CREATE TABLE repack.mine (at timestamp)")
    shop.admin("REVOKE ALL ON SCHEMA repack FROM app")
