//! A constraint must not be left NOT VALID.

use crate::facts::Relation;
use crate::predicates::subjects;
use crate::rule::{Check, ConstraintEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::Level;

pub static RULE: Rule = Rule {
    id: "constraint_not_validated",
    summary: "a constraint that the transaction leaves NOT VALID",
    reason: "Rows that existed before may violate it, and the planner cannot rely on it.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels {
        recommended: Level::Notice,
        django: Level::Notice,
        rails: Level::Notice,
        prisma: Level::Notice,
        ..Levels::NONE
    },
    options: &[],
    explanation: "\
The rule checks foreign keys, check constraints and NOT NULL constraints (which can be NOT VALID from PostgreSQL 18 on) in the final state of the transaction, so VALIDATE CONSTRAINT in \
the same transaction fixes the violation.

Adding a constraint NOT VALID and validating it in a second transaction is how a big table gets a constraint without \
being locked for long. The presets that use this rule therefore set it to `notice`: it is a reminder that the second \
step is due.

A constraint that is NOT ENFORCED (PostgreSQL 18) has nothing to validate and is not a violation. Constraints that a partition or an inheritance child inherits are reported on the parent only.",
    setup: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, total numeric NOT NULL);",
    bad: "ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0) NOT VALID;",
    good: "\
BEGIN;
ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_total;
COMMIT;",
};

fn check(relation: &Relation, _: &Context<'_>, findings: &mut Vec<Finding>) {
    for constraint in relation.constraints.iter().filter(|constraint| !constraint.validated) {
        let message = format!("{} is left NOT VALID", subjects::describe_constraint(constraint, relation));
        findings.push(Finding::constraint(constraint, message));
    }
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let constraint = finding.find_constraint(relation);
    constraint.map(|constraint| Edit::Constraint(constraint.oid, ConstraintEdit::Validate)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Oid};
    use crate::testing::{constraint, fix_of, messages_of, table};

    #[test]
    fn a_constraint_that_is_left_not_valid_is_a_violation() {
        const CHECK: Oid = 9;
        let mut t = table("t", vec![]);
        t.constraints.push(constraint(CHECK, "Ck", ConstraintKind::Check, &[1]));
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        t.constraints[0].validated = false;
        assert_eq!(messages_of(&RULE, &t, &[]), ["check constraint \"Ck\" of table \"public.t\" is left NOT VALID"]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t VALIDATE CONSTRAINT \"Ck\";");
        t.constraints[0].inherited = true;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }
}
