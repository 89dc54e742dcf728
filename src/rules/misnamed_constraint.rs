//! The names of constraints must fit the pattern of their kind.

use super::unnamed_constraint;
use crate::facts::{AttrNumber, Constraint, Relation};
use crate::predicates::subjects;
use crate::predicates::tables;
use crate::rule::{Catalog, Check, ConstraintEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::name_pattern::Placeholders;
use crate::settings::name_patterns::{
    CHECK_NAME_PATTERN, EXCLUSION_NAME_PATTERN, FOREIGN_KEY_NAME_PATTERN, PRIMARY_KEY_NAME_PATTERN,
    UNIQUE_NAME_PATTERN, pattern_of,
};
use crate::settings::shared::{MIGRATION_TABLES, NAMED_CONSTRAINT_KINDS};

pub static RULE: Rule = Rule {
    id: "misnamed_constraint",
    summary: "a constraint whose name does not fit the pattern of its kind",
    reason: "Names that follow one pattern are the same in every database, and in an error message they tell which \
             constraint of which table was violated.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[
        &PRIMARY_KEY_NAME_PATTERN,
        &UNIQUE_NAME_PATTERN,
        &FOREIGN_KEY_NAME_PATTERN,
        &CHECK_NAME_PATTERN,
        &EXCLUSION_NAME_PATTERN,
        &MIGRATION_TABLES,
    ],
    explanation: "\
Each kind of constraint has a pattern, a regular expression for the whole name, with these placeholders:

* `{table}`: the name of the table;
* `{columns}`: the names of the constraint's columns, joined with underscores;
* `{column_0}`: the name of the first of these columns;
* `{ref_table}`: for a foreign key, the name of the referenced table.

Where a constraint is over an expression, or over no column, any text may stand for the column's name. Of a name that \
had to be cut at 63 bytes, or that a tool ended with a hash for that reason, the remaining part is compared.

The rule checks the names that stand at the end of the transaction: a table that is built beside the old one, with the \
names of the old one's constraints, and renamed over it is not a violation, and neither is one that becomes a partition. \
Only new names are reported: a constraint that already had its name is not reported when its table or a column is \
renamed, even where the name no longer fits. Renaming a constraint from one name that does not fit to another such \
name is a violation.

A constraint that was given no name is reported by `unnamed_constraint` instead, where that rule checks its kind at \
the same level or a higher one. NOT NULL constraints are not checked. Constraints that a partition or an inheritance \
child inherits are reported on the parent only. Migration tables (`guardrail.migration_tables`) are not checked, since \
the migration tools choose their names.

A check that `LIKE … INCLUDING CONSTRAINTS` copies keeps its name but is compared with the name of its new table, \
unless that becomes a partition in the same transaction. Otherwise leave INCLUDING CONSTRAINTS out.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT orders_key PRIMARY KEY);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
};

/// The values of a constraint for the placeholders of its pattern.
struct Parts {
    /// The names of its columns, `None` for an expression.
    columns: Vec<Option<String>>,
    /// For a foreign key, the name of the referenced table.
    ref_table: String,
}

impl Parts {
    fn of(constraint: &Constraint, relation: &Relation, catalog: &dyn Catalog) -> Self {
        let name = |number: &AttrNumber| relation.column(*number).map(|column| column.name.clone());
        let mut columns: Vec<_> = constraint.columns.iter().map(name).collect();
        if columns.is_empty() {
            columns.push(None);
        }
        let key = constraint.foreign_key.as_ref();
        let ref_table = key.and_then(|key| catalog.table_name(key.referenced_table)).unwrap_or_default().name;
        Self { columns, ref_table }
    }

    fn placeholders<'a>(&'a self, relation: &'a Relation) -> Placeholders<'a> {
        Placeholders { table: &relation.name.name, columns: &self.columns, ref_table: &self.ref_table }
    }
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_migration_table(relation, context) {
        return;
    }
    for constraint in &relation.constraints {
        let (kind, name) = (constraint.kind, &constraint.name);
        let Some(pattern) = pattern_of(kind, context.settings) else { continue };
        let parts = Parts::of(constraint, relation, context.catalog);
        let fits = pattern.fits(name, &parts.placeholders(relation)) || is_reported_as_unnamed(constraint, context);
        let message = || {
            let subject = subjects::describe_constraint(constraint, relation);
            format!("{subject} does not fit the pattern \"{}\"", pattern.text())
        };
        findings.push(Finding::constraint(constraint, String::new()).with_cause(name).report_unless(fits, message));
    }
}

/// Whether `unnamed_constraint` reports the constraint, at the level of this rule or a higher one.
fn is_reported_as_unnamed(constraint: &Constraint, context: &Context<'_>) -> bool {
    let settings = context.settings;
    constraint.name_origin.is_made_up()
        && context.option(&NAMED_CONSTRAINT_KINDS).contains(&constraint.kind)
        && settings.level(unnamed_constraint::RULE.id) >= settings.level(RULE.id)
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let constraint = finding.find_constraint(relation);
    constraint.map(|constraint| Edit::Constraint(constraint.oid, ConstraintEdit::Name)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, ConstraintKind, NameOrigin, Oid, oids};
    use crate::testing::{column, constraint, fix_of, foreign_key, messages_of, table};

    const CONSTRAINT: Oid = 9;

    fn with_constraint(constraint: Constraint) -> Relation {
        let mut t = table("orders", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
        t.constraints.push(constraint);
        t
    }

    fn fits(kind: ConstraintKind, name: &str, options: &[(&str, &str)]) -> bool {
        let constraint = match kind {
            ConstraintKind::ForeignKey => foreign_key(CONSTRAINT, name, &[1, 2], Action::Cascade),
            _ => constraint(CONSTRAINT, name, kind, &[1, 2]),
        };
        messages_of(&RULE, &with_constraint(constraint), options).is_empty()
    }

    #[test]
    fn each_kind_has_its_pattern() {
        use ConstraintKind::*;
        for (kind, name) in [
            (PrimaryKey, "pk_orders"),
            (Unique, "uq_orders_a"),
            (ForeignKey, "fk_orders_a"),
            (Check, "ck_orders_a"),
            (Exclusion, "ex_orders_a"),
        ] {
            let fitting: Vec<_> = ConstraintKind::ALL.into_iter().filter(|kind| fits(*kind, name, &[])).collect();
            assert_eq!(fitting, [kind], "{name}");
        }
        let options = [("foreign_key_name_pattern", "fk_{table}_{columns}_{ref_table}")];
        assert!(fits(ForeignKey, "fk_orders_a_b_parent", &options));
        assert!(!fits(ForeignKey, "fk_orders_a_parent", &options));
    }

    #[test]
    fn a_constraint_without_a_name_is_reported_by_one_rule_only() {
        let mut t = with_constraint(constraint(CONSTRAINT, "orders_pkey", ConstraintKind::PrimaryKey, &[1]));
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            ["primary key \"orders_pkey\" of table \"public.orders\" does not fit the pattern \"pk_{table}\""]
        );
        t.constraints[0].name_origin = NameOrigin::MadeUp;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        assert_eq!(messages_of(&RULE, &t, &[("named_constraint_kinds", "check")]).len(), 1);
    }

    #[test]
    fn the_fix_is_a_name_that_fits() {
        let t = with_constraint(constraint(CONSTRAINT, "Key", ConstraintKind::PrimaryKey, &[1]));
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.orders RENAME CONSTRAINT \"Key\" TO pk_orders;");
        let t = with_constraint(constraint(CONSTRAINT, "positive", ConstraintKind::Check, &[]));
        let options = [("check_name_pattern", "{table}_chk_[0-9]+")];
        let by_hand = "-- Choose a name for constraint positive of table public.orders that fits.";
        assert_eq!(fix_of(&RULE, &t, &options, false), by_hand);
    }
}
