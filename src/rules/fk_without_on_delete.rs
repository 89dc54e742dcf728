//! A foreign key must have an ON DELETE action that is allowed.

use crate::facts::{Action, Constraint, Relation};
use crate::predicates::{subjects, tables};
use crate::rule::{Check, ConstraintEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::Level;
use crate::settings::shared::{FK_ON_DELETE_ACTIONS, MIGRATION_TABLES};

pub static RULE: Rule = Rule {
    id: "fk_without_on_delete",
    summary: "a foreign key whose ON DELETE action is not one of the allowed ones",
    reason: "Without a chosen action, nobody has decided what happens to the rows when the row they reference is \
             deleted.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels { django: Level::Off, rails: Level::Warning, ..Levels::CORE },
    options: &[&FK_ON_DELETE_ACTIONS, &MIGRATION_TABLES],
    explanation: "\
PostgreSQL does not distinguish an omitted ON DELETE from a written `ON DELETE NO ACTION`, neither in the parse tree \
nor in the catalog nor in a dump. The rule therefore checks the action: NO ACTION is a violation unless \
`guardrail.fk_on_delete_actions` lists it.

The copies of a key that partitions and inheritance children have are reported on the parent only. Temporal keys \
(`PERIOD`, PostgreSQL 18) are not checked, since NO ACTION is the only action that PostgreSQL has for them.

Migration tables (`guardrail.migration_tables`) are not checked, since the migration tools choose their keys.",
    setup: "CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);",
    bad: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);",
    good: "\
BEGIN;
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE RESTRICT
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
COMMIT;",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let allowed = context.option(&FK_ON_DELETE_ACTIONS);
    for constraint in &relation.constraints {
        let Some(key) = &constraint.foreign_key else { continue };
        if key.period || allowed.contains(&key.on_delete) {
            continue;
        }
        let problem = match key.on_delete {
            Action::NoAction => "has no ON DELETE action".to_owned(),
            other => format!("has ON DELETE {}, which is not allowed", other.sql()),
        };
        let message = format!("{} {problem}", subjects::describe_constraint(constraint, relation));
        findings.push(Finding::constraint(constraint, message).with_cause(key.on_delete.words()));
    }
    tables::leave_out_migration_table(relation, context, findings);
}

fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let allowed: &Vec<Action> = context.option(&FK_ON_DELETE_ACTIONS);
    let constraint = finding.find_constraint(relation);
    let set = |constraint: &Constraint| Edit::Constraint(constraint.oid, ConstraintEdit::OnDelete(allowed.clone()));
    constraint.map(set).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Oid, oids};
    use crate::testing::{Trial, column, foreign_key, messages_of, table};

    const FOREIGN_KEY: Oid = 9;

    fn referencing(action: Action) -> Relation {
        let mut t = table("orders", vec![column(1, "customer_id", oids::INT8)]);
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk_c", &[1], action));
        t
    }

    #[test]
    fn no_action_is_a_violation_and_every_other_action_is_fine() {
        assert_eq!(
            messages_of(&RULE, &referencing(Action::NoAction), &[]),
            ["foreign key \"fk_c\" of table \"public.orders\" has no ON DELETE action"]
        );
        for action in [Action::Cascade, Action::Restrict, Action::SetNull, Action::SetDefault] {
            assert!(messages_of(&RULE, &referencing(action), &[]).is_empty());
        }
    }

    #[test]
    fn the_option_lists_the_allowed_actions() {
        let only = [("fk_on_delete_actions", "no action")];
        assert!(messages_of(&RULE, &referencing(Action::NoAction), &only).is_empty());
        let found = messages_of(&RULE, &referencing(Action::Cascade), &only);
        assert!(found[0].ends_with("has ON DELETE CASCADE, which is not allowed"));
    }

    #[test]
    fn a_temporal_key_is_exempt() {
        let mut t = referencing(Action::NoAction);
        t.constraints[0].foreign_key.as_mut().unwrap().period = true;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn the_fix_is_one_of_the_allowed_actions() {
        let edits = [Edit::Constraint(FOREIGN_KEY, ConstraintEdit::OnDelete(vec![Action::SetNull, Action::Cascade]))];
        let rule = Trial::of(&RULE, &[("fk_on_delete_actions", "set null, cascade")]);
        assert_eq!(rule.edits(&referencing(Action::NoAction)), edits);
    }
}
