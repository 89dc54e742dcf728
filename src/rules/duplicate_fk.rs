//! A table must not have two equal foreign keys.

use std::collections::HashMap;

use crate::facts::{AttrNumber, Constraint, Oid, Relation};
use crate::predicates::subjects;
use crate::rule::{Check, ConstraintEdit, Context, Edit, Finding, Levels, Moment, Rule};

pub static RULE: Rule = Rule {
    id: "duplicate_fk",
    summary: "a second foreign key over the same columns to the same table",
    reason: "Every write is checked twice, and deleting a referenced row runs the ON DELETE actions of both.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[],
    explanation: "\
Two foreign keys are duplicates when they reference the same columns of the same table from the same columns. The \
order of the columns and the actions on delete and update make no difference. The newer of the two is reported, unless \
one of them is gone by the end of the transaction. But where PostgreSQL knows of only one that all rows obey it, the \
other one is reported: a key that is NOT VALID or NOT ENFORCED.

A key from the same columns to another table, or to other columns of the same table, is not a duplicate. Keys that a \
partition inherits are reported on the parent only; a partition's own key that repeats an inherited one is reported.",
    setup: "\
CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);",
    bad: "\
ALTER TABLE orders
    ADD CONSTRAINT fk_orders_owner FOREIGN KEY (customer_id) REFERENCES customers ON DELETE RESTRICT;",
    good: "\
ALTER TABLE orders
    DROP CONSTRAINT fk_orders_customer,
    ADD CONSTRAINT fk_orders_owner FOREIGN KEY (customer_id) REFERENCES customers ON DELETE RESTRICT;",
};

/// What two foreign keys have in common where one repeats the other.
#[derive(PartialEq, Eq, Hash)]
struct Reference {
    table: Oid,
    period: bool,
    /// Each referencing column with the column that it references, in a fixed order.
    pairs: Vec<(AttrNumber, AttrNumber)>,
}

/// What a constraint references; `None` where it is not a foreign key.
fn reference(constraint: &Constraint) -> Option<Reference> {
    let key = constraint.foreign_key.as_ref()?;
    let mut pairs: Vec<_> = constraint.columns.iter().copied().zip(key.referenced_columns.iter().copied()).collect();
    pairs.sort_unstable();
    Some(Reference { table: key.referenced_table, period: key.period, pairs })
}

/// Of several equal keys the one with the lowest rank is kept: an inherited one if there is any, else one that all rows
/// obey, else the oldest.
fn rank(constraint: &Constraint) -> (bool, bool, Oid) {
    (!constraint.inherited, !holds_for_all_rows(constraint), constraint.oid)
}

/// Whether all rows obey a key. Those that were there before a key that is NOT VALID need not.
fn holds_for_all_rows(constraint: &Constraint) -> bool {
    constraint.enforced && constraint.validated
}

/// Of the keys that reference the same, the one that is kept.
fn find_originals(relation: &Relation) -> HashMap<Reference, &Constraint> {
    let mut originals = HashMap::new();
    for constraint in &relation.constraints {
        let Some(reference) = reference(constraint) else { continue };
        let original = originals.entry(reference).or_insert(constraint);
        if rank(constraint) < rank(original) {
            *original = constraint;
        }
    }
    originals
}

fn check(relation: &Relation, _: &Context<'_>, findings: &mut Vec<Finding>) {
    let originals = find_originals(relation);
    for constraint in &relation.constraints {
        let original = reference(constraint).map(|reference| originals[&reference]);
        if let Some(original) = original.filter(|original| original.oid != constraint.oid) {
            let subject = subjects::describe_constraint(constraint, relation);
            let message = format!("{subject} repeats foreign key \"{}\"", original.name);
            findings.push(Finding::constraint(constraint, message));
            // If PostgreSQL makes both again, the other one may become the newer and is then not a new violation.
            findings.push(Finding::constraint(original, String::new()).for_baseline());
        }
    }
}

/// Where the two keys differ in what they do, somebody has to choose.
fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let Some(constraint) = finding.find_constraint(relation) else { return Vec::new() };
    let original = reference(constraint).and_then(|reference| find_originals(relation).remove(&reference));
    let behaviour = |constraint: &Constraint| {
        let key = constraint.foreign_key.as_ref()?;
        let actions = (key.on_delete, key.on_delete_columns.clone(), key.on_update);
        Some((actions, key.match_full, key.deferrable, key.initially_deferred, constraint.enforced))
    };
    vec![match original {
        // Only an inherited key is kept although the other one says more.
        Some(original) if holds_for_all_rows(constraint) && !holds_for_all_rows(original) => Edit::ByHand(format!(
            "Validate foreign key \"{}\" of the parent of table \"{}\", then drop foreign key \"{}\": so far only that \
             one is checked for all rows.",
            original.name, relation.name, constraint.name
        )),
        Some(original) if behaviour(original) != behaviour(constraint) => Edit::ByHand(format!(
            "Drop foreign key \"{}\" or \"{}\" of table \"{}\": they differ in their actions, or in how they are checked.",
            original.name, constraint.name, relation.name
        )),
        _ => Edit::Constraint(constraint.oid, ConstraintEdit::Drop),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, oids};
    use crate::testing::{column, fix_of, foreign_key, messages_of, table};

    fn with_keys(keys: Vec<Constraint>) -> Relation {
        Relation { constraints: keys, ..table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]) }
    }

    fn key(oid: Oid, name: &str, columns: &[AttrNumber], referenced: &[AttrNumber]) -> Constraint {
        let mut key = foreign_key(oid, name, columns, Action::Cascade);
        key.foreign_key.as_mut().unwrap().referenced_columns = referenced.to_vec();
        key
    }

    #[test]
    fn the_newer_of_two_is_reported() {
        let t = with_keys(vec![key(8, "y", &[2, 1], &[6, 5]), key(7, "x", &[1, 2], &[5, 6])]);
        assert_eq!(messages_of(&RULE, &t, &[]), ["foreign key \"y\" of table \"public.t\" repeats foreign key \"x\""]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t DROP CONSTRAINT y;");
    }

    #[test]
    fn the_key_that_all_rows_obey_is_kept() {
        let mut t = with_keys(vec![key(7, "x", &[1], &[5]), key(8, "y", &[1], &[5])]);
        t.constraints[0].validated = false;
        assert_eq!(messages_of(&RULE, &t, &[]), ["foreign key \"x\" of table \"public.t\" repeats foreign key \"y\""]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t DROP CONSTRAINT x;");
        t.constraints[1].validated = false;
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t DROP CONSTRAINT y;");
        t.constraints[1].validated = true;
        t.constraints[0].inherited = true;
        assert!(fix_of(&RULE, &t, &[], false).starts_with("-- Validate foreign key \"x\" of the parent"));
    }

    #[test]
    fn a_key_to_other_columns_or_another_table_is_no_duplicate() {
        const OTHER_TABLE: Oid = 2;
        let count =
            |other: Constraint| messages_of(&RULE, &with_keys(vec![key(7, "x", &[1, 2], &[5, 6]), other]), &[]).len();
        assert_eq!(count(key(8, "y", &[1, 2], &[6, 5])), 0);
        assert_eq!(count(key(8, "y", &[1], &[5])), 0);
        let mut elsewhere = key(8, "y", &[1, 2], &[5, 6]);
        elsewhere.foreign_key.as_mut().unwrap().referenced_table = OTHER_TABLE;
        assert_eq!(count(elsewhere), 0);
    }

    #[test]
    fn a_partitions_own_key_repeats_that_of_its_parent() {
        let mut t = with_keys(vec![key(7, "own", &[1], &[5]), key(8, "parents", &[1], &[5])]);
        t.constraints[1].inherited = true;
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            ["foreign key \"own\" of table \"public.t\" repeats foreign key \"parents\""]
        );
        t.constraints[0].inherited = true;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }
}
