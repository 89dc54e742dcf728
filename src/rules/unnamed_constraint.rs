//! The statement that makes a constraint must name it.

use super::misnamed_constraint;
use crate::facts::{Constraint, NameOrigin, Relation};
use crate::predicates::subjects;
use crate::predicates::tables;
use crate::rule::{Check, ConstraintEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::Level;
use crate::settings::shared::{MIGRATION_TABLES, NAMED_CONSTRAINT_KINDS};

pub static RULE: Rule = Rule {
    id: "unnamed_constraint",
    summary: "a constraint for which the statement gave no name",
    reason: "A name that PostgreSQL made up may vary from one database to the next, so no migration can rely on it.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels::CORE,
    options: &[&NAMED_CONSTRAINT_KINDS, &MIGRATION_TABLES],
    explanation: "\
The rule checks what the statement says, not what the name looks like. A constraint that was given exactly the name \
that PostgreSQL would have chosen is named. A key made `USING INDEX` is named as well, since it takes the name of the \
index.

The rule checks column constraints and table constraints in CREATE TABLE, ALTER TABLE and CREATE SCHEMA, and the keys \
that `LIKE … INCLUDING INDEXES` makes. Since only the statement tells, a constraint that was made while its table was \
exempt is not reported by a later statement.

`guardrail.audit()` has not seen the statement. It goes by PostgreSQL's own naming scheme: a constraint that has exactly \
the name that PostgreSQL would make up for it, such as `orders_pkey`, `orders_customer_id_fkey` or `orders_check1`, is \
reported, and `certain` is false, since somebody may have given it that name. Where `misnamed_constraint` is on and such \
a name fits its pattern, it is not reported. A name that PostgreSQL made up before the table was renamed is not recognised.

The rule does not check:

* checks that `LIKE … INCLUDING CONSTRAINTS` copies, and constraints that a partition or an inheritance child \
inherits: they keep the names they have;
* NOT NULL constraints;
* migration tables (`guardrail.migration_tables`), whose constraints the migration tools make.

There can be only one primary key, so the name that PostgreSQL makes up for it, `orders_pkey`, hardly ever varies. \
Under the presets `recommended`, `rails` and `prisma`, `guardrail.named_constraint_kinds` leaves primary keys out; \
under `core` and `house` they must be named, too. Django gives no name to primary keys, to the unique constraint of \
`unique=True` and to the check of a positive integer, so its preset leaves these kinds out. Prisma names every \
constraint.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint PRIMARY KEY);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let kinds = context.option(&NAMED_CONSTRAINT_KINDS);
    for constraint in &relation.constraints {
        if kinds.contains(&constraint.kind) && was_given_no_name(constraint, relation, context) {
            let message = || format!("{} was given no name", subjects::describe_constraint(constraint, relation));
            // Every partition has unnamed copies of its parent's constraints.
            let finding = Finding::constraint(constraint, String::new()).report_unless(constraint.inherited, message);
            findings.push(finding.uncertain_if(constraint.name_origin == NameOrigin::LooksMadeUp));
        }
    }
    tables::leave_out_migration_table(relation, context, findings);
}

/// Whether a constraint was given no name, as far as anybody knows. A name that only looks made up may have been given, and
/// is right where it fits the pattern.
fn was_given_no_name(constraint: &Constraint, relation: &Relation, context: &Context<'_>) -> bool {
    let is_wanted = || {
        let is_checked = context.settings.level(misnamed_constraint::RULE.id) != Level::Off;
        is_checked && misnamed_constraint::fits_pattern(constraint, relation, context)
    };
    match constraint.name_origin {
        NameOrigin::MadeUp => true,
        NameOrigin::LooksMadeUp => !is_wanted(),
        NameOrigin::Unknown | NameOrigin::Given => false,
    }
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let constraint = finding.find_constraint(relation);
    constraint.map(|constraint| Edit::Constraint(constraint.oid, ConstraintEdit::Name)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Oid, oids};
    use crate::testing::{Trial, column, constraint, fix_of, messages_of, table};

    const CONSTRAINT: Oid = 9;

    fn with_constraint(kind: ConstraintKind, name_origin: NameOrigin) -> Relation {
        let mut t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
        t.constraints.push(Constraint { name_origin, ..constraint(CONSTRAINT, "t_a_key", kind, &[1, 2]) });
        t
    }

    #[test]
    fn only_made_up_names_are_violations() {
        assert_eq!(
            messages_of(&RULE, &with_constraint(ConstraintKind::Unique, NameOrigin::MadeUp), &[]),
            ["unique constraint \"t_a_key\" of table \"public.t\" was given no name"]
        );
        for origin in [NameOrigin::Given, NameOrigin::Unknown] {
            assert!(messages_of(&RULE, &with_constraint(ConstraintKind::Unique, origin), &[]).is_empty());
        }
    }

    #[test]
    fn a_name_that_looks_made_up_may_be_the_one_that_is_wanted() {
        let t = with_constraint(ConstraintKind::Unique, NameOrigin::LooksMadeUp);
        let findings = Trial::of(&RULE, &[]).findings(&t);
        assert_eq!(findings.len(), 1);
        assert!(!findings[0].is_certain);
        let pattern = [("unique_name_pattern", "{table}_{column_0}_key")];
        assert!(messages_of(&RULE, &t, &pattern).is_empty());
        let t = with_constraint(ConstraintKind::Unique, NameOrigin::MadeUp);
        assert_eq!(messages_of(&RULE, &t, &pattern).len(), 1, "it was given none");
        assert!(Trial::of(&RULE, &[]).findings(&t)[0].is_certain);
    }

    #[test]
    fn migration_tables_are_exempt() {
        let t = with_constraint(ConstraintKind::PrimaryKey, NameOrigin::MadeUp);
        assert!(messages_of(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        assert_eq!(messages_of(&RULE, &t, &[("migration_tables", "u")]).len(), 1);
    }

    #[test]
    fn the_option_lists_the_kinds() {
        let options = [("named_constraint_kinds", "foreign key, check")];
        let count = |kind| messages_of(&RULE, &with_constraint(kind, NameOrigin::MadeUp), &options).len();
        assert_eq!(ConstraintKind::ALL.map(count), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn the_fix_is_a_name() {
        let t = with_constraint(ConstraintKind::Unique, NameOrigin::MadeUp);
        let renamed = "ALTER TABLE public.t RENAME CONSTRAINT t_a_key TO uq_t_a_b;";
        assert_eq!(fix_of(&RULE, &t, &[], false), renamed);
        let looks = with_constraint(ConstraintKind::Unique, NameOrigin::LooksMadeUp);
        assert_eq!(fix_of(&RULE, &looks, &[], false), renamed);
        assert_eq!(fix_of(&RULE, &t, &[], true), "CONSTRAINT uq_t_a_b DEFINITION OF 9");
    }
}
