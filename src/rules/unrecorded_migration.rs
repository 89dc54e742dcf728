//! A transaction that changes a table must record a migration in the migration table.

use crate::facts::{QualifiedName, Relation, Transaction};
use crate::fix;
use crate::predicates::tables;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "unrecorded_migration",
    summary: "a transaction that changes a table but writes to no migration table",
    reason: "A change made outside of the migrations is missing from every other database, and the next migration \
             meets a schema that it does not expect.",
    moment: Moment::Commit,
    check: Check::Transaction(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&MIGRATION_TABLES],
    explanation: "\
A migration tool records each migration in a table of its own. A transaction that created, changed or dropped a table \
that is not exempt is in order when it also holds a lock for writing rows on such a migration table: when it inserted, \
updated or deleted rows there, even if no row was affected.

These are not a record:

* reading the migration table, also with FOR UPDATE;
* TRUNCATE and a stronger LOCK TABLE;
* anything done to a temporary table of the same name.

Creating or changing the migration table itself needs no record, nor does a table with an exemption from this rule. \
What was rolled back to a savepoint does not count.

Indexes, constraints, comments and the owner of a table count as parts of it. Views, sequences, types, functions, \
triggers, rules, policies and grants do not, and REINDEX changes nothing. Every ALTER TABLE counts, also DISABLE \
TRIGGER and an IF NOT EXISTS that finds the column in place. The partitions that a maintenance job makes and drops \
count as well: switch the rule off for the role of that job, as shown below. CONCURRENTLY statements cannot have a \
record in the same transaction. They are checked before they begin, so that they leave nothing half done.

These tools were seen to write the record in the transaction of the migration, starting from an empty database:

* Alembic, with `transaction_per_migration` on or off;
* node-pg-migrate, with `single-transaction` on or off;
* TypeORM, with `--transaction` `all` or `each`;
* Drizzle's migrator;
* Kysely's migrator;
* Knex, when it applies migrations.

These were seen to write it in another transaction:

* Django, for a migration with SQL that it defers to the end (foreign keys, some indexes), for a migration with \
`atomic = False`, and whenever it reverts a migration;
* Knex, when it reverts migrations (`migrate:rollback`, `migrate:down`), and when it applies them with \
`--disable-transactions` or where one of the pending migrations has `config.transaction = false`;
* Umzug with Sequelize;
* Alembic in `autocommit_block()`, node-pg-migrate after `pgm.noTransaction()`, TypeORM with `--transaction none`.

Give such a tool a role of its own and switch the rule off for that role. All other rules still apply to the role, and \
this rule still applies to all other roles:

```sql
ALTER ROLE deploy IN DATABASE shop SET guardrail.unrecorded_migration = off;
```

A role in `guardrail.exempt_roles` is exempt from all rules. Django needs neither when each migration runs in one \
transaction together with its record. Put this into a module that is loaded before `migrate` runs, and do the same for \
`unapply_migration`:

```python
class RecordingExecutor(MigrationExecutor):
    def apply_migration(self, state, migration, *args, **kwargs):
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **kwargs)
        with transaction.atomic(self.connection.alias):
            return super().apply_migration(state, migration, *args, **kwargs)


django.core.management.commands.migrate.MigrationExecutor = RecordingExecutor
```",
    setup: "CREATE TABLE alembic_version (version_num character varying(32) NOT NULL);",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
INSERT INTO alembic_version (version_num) VALUES ('0001');
COMMIT;",
};

fn check(transaction: &Transaction<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.catalog.writes_to(context.option(&MIGRATION_TABLES)) {
        return;
    }
    let mut changed = (transaction.changed_tables)();
    // An exemption of one table is none of the others that the transaction changes.
    let is_exempt = |name: &QualifiedName| context.catalog.exemptions().cover(RULE.id, name, None);
    changed.retain(|name| !tables::is_migration_table_name(name, context) && !is_exempt(name));
    let Some(first) = changed.first() else { return };
    let others = match changed.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let message = format!("transaction changes table \"{first}\"{others} without recording a migration");
    findings.push(Finding::relation(message).reported_for(first));
}

fn fix(_: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    vec![Edit::ByHand(fix::WRITE_A_MIGRATION.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::QualifiedName;
    use crate::testing::{FakeCatalog, Trial};

    fn messages(changed: &[&str], options: &[(&str, &str)]) -> Vec<String> {
        let changed_tables = || changed.iter().map(|name| QualifiedName::new("public", *name)).collect();
        let rule = Trial::of(&RULE, options).in_catalog(FakeCatalog::new().writes_to("written"));
        rule.messages_about_transaction(&Transaction { changed_tables: &changed_tables })
    }

    #[test]
    fn a_change_without_a_record_is_a_violation() {
        let expected = "transaction changes table \"public.a\" and 1 more without recording a migration";
        assert_eq!(messages(&["a", "b"], &[]), [expected]);
        assert!(messages(&[], &[]).is_empty());
    }

    #[test]
    fn a_change_with_a_record_is_no_violation() {
        assert!(messages(&["a"], &[("migration_tables", "written")]).is_empty());
        assert_eq!(messages(&["a"], &[("migration_tables", "other")]).len(), 1);
    }

    #[test]
    fn a_table_with_an_exemption_needs_no_record_but_the_others_do() {
        let changed_tables = || ["a", "b"].map(|name| QualifiedName::new("public", name)).to_vec();
        let found = |exempt: &str| {
            let catalog = FakeCatalog::new().exempting(RULE.id, exempt, None);
            Trial::of(&RULE, &[])
                .in_catalog(catalog)
                .messages_about_transaction(&Transaction { changed_tables: &changed_tables })
        };
        assert_eq!(found(r"public\.a"), ["transaction changes table \"public.b\" without recording a migration"]);
        assert!(found("a, b").is_empty());
    }

    #[test]
    fn the_migration_table_itself_needs_no_record() {
        assert!(messages(&["alembic_version"], &[]).is_empty());
        assert!(messages(&["x"], &[("migration_tables", r"public\.x")]).is_empty());
    }
}
