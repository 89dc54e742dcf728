"""On a table full of old violations a statement that adds none passes. One that adds some is refused for those."""

import pytest

LEGACY = [
    "CREATE DOMAIN naive AS timestamp",
    """CREATE TABLE legacy (
        id int PRIMARY KEY,
        code text UNIQUE,
        age int CHECK (age > 0),
        made timestamp DEFAULT now(),
        seen timestamp[],
        span tsrange,
        felt naive,
        up int REFERENCES legacy,
        customer_id bigint REFERENCES customers,
        room int4range,
        EXCLUDE USING gist (room WITH &&))""",
    "CREATE INDEX ix_age ON legacy (age)",
    "CREATE INDEX ix_age_made ON legacy (age, made)",
    "CREATE INDEX ix_made ON legacy (made)",
    "INSERT INTO legacy (id, code, age) SELECT n, n, n FROM generate_series(1, 20) AS n",
    "CREATE VIEW legacy_view AS SELECT room FROM legacy",
    "CREATE TABLE heir () INHERITS (legacy)",
    "CREATE TABLE alone (id int PRIMARY KEY, made timestamp)",
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
    "CREATE TRIGGER tr BEFORE UPDATE ON legacy FOR EACH ROW EXECUTE FUNCTION touch()",
    "ALTER TABLE legacy ADD CHECK (id > 0) NOT VALID",
    "ALTER TABLE legacy ADD CONSTRAINT fk_late FOREIGN KEY (age) REFERENCES legacy NOT VALID",
]

HARMLESS = [
    "ALTER TABLE legacy ADD note text",
    "ALTER TABLE legacy ADD note text NOT NULL DEFAULT ''",
    "ALTER TABLE alone ADD number int GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE legacy ADD twice int GENERATED ALWAYS AS (age * 2) STORED",
    "ALTER TABLE legacy ADD made2 timestamptz, ADD CONSTRAINT ck CHECK (age < 200)",
    "ALTER TABLE legacy DROP COLUMN code",
    "ALTER TABLE legacy DROP COLUMN customer_id",
    "ALTER TABLE legacy ALTER code SET DEFAULT 'x'",
    "ALTER TABLE legacy ALTER made DROP DEFAULT",
    "ALTER TABLE legacy ALTER code SET NOT NULL",
    "ALTER TABLE legacy ALTER code SET STATISTICS 100",
    "ALTER TABLE legacy ALTER code SET STORAGE EXTERNAL",
    "ALTER TABLE legacy ALTER code SET (n_distinct = 10)",
    "ALTER TABLE legacy ALTER code TYPE varchar(50)",
    "ALTER TABLE legacy ALTER id TYPE bigint, ALTER up TYPE bigint",
    "ALTER TABLE legacy ALTER customer_id TYPE int",
    "ALTER TABLE legacy ALTER age TYPE smallint",
    "ALTER TABLE legacy ALTER seen TYPE timestamp(3)[]",
    "ALTER TABLE legacy RENAME TO legacy2",
    "ALTER TABLE legacy RENAME COLUMN customer_id TO buyer_id",
    "ALTER TABLE legacy RENAME COLUMN seen TO watched",
    "ALTER TABLE legacy RENAME CONSTRAINT legacy_code_key TO uq_code",
    "ALTER TABLE legacy VALIDATE CONSTRAINT legacy_id_check",
    "ALTER TABLE legacy VALIDATE CONSTRAINT fk_late",
    "ALTER TABLE legacy ALTER CONSTRAINT legacy_customer_id_fkey DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE legacy DROP CONSTRAINT legacy_customer_id_fkey",
    "ALTER TABLE legacy OWNER TO app",
    "ALTER TABLE legacy SET (fillfactor = 70)",
    "ALTER TABLE legacy RESET (fillfactor)",
    "ALTER TABLE legacy SET UNLOGGED",
    "ALTER TABLE legacy SET WITHOUT CLUSTER",
    "ALTER TABLE legacy CLUSTER ON legacy_pkey",
    "ALTER TABLE legacy SET TABLESPACE pg_default",
    "ALTER TABLE legacy SET SCHEMA other",
    "ALTER TABLE legacy REPLICA IDENTITY FULL",
    "ALTER TABLE legacy ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE legacy DISABLE TRIGGER tr",
    "ALTER TABLE legacy ADD CONSTRAINT uq UNIQUE (age)",
    "ALTER TABLE ONLY legacy ADD CONSTRAINT uq UNIQUE (age)",
    "ALTER TABLE legacy_view RENAME TO seen_legacy",
    "ALTER TABLE heir NO INHERIT legacy",
    "ALTER TABLE heir ADD note text",
    "ALTER SCHEMA public RENAME TO shop",
    "ALTER INDEX ix_age RENAME TO ix_legacy_age",
    "ALTER INDEX legacy_pkey SET (fillfactor = 80)",
    "CREATE INDEX ON legacy (code, age)",
    "CREATE INDEX CONCURRENTLY ON legacy (code)",
    "CREATE INDEX ON legacy (customer_id)",
    "CREATE UNIQUE INDEX ON legacy (age)",
    "DROP INDEX ix_age",
    "DROP INDEX CONCURRENTLY ix_age",
    "REINDEX TABLE legacy",
    "REINDEX TABLE CONCURRENTLY legacy",
    "REINDEX INDEX legacy_pkey",
    "CLUSTER legacy USING legacy_pkey",
    "VACUUM FULL legacy",
    "ANALYZE legacy",
    "TRUNCATE legacy",
    "TRUNCATE legacy RESTART IDENTITY CASCADE",
    "COMMENT ON TABLE legacy IS 'old'",
    "COMMENT ON COLUMN legacy.made IS 'old'",
    "COMMENT ON CONSTRAINT legacy_pkey ON legacy IS 'old'",
    "GRANT SELECT ON legacy TO stranger",
    "REVOKE ALL ON legacy FROM PUBLIC",
    "CREATE POLICY p ON legacy USING (true)",
    "CREATE TRIGGER tr2 AFTER INSERT ON legacy FOR EACH ROW EXECUTE FUNCTION touch()",
    "DROP TRIGGER tr ON legacy",
    "CREATE RULE r AS ON DELETE TO legacy DO INSTEAD NOTHING",
    "CREATE STATISTICS st ON age, code FROM legacy",
    "CREATE TABLE heir2 () INHERITS (legacy)",
    "CREATE TABLE other_table (id int)",
    "CREATE VIEW v2 AS SELECT * FROM legacy",
    "CREATE SEQUENCE s OWNED BY legacy.age",
    "CREATE PUBLICATION pub FOR TABLE legacy",
    "DROP VIEW legacy_view",
    "DROP TABLE heir",
    "DROP TABLE heir, legacy CASCADE",
    "ALTER DOMAIN naive SET DEFAULT now()",
    "ALTER DOMAIN naive ADD CONSTRAINT past CHECK (value < now())",
    "REASSIGN OWNED BY stranger TO app",
    "INSERT INTO legacy (id) VALUES (100)",
]


@pytest.fixture
def guard(guard):
    guard.administer(
        f"GRANT CREATE ON DATABASE {guard.dbname} TO app",
        "ALTER SCHEMA public OWNER TO app",
        "CREATE SCHEMA other AUTHORIZATION app",
        "GRANT stranger TO app",
    )
    guard.prepare(*LEGACY)
    yield guard
    # Roles belong to the whole server, and other tests count on stranger being one of its own.
    guard.administer("REVOKE stranger FROM app")


@pytest.mark.parametrize("sql", HARMLESS)
def test_harmless(guard, sql):
    guard.passes(sql)


def test_harmless_in_a_transaction(guard):
    guard.passes_in_transaction(
        "ALTER TABLE legacy ADD note text",
        "ALTER TABLE legacy ALTER id TYPE bigint, ALTER up TYPE bigint",
        "ALTER TABLE legacy RENAME TO legacy2",
        "CREATE INDEX ON legacy2 (note)",
        "COMMENT ON TABLE legacy2 IS 'old'",
    )


def test_a_key_made_anew_and_renamed_is_still_the_old_one(guard):
    """The key has neither the oid nor the name that it had when the transaction began."""
    guard.passes_in_transaction(
        "ALTER TABLE legacy ALTER id TYPE bigint, ALTER up TYPE bigint",
        "ALTER TABLE legacy RENAME CONSTRAINT legacy_up_fkey TO fk_up",
    )


OLD_KEY = "FOREIGN KEY (customer_id) REFERENCES customers"

ADDS = [
    ("ALTER TABLE legacy ADD gone timestamp", "timestamp_without_time_zone legacy.gone"),
    ("ALTER TABLE legacy ADD x int, ADD gone naive", "timestamp_without_time_zone legacy.gone"),
    ("ALTER TABLE legacy ALTER code TYPE timestamp USING NULL", "timestamp_without_time_zone legacy.code"),
    ("ALTER TABLE legacy ADD UNIQUE (age)", "unnamed_constraint legacy.legacy_age_key"),
    ("ALTER TABLE legacy ADD CHECK (age < 200)", "unnamed_constraint legacy.legacy_age_check1"),
    (f"ALTER TABLE legacy ADD CONSTRAINT fk {OLD_KEY}", "fk_without_on_delete legacy.fk"),
    (f"ALTER TABLE legacy ADD CONSTRAINT fk {OLD_KEY} ON DELETE CASCADE", "fk_without_index legacy.fk"),
    (
        "ALTER TABLE legacy ADD CONSTRAINT fk FOREIGN KEY (age) REFERENCES legacy ON DELETE CASCADE, DROP COLUMN code",
        None,
    ),
    (
        "ALTER TABLE heir ADD CONSTRAINT fk FOREIGN KEY (up) REFERENCES legacy ON DELETE CASCADE",
        "fk_without_index heir.fk",
    ),
]  # fmt: skip


@pytest.mark.parametrize("sql, violation", ADDS)
def test_refused_for_what_it_adds(guard, sql, violation):
    if violation:
        guard.refuses(sql, adds=violation)
    else:
        guard.passes(sql)


def test_several_at_once_are_all_named(guard):
    guard.refuses(
        f"ALTER TABLE legacy ADD {OLD_KEY}, ADD gone timestamp, ADD CHECK (age < 200), ADD note text",
        adds=[
            "fk_without_on_delete legacy.legacy_customer_id_fkey1",
            "timestamp_without_time_zone legacy.gone",
            "unnamed_constraint legacy.legacy_age_check1",
            "unnamed_constraint legacy.legacy_customer_id_fkey1",
        ],
    )


def test_what_a_refusal_was_for_can_be_added_after_it_is_allowed(guard):
    """A violation that the guard let pass once does not count against the next statement."""
    guard.configure(timestamp_without_time_zone="warning")
    guard.warns("ALTER TABLE legacy ADD gone timestamp", adds="timestamp_without_time_zone legacy.gone")
    guard.configure(timestamp_without_time_zone="error")
    guard.passes("ALTER TABLE legacy ADD note text", "ALTER TABLE legacy RENAME gone TO went")


def test_a_warned_violation_is_warned_about_once_in_a_transaction(guard):
    guard.configure(mode="warn")
    guard.warns("BEGIN", "ALTER TABLE legacy ADD gone timestamp", adds="timestamp_without_time_zone legacy.gone")
    guard.passes("ALTER TABLE legacy ADD note text", "ALTER TABLE legacy RENAME gone TO went", "COMMIT")


def test_swapping_tables(guard):
    guard.passes_in_transaction(
        "CREATE TABLE fresh (id int CONSTRAINT pk_fresh PRIMARY KEY)",
        "ALTER TABLE legacy RENAME TO legacy_old",
        "ALTER TABLE fresh RENAME TO legacy",
    )


def test_a_second_table_under_the_same_name_is_new(guard):
    guard.passes("DROP TABLE legacy CASCADE")
    guard.refuses("CREATE TABLE legacy (id int, made timestamp)", adds="timestamp_without_time_zone legacy.made")
