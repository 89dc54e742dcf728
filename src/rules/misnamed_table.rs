//! The names of tables must fit a pattern.

use crate::facts::Relation;
use crate::predicates::{names, tables};
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, RelationEdit, Rule};
use crate::settings::name_patterns::TABLE_NAME_PATTERN;
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "misnamed_table",
    summary: "a table whose name does not fit the pattern for tables",
    reason: "Names that are all spelled in the same way can be written without quotes and without looking them up.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&TABLE_NAME_PATTERN, &MIGRATION_TABLES],
    explanation: "\
The pattern is a regular expression for the whole name, without the schema. Partitions are checked like every other \
table.

The rule checks the names that stand at the end of the transaction. Only new names are reported: a table that already had its name is not reported when something else about it changes. \
Renaming a table from one name that does not fit to another such name is a violation.

Migration tables (`guardrail.migration_tables`) are not checked, since the migration tools choose their names.",
    setup: "",
    bad: "CREATE TABLE \"OrderItems\" (id bigint CONSTRAINT pk_order_items PRIMARY KEY);",
    good: "CREATE TABLE order_items (id bigint CONSTRAINT pk_order_items PRIMARY KEY);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_migration_table(relation, context) {
        return;
    }
    if relation.kind.is_table() {
        names::check_relation_name(relation, context.option(&TABLE_NAME_PATTERN), findings);
    }
}

fn fix(_: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    vec![Edit::Relation(RelationEdit::Name)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{RelationKind, oids};
    use crate::testing::{column, fix_of, messages_of, table};

    #[test]
    fn names_must_fit_the_pattern() {
        let found = |name: &str, options| messages_of(&RULE, &table(name, vec![]), options).len();
        for (name, count) in [("orders", 0), ("o2_x", 0), ("Orders", 1), ("_orders", 1), ("größe", 1), ("a b", 1)] {
            assert_eq!(found(name, &[]), count, "{name}");
        }
        assert_eq!(found("orders", &[("table_name_pattern", "tbl_.+")]), 1);
        assert_eq!(
            messages_of(&RULE, &table("Orders", vec![]), &[]),
            ["name of table \"public.Orders\" does not fit the pattern \"[a-z][a-z0-9_]*\""]
        );
        let mut domain = table("Size", vec![]);
        domain.kind = RelationKind::Domain;
        assert!(messages_of(&RULE, &domain, &[]).is_empty());
    }

    #[test]
    fn the_fix_is_a_name_that_fits() {
        let t = table("OrderItems", vec![column(1, "a", oids::INT8)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.\"OrderItems\" RENAME TO order_items;");
        let options = [("table_name_pattern", "tbl_.+")];
        assert!(fix_of(&RULE, &t, &options, false).ends_with("RENAME TO tbl_order_items;"));
    }
}
