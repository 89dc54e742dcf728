//! Boolean columns must be NOT NULL.

use crate::facts::{Column, Relation, oids};
use crate::predicates::{inheritance, nulls, subjects, tables};
use crate::rule::{Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "nullable_boolean",
    summary: "a boolean column that may be NULL",
    reason: "NULL makes a third state: WHERE active skips those rows, and so does WHERE NOT active.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&MIGRATION_TABLES],
    explanation: "\
The rule checks the final state of the transaction. It checks columns of type boolean and columns over a domain over \
boolean, but not arrays of booleans.

As for `nullable_column`, a column counts as NOT NULL when it or its domain is, or when a validated check says so. A \
column is exempt when its comment begins with `nullable:` and goes on with a reason. \
`guardrail.nullable_column_exempt` does not matter for this rule. For an answer that may be yes, no or not given, an \
enum serves better.

The rule does not check:

* generated columns;
* foreign tables and migration tables (`guardrail.migration_tables`);
* columns that a partition or an inheritance child inherits from a parent in which they may be NULL, too: the parent is \
reported.

The fix fills existing rows with the column's default, where it has one, and with false where the column is newer than \
the rows.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, is_paid boolean DEFAULT false);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, is_paid boolean NOT NULL DEFAULT false);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let is_violation = |column: &Column, relation: &Relation| is_violation(column, relation, context);
    for column in relation.columns.iter().filter(|column| is_violation(column, relation)) {
        if !nulls::has_reason_for_null(column, relation, context) {
            let message = format!("boolean {} may be null", subjects::describe_column(column, relation));
            let baseline_only = inheritance::is_reported_on_parent(column, relation, context, is_violation);
            findings.push(Finding { baseline_only, ..Finding::column(column, message) });
        }
    }
}

/// Whether a boolean column may be NULL, for no other reason than one that its comment gives. The comment counts for the
/// columns of children, too.
fn is_violation(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    let own = &column.data_type;
    !column.not_null
        && own.contains(oids::BOOL)
        && tables::is_local_table(relation)
        && context.catalog.base_type(own.oid, own.modifier).oid == oids::BOOL
        && nulls::may_be_null(column, relation, context.catalog)
        && !tables::is_migration_table(relation, context)
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let set = |column: &Column| Edit::Column(column.number, ColumnEdit::NotNull { filler: Some("false") });
    finding.find_column(relation).map(set).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DataType, Oid, RelationKind};
    use crate::testing::{FakeCatalog, Trial, column, fix_of, messages_of, table};

    const DOMAIN: Oid = 17000;
    const ARRAY: Oid = 18000;

    fn with_nullable(column: Column) -> Relation {
        table("t", vec![Column { not_null: false, ..column }])
    }

    fn over_boolean(oid: Oid) -> Column {
        let data_type = DataType { oid, modifier: -1, component_types: [oids::BOOL].into() };
        Column { data_type, ..column(1, "a", 0) }
    }

    #[test]
    fn a_boolean_must_not_be_null() {
        let catalog = FakeCatalog::new().domain(DOMAIN, oids::BOOL, false, false).array(ARRAY, oids::BOOL);
        let rule = Trial::of(&RULE, &[]).in_catalog(catalog);
        let expected = ["boolean column \"a\" of table \"public.t\" may be null"];
        assert_eq!(messages_of(&RULE, &with_nullable(column(1, "a", oids::BOOL)), &[]), expected);
        assert_eq!(rule.messages(&with_nullable(over_boolean(DOMAIN))), expected);
        assert!(rule.messages(&with_nullable(over_boolean(ARRAY))).is_empty());
        assert!(messages_of(&RULE, &with_nullable(column(1, "a", oids::INT4)), &[]).is_empty());
        assert!(messages_of(&RULE, &table("t", vec![column(1, "a", oids::BOOL)]), &[]).is_empty());
    }

    #[test]
    fn some_tables_and_columns_are_exempt() {
        let t = with_nullable(column(1, "a", oids::BOOL));
        assert!(messages_of(&RULE, &Relation { kind: RelationKind::ForeignTable, ..t.clone() }, &[]).is_empty());
        assert!(messages_of(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        assert_eq!(messages_of(&RULE, &t, &[("nullable_column_exempt", "a")]).len(), 1);
        let with_reason = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().comment(1, "nullable: the test says so"));
        assert!(with_reason.messages(&t).is_empty(), "the comment gives a reason");
        let of_parent = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().parent(t));
        let child = with_nullable(Column { inherited: true, ..column(1, "a", oids::BOOL) });
        assert!(of_parent.messages(&child).is_empty());
    }

    #[test]
    fn the_fix_sets_not_null() {
        let t = with_nullable(column(1, "a", oids::BOOL));
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL;");
    }
}
