//! A change of the schema must come with its record in the migration table.

use crate::catalog::Context;
use crate::facts::QualifiedName;
use crate::pattern::Patterns;
use crate::rule::{Check, Finding, FixContext, Levels, Rule, Transaction};
use crate::settings::{Opt, no_types};

pub static RULE: Rule = Rule {
    id: "unrecorded_migration",
    summary: "a transaction that changes a table but writes to no migration table",
    reason: "A change made next to the migrations is missing from every other database, and the next migration meets \
             a schema it does not know.",
    check: Check::Transaction(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&MIGRATION_TABLES],
    explanation: "\
A migration tool notes each migration in a table of its own. A transaction that changed, created or dropped a judged \
table is in order when it also holds a lock for writing rows on such a table, that is, when it inserted, updated or \
deleted there. Creating or changing the migration table itself needs no record, nor does REINDEX, and what was rolled \
back to a savepoint did not happen.

Alembic (with its default `transaction_per_migration` off or on), Rails, Flyway, Knex and node-pg-migrate write the \
record in the transaction of the migration. Django does so only where the migration leaves nothing for its end: the \
foreign keys and indexes of new tables and columns come last, and then the record is written in a transaction of its \
own. Some tools always do that, and every tool does for migrations that it runs outside of a transaction (Django's \
`atomic = False`, Alembic's `autocommit_block()`, Rails' `disable_ddl_transaction!`, anything CONCURRENTLY). For those, \
let a role that only the tool uses run the migrations and name it in `guardrail.exempt_roles`, or set the rule to \
`warning` for that role with ALTER ROLE … SET.",
    setup: "CREATE TABLE alembic_version (version_num character varying(32) NOT NULL);",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
INSERT INTO alembic_version (version_num) VALUES ('0001');
COMMIT;",
};

/// The tables in which migration tools note what has run.
pub static MIGRATION_TABLES: Opt<Patterns> = Opt {
    name: "migration_tables",
    summary: "Sets the tables in which migration tools note what has run.",
    details: "A comma-separated list of regular expressions, each matched against the whole name and against \
              schema.name.",
    default: "alembic_version, django_migrations, schema_migrations, ar_internal_metadata, flyway_schema_history, \
              databasechangelog, databasechangeloglock, __drizzle_migrations, knex_migrations, knex_migrations_lock, \
              pgmigrations, SequelizeMeta, migrations, _prisma_migrations, goose_db_version, atlas_schema_revisions, \
              _sqlx_migrations, refinery_schema_history, __EFMigrationsHistory, phinxlog, doctrine_migration_versions",
    preset_defaults: &[],
    parse: Patterns::parse,
    types: no_types,
};

/// Whether a table is one of a migration tool's own.
pub fn is_migration_table(name: &QualifiedName, context: &Context<'_>) -> bool {
    let tables = context.option(&MIGRATION_TABLES);
    tables.matches(&name.name) || tables.matches(&name.to_string())
}

fn check(transaction: &Transaction<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.catalog.writes_to(context.option(&MIGRATION_TABLES)) {
        return;
    }
    let mut changed = (transaction.changed)();
    changed.retain(|name| !is_migration_table(name, context));
    let Some(first) = changed.first() else { return };
    let others = match changed.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let message = format!("transaction changes table \"{first}\"{others} without recording a migration");
    findings.push(Finding::relation(message).about(first));
}

/// There is no SQL for this: the change belongs into a file.
fn fix(_: &Finding, _: &FixContext<'_>) -> String {
    "-- Write this change as a migration and let the migration tool run it.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::testing::FakeCatalog;

    fn messages(changed: &[&str], options: &[(&str, &str)]) -> Vec<String> {
        let settings = Settings::for_test(options);
        let changed = || changed.iter().map(|name| QualifiedName::new("public", *name)).collect();
        let mut findings = Vec::new();
        check(&Transaction { changed: &changed }, &Context { settings: &settings, catalog: &FakeCatalog }, &mut findings);
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_change_without_a_record_is_a_violation() {
        let expected = "transaction changes table \"public.a\" and 1 more without recording a migration";
        assert_eq!(messages(&["a", "b"], &[]), [expected]);
        assert!(messages(&[], &[]).is_empty());
    }

    #[test]
    fn a_record_makes_it_good() {
        assert!(messages(&["a"], &[("migration_tables", "written")]).is_empty());
        assert_eq!(messages(&["a"], &[("migration_tables", "other")]).len(), 1);
    }

    #[test]
    fn the_migration_table_itself_needs_no_record() {
        assert!(messages(&["alembic_version"], &[]).is_empty());
        assert!(messages(&["x"], &[("migration_tables", r"public\.x")]).is_empty());
    }
}
