"""The first run of a migration tool creates the tool's own tables, which no rule about keys, columns or names refuses."""

import pytest

# What each tool sends to PostgreSQL at its first run.
CREATED = {
    "Diesel": "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "SQLx": """CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)""",
    "Refinery": "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))",
    "SeaORM": 'CREATE TABLE "seaql_migrations" ("version" varchar NOT NULL PRIMARY KEY, "applied_at" bigint NOT NULL)',
    "golang-migrate": 'CREATE TABLE "public"."schema_migrations" (version bigint not null primary key, dirty boolean not null)',
    "goose": "CREATE TABLE goose_db_version (id serial NOT NULL PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NULL DEFAULT now())",
    "sql-migrate": 'CREATE TABLE "gorp_migrations" ("id" text not null primary key, "applied_at" timestamp with time zone)',
    "tern": "CREATE TABLE public.schema_version (version int4 not null)",
    "Kysely": """CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
        CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null)""",
    "Knex": """CREATE TABLE "knex_migrations" ("id" serial primary key, "name" varchar(255), "batch" integer, "migration_time" timestamptz);
        CREATE TABLE "knex_migrations_lock" ("index" serial primary key, "is_locked" integer)""",
    "TypeORM": 'CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timestamp" bigint NOT NULL, "name" character varying NOT NULL, CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY ("id"))',
    "node-pg-migrate": 'CREATE TABLE "public"."pgmigrations" (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)',
    "Drizzle": 'CREATE SCHEMA drizzle; CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)',
    "Prisma": """CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
        migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)""",
    "Graphile Migrate": """CREATE SCHEMA graphile_migrate;
        CREATE TABLE graphile_migrate.migrations (hash text primary key, previous_hash text references graphile_migrate.migrations,
            filename text not null, date timestamptz not null default now());
        CREATE TABLE graphile_migrate.current (filename text primary key default 'current.sql', content text not null, date timestamptz not null default now())""",
    "Payload": 'CREATE TABLE "payload_migrations" ("id" serial PRIMARY KEY NOT NULL, "name" varchar, "batch" numeric, "updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL)',
    "yoyo": """CREATE TABLE yoyo_lock (locked INT DEFAULT 1, ctime TIMESTAMP, pid INT NOT NULL, PRIMARY KEY (locked));
        CREATE TABLE _yoyo_migration (migration_hash VARCHAR(64), migration_id VARCHAR(255), applied_at_utc TIMESTAMP, PRIMARY KEY (migration_hash));
        CREATE TABLE _yoyo_log (id VARCHAR(36), migration_hash VARCHAR(64), username VARCHAR(255), created_at_utc TIMESTAMP, PRIMARY KEY (id));
        CREATE TABLE _yoyo_version (version INT NOT NULL PRIMARY KEY, installed_at_utc TIMESTAMP)""",
    "Aerich": 'CREATE TABLE "aerich" ("id" SERIAL NOT NULL PRIMARY KEY, "version" VARCHAR(255) NOT NULL, "app" VARCHAR(100) NOT NULL, "content" JSONB NOT NULL)',
    "peewee-migrate": 'CREATE TABLE "migratehistory" ("id" SERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "migrated_at" TIMESTAMP NOT NULL)',
    "Doctrine": "CREATE TABLE doctrine_migration_versions (version VARCHAR(191) NOT NULL, executed_at TIMESTAMP(0) WITHOUT TIME ZONE DEFAULT NULL, execution_time INT DEFAULT NULL, PRIMARY KEY (version))",
    "Phinx": """CREATE TABLE "public"."phinxlog" ("version" BIGINT NOT NULL, "migration_name" CHARACTER VARYING (100) NULL, "start_time" TIMESTAMP NULL,
        "end_time" TIMESTAMP NULL, "breakpoint" BOOLEAN NOT NULL DEFAULT FALSE, CONSTRAINT "phinxlog_pkey" PRIMARY KEY ("version"))""",
    "Laravel": 'CREATE TABLE "migrations" ("id" serial not null primary key, "migration" varchar(255) not null, "batch" integer not null)',
    "Ecto": "CREATE TABLE schema_migrations (version bigint, inserted_at timestamp(0), PRIMARY KEY (version))",
    "Flyway": """CREATE TABLE "public"."flyway_schema_history" ("installed_rank" INT NOT NULL, "version" VARCHAR(50), "installed_on" TIMESTAMP NOT NULL DEFAULT now());
        ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank")""",
    "Liquibase": """CREATE TABLE databasechangeloglock (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TIMESTAMP WITHOUT TIME ZONE, LOCKEDBY VARCHAR(255),
        CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (ID));
        CREATE TABLE databasechangelog (ID VARCHAR(255) NOT NULL, DATEEXECUTED TIMESTAMP WITHOUT TIME ZONE NOT NULL)""",
    "Evolve": 'CREATE TABLE "public"."changelog" (id SERIAL PRIMARY KEY NOT NULL, type SMALLINT, version VARCHAR(50), installed_on TIMESTAMP NOT NULL DEFAULT now())',
    "DbUp": 'CREATE TABLE "schemaversions" (schemaversionsid SERIAL NOT NULL, scriptname VARCHAR(255) NOT NULL, applied TIMESTAMP NOT NULL, CONSTRAINT "PK_schemaversions_Id" PRIMARY KEY (schemaversionsid))',
    "FluentMigrator": 'CREATE TABLE "public"."VersionInfo" ("Version" bigint NOT NULL, "AppliedOn" timestamp, "Description" varchar(1024))',
    "Sqitch": """CREATE SCHEMA sqitch;
        CREATE TABLE sqitch.projects (project TEXT PRIMARY KEY, created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp());
        CREATE TABLE sqitch.changes (change_id TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES sqitch.projects (project) ON UPDATE CASCADE);
        CREATE TABLE sqitch.tags (tag_id TEXT PRIMARY KEY, change_id TEXT NOT NULL REFERENCES sqitch.changes (change_id) ON UPDATE CASCADE)""",
}  # fmt: skip


@pytest.mark.parametrize("created", CREATED.values(), ids=CREATED)
@pytest.mark.parametrize("preset", ["core", "recommended"])
def test_a_tool_creates_its_tables(guard, preset, created):
    guard.configure(preset=preset)
    guard.passes(*created.split(";\n"))


@pytest.mark.parametrize("table", ["public.tags", "sqitch.other", "public.graphile_migrate"])
def test_other_tables_are_checked(guard, table):
    guard.prepare("CREATE SCHEMA sqitch")
    guard.refuses(f"CREATE TABLE {table} (id int PRIMARY KEY)", adds=f"unnamed_constraint {table.removeprefix('public.')}.{table.split('.')[1]}_pkey")


def test_the_first_run_of_kysely(migrations):
    """Kysely creates its tables, runs the migrations and notes them, all of it enforced."""
    database = migrations()
    with database.connect() as admin:
        for setting, value in {"mode": "enforce", "preset": "core"}.items():
            admin.execute(f"ALTER DATABASE {database.dbname} SET guardrail.{setting} = '{value}'")
    done = database.npm("node", "kysely.js", "up")
    assert done.returncode == 0, done.stderr
    assert database.rows("SELECT name FROM kysely_migration ORDER BY name") == [("1_books",), ("2_pages",)]
