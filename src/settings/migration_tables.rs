//! The tables in which migration tools note what has run, and the tables that they lock. Where a tool calls its table
//! what many others do, all of them stand beside it.

/// Declares the tables with their tools, and the text that lists them all.
macro_rules! migration_tables {
    ($($table:literal => $tools:literal),+ $(,)?) => {
        /// Each table, as a pattern for its name, with the tools that create it; the documentation lists them.
        #[cfg(test)]
        pub const MIGRATION_TABLES_BY_TOOL: &[(&str, &str)] = &[$(($table, $tools)),+];

        /// The patterns, each with a comma and a space after it.
        const PATTERNS: &str = concat!($($table, ", "),+);
    };
}

/// The default of `guardrail.migration_tables`.
pub const DEFAULT_MIGRATION_TABLES: &str = PATTERNS.split_at(PATTERNS.len() - ", ".len()).0;

migration_tables! {
    // Tables of many tools
    "schema_migrations" => "Rails, Ecto, golang-migrate, dbmate, Sequel, Hanami, Migratus, Supabase",
    "migrations" => "Laravel, TypeORM, gormigrate, db-migrate, postgres-migrations, Graphile Worker",
    "migration" => "Yii, Piccolo",
    "schema_version" => "tern, Flyway before 5",
    "changelog" => "MyBatis Migrations, Evolve",

    // Python
    "alembic_version" => "Alembic, Flask-Migrate",
    "django_migrations" => "Django",
    "_yoyo_migration" => "yoyo",
    "_yoyo_log" => "yoyo",
    "_yoyo_version" => "yoyo",
    "yoyo_lock" => "yoyo",
    "aerich" => "Aerich (Tortoise ORM)",
    "migratehistory" => "peewee-migrate",
    "migrate_version" => "SQLAlchemy Migrate",

    // JavaScript
    "_prisma_migrations" => "Prisma",
    "knex_migrations" => "Knex",
    "knex_migrations_lock" => "Knex",
    "kysely_migration" => "Kysely",
    "kysely_migration_lock" => "Kysely",
    "__drizzle_migrations" => "Drizzle",
    "typeorm_metadata" => "TypeORM",
    "SequelizeMeta" => "Sequelize, Umzug",
    "SequelizeData" => "Sequelize (seeds)",
    "pgmigrations" => "node-pg-migrate",
    "mikro_orm_migrations" => "MikroORM, Medusa",
    "schemaversion" => "Postgrator",
    r"graphile_migrate\.migrations" => "Graphile Migrate",
    r"graphile_migrate\.current" => "Graphile Migrate",
    "payload_migrations" => "Payload",
    "adonis_schema" => "AdonisJS",
    "adonis_schema_versions" => "AdonisJS",
    "directus_migrations" => "Directus",

    // Ruby
    "ar_internal_metadata" => "Rails",
    "schema_info" => "Sequel",

    // Go
    "goose_db_version" => "goose",
    "atlas_schema_revisions" => "Atlas",
    "bun_migrations" => "Bun",
    "bun_migration_locks" => "Bun",
    "gorp_migrations" => "sql-migrate",
    "gopg_migrations" => "go-pg",
    "schema_migration" => "Pop (Buffalo)",

    // Rust
    "__diesel_schema_migrations" => "Diesel",
    "_sqlx_migrations" => "SQLx",
    "refinery_schema_history" => "Refinery",
    "seaql_migrations" => "SeaORM",

    // Java and Scala
    "flyway_schema_history" => "Flyway",
    "databasechangelog" => "Liquibase",
    "databasechangeloglock" => "Liquibase",
    "play_evolutions" => "Play",
    "play_evolutions_lock" => "Play",

    // .NET
    "__EFMigrationsHistory" => "Entity Framework Core",
    "VersionInfo" => "FluentMigrator",
    "schemaversions" => "DbUp",
    r"grate\.Version" => "grate",
    r"grate\.ScriptsRun" => "grate",
    r"grate\.ScriptsRunErrors" => "grate",
    r"grate\.GrateVersion" => "grate",
    r"grate\.GrateScriptsRun" => "grate",
    r"grate\.GrateScriptsRunErrors" => "grate",

    // PHP
    "doctrine_migration_versions" => "Doctrine",
    "migration_versions" => "Doctrine before 3",
    "phinxlog" => "Phinx, CakePHP",
    "cake_migrations" => "CakePHP",

    // Others
    r"sqitch\.releases" => "Sqitch",
    r"sqitch\.projects" => "Sqitch",
    r"sqitch\.changes" => "Sqitch",
    r"sqitch\.tags" => "Sqitch",
    r"sqitch\.dependencies" => "Sqitch",
    r"sqitch\.events" => "Sqitch",
    "ragtime_migrations" => "Ragtime (Clojure)",
    "micrate_db_version" => "Micrate (Crystal)",
    "_fluent_migrations" => "Fluent (Swift)",
    "_fluent_enums" => "Fluent (Swift)",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::QualifiedName;
    use crate::settings::parse::patterns::Patterns;

    #[test]
    fn each_table_stands_there_once_and_is_matched() {
        let tables: BTreeSet<&str> = MIGRATION_TABLES_BY_TOOL.iter().map(|(table, _)| *table).collect();
        assert_eq!(tables.len(), MIGRATION_TABLES_BY_TOOL.len());
        let patterns = Patterns::parse(DEFAULT_MIGRATION_TABLES).unwrap();
        for table in tables {
            let name = match table.split_once(r"\.") {
                Some((schema, name)) => QualifiedName::new(schema, name),
                None => QualifiedName::new("any_schema", table),
            };
            assert!(patterns.matches_relation(&name), "{table}");
        }
        assert!(!patterns.matches_relation(&QualifiedName::new("public", "tags")));
    }

    #[test]
    fn none_of_them_must_be_compiled() {
        let patterns = Patterns::parse(DEFAULT_MIGRATION_TABLES).unwrap();
        assert_eq!(patterns.plain_names().unwrap().count(), MIGRATION_TABLES_BY_TOOL.len());
    }
}
