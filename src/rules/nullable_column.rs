//! Columns must be NOT NULL unless there is a reason for NULL.

use crate::facts::{Column, Relation};
use crate::predicates::{inheritance, nulls, subjects, tables};
use crate::rule::{Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::parse::patterns::Patterns;
use crate::settings::shared::MIGRATION_TABLES;
use crate::settings::{TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "nullable_column",
    summary: "a column that may be NULL",
    reason: "NULL may mean unknown, not applicable or forgotten, and nobody can tell which. Every query over the \
             column has to handle it.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&NULLABLE_COLUMN_EXEMPT, &MIGRATION_TABLES],
    explanation: "\
The rule checks the final state of the transaction, so a column may be added, filled and then made NOT NULL. The \
columns of a primary key, identity columns and serial columns are NOT NULL by themselves. A column also counts as NOT \
NULL when its domain is, or when a validated and enforced check says `column IS NOT NULL`, alone or joined with other \
conditions by AND. A NOT NULL that is NOT VALID (PostgreSQL 18) does not count until it is validated: the rows that were \
there before may hold NULL.

A column may be NULL:

* when its name matches `guardrail.nullable_column_exempt`, by default names for points in time that may not have come \
yet;
* when its comment begins with `nullable:` and goes on with a reason (`COMMENT ON COLUMN … IS 'nullable: unknown until \
the goods are weighed'`);
* when a foreign key over it sets it to NULL, or references another column of the table itself, where the first \
row can reference no other.

The rule does not check:

* generated columns, whose values follow from other columns;
* foreign tables and migration tables (`guardrail.migration_tables`);
* columns that a partition or an inheritance child inherits from a parent in which they may be NULL, too: the parent is \
reported. What the parent has for itself alone (a NOT NULL or a check that is NO INHERIT, a foreign key) does not count \
for the child.

Dropping NOT NULL is a violation as well, but not dropping that of a domain, which changes no table.

The fix fills existing rows with the column's default, where it has one. Where it has none, somebody has to decide \
which value these rows get.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, number bigint);",
    good: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, number bigint NOT NULL, paid_at timestamptz);",
};

/// The names of columns that may be NULL.
pub static NULLABLE_COLUMN_EXEMPT: TextOption<Patterns> = TextOption {
    name: "nullable_column_exempt",
    summary: "Sets the names of columns that may be NULL.",
    details: "A comma-separated list of regular expressions, each matched against the whole name.",
    default: "deleted_at, deleted_by, .*_at, .*_on, .*_until",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let is_violation = |column: &Column, relation: &Relation| is_violation(column, relation, context);
    for column in relation.columns.iter().filter(|column| is_violation(column, relation)) {
        if !nulls::has_reason_for_null(column, relation, context) {
            let message = format!("{} may be null", subjects::describe_column(column, relation));
            let baseline_only = inheritance::is_reported_on_parent(column, relation, context, is_violation);
            findings.push(Finding { baseline_only, ..Finding::column(column, message) });
        }
    }
}

/// Whether a column may be NULL, for no other reason than one that its comment gives. The comment counts for the columns
/// of children, too.
fn is_violation(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    !column.not_null
        && tables::is_local_table(relation)
        && nulls::may_be_null(column, relation, context.catalog)
        && !context.option(&NULLABLE_COLUMN_EXEMPT).matches(&column.name)
        && !nulls::must_accept_null(column, relation)
        && !tables::is_migration_table(relation, context)
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let set = |column: &Column| Edit::Column(column.number, ColumnEdit::NotNull { filler: None });
    finding.find_column(relation).map(set).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, AttrNumber, Column, Oid, RelationKind, oids};
    use crate::testing::{FakeCatalog, Trial, column, fix_of, foreign_key, messages_of, table};

    /// A table with this nullable column.
    fn with_nullable(number: AttrNumber, name: &str) -> Relation {
        const ID: AttrNumber = 50;
        table("t", vec![column(ID, "id", oids::INT8), Column { not_null: false, ..column(number, name, oids::INT8) }])
    }

    fn count(relation: &Relation, options: &[(&str, &str)]) -> usize {
        messages_of(&RULE, relation, options).len()
    }

    #[test]
    fn a_column_must_not_be_null() {
        assert_eq!(messages_of(&RULE, &with_nullable(1, "a"), &[]), ["column \"a\" of table \"public.t\" may be null"]);
        assert_eq!(count(&table("t", vec![column(1, "a", oids::INT8)]), &[]), 0);
    }

    #[test]
    fn a_name_a_comment_or_a_foreign_key_may_be_a_reason_for_null() {
        const FOREIGN_KEY: Oid = 7;
        for name in ["deleted_at", "paid_at", "billed_on", "deleted_by"] {
            assert_eq!(count(&with_nullable(1, name), &[]), 0, "{name}");
        }
        assert_eq!(count(&with_nullable(1, "at"), &[]), 1);
        assert_eq!(count(&with_nullable(1, "paid_at_desk"), &[]), 1);
        let with_reason = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().comment(1, "nullable: the test says so"));
        assert!(with_reason.messages(&with_nullable(1, "a")).is_empty(), "the comment gives a reason");
        assert_eq!(count(&with_nullable(1, "paid_at"), &[("nullable_column_exempt", "a, b")]), 1);
        assert_eq!(count(&with_nullable(1, "a"), &[("nullable_column_exempt", "a, b")]), 0);
        let mut t = with_nullable(1, "a");
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], Action::SetNull));
        assert_eq!(count(&t, &[]), 0);
    }

    #[test]
    fn some_tables_and_columns_are_exempt() {
        assert_eq!(count(&Relation { kind: RelationKind::ForeignTable, ..with_nullable(1, "a") }, &[]), 0);
        assert_eq!(count(&Relation { kind: RelationKind::CompositeType, ..with_nullable(1, "a") }, &[]), 0);
        assert_eq!(count(&with_nullable(1, "a"), &[("migration_tables", "t")]), 0);
        let mut t = with_nullable(1, "a");
        let mut parent = t.clone();
        t.columns[1].inherited = true;
        let of = |parent: &Relation| Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().parent(parent.clone()));
        assert!(of(&parent).messages(&t).is_empty(), "the parent is reported");
        parent.columns[1].not_null = true;
        assert_eq!(of(&parent).messages(&t).len(), 1, "the parent has its NOT NULL for itself alone");
    }

    #[test]
    fn the_fix_sets_not_null() {
        let fix = fix_of(&RULE, &with_nullable(1, "A"), &[], false);
        assert_eq!(fix, "ALTER TABLE public.t ALTER COLUMN \"A\" SET NOT NULL;");
    }
}
