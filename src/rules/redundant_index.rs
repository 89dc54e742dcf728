//! An index must not be the leading part of another index of its table.

use crate::facts::{AccessMethod, Index, Predicate, Relation};
use crate::fix;
use crate::fix::rename;
use crate::predicates::indexes::{age, are_equal, is_in_use};
use crate::rule::{Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::settings::Level;

pub static RULE: Rule = Rule {
    id: "redundant_index",
    summary: "an index that is the leading part of another one of the table",
    reason: "Every write has to update both, and the longer one serves the queries of the shorter one as well.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    // Django gives a foreign key its index also where a unique constraint begins with it.
    levels: Levels { django: Level::Off, ..Levels::EXPECTED },
    options: &[],
    explanation: "\
The shorter index is reported, also when the statement made the longer one. All of these hold for the shorter index:

* It is a btree over columns, without a condition.
* It is not unique and backs no constraint.
* Its key columns are the first key columns of the longer index, with the same operator classes, collations and sort \
orders.
* Its INCLUDE columns are in the longer index, too.

The longer index is a btree over all rows. It may be unique, back a constraint and go on with expressions. Indexes of \
other access methods, and indexes that are not valid, are not checked.

Two indexes over the same columns are checked as well where they differ in uniqueness or INCLUDE columns. Two equal \
indexes are checked by `duplicate_index`. Indexes that a partition inherits from the partitioned table are reported \
there only.",
    setup: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, state text, placed_at timestamptz NOT NULL);
CREATE INDEX ix_orders_state_placed_at ON orders (state, placed_at);",
    bad: "CREATE INDEX ix_orders_state ON orders (state);",
    good: "CREATE INDEX ix_orders_placed_at ON orders (placed_at);",
};

/// Whether the queries of one index are served by another one.
fn is_covered(short: &Index, long: &Index) -> bool {
    let btree = |index: &Index| index.method == AccessMethod::Btree && index.predicate == Predicate::None;
    let (a, b) = (&short.definition, &long.definition);
    let finds = |number: &i16| long.key.contains(&Some(*number)) || b.included.contains(number);
    btree(short)
        && btree(long)
        && !short.unique
        && short.key.iter().all(Option::is_some)
        && long.key.starts_with(&short.key)
        && b.operator_classes.starts_with(&a.operator_classes)
        && b.collations.starts_with(&a.collations)
        && b.orders.starts_with(&a.orders)
        && a.included.iter().all(finds)
        && !are_equal(short, long)
}

/// The index that makes this one redundant.
fn covering<'r>(index: &Index, relation: &'r Relation) -> Option<&'r Index> {
    let covers = |other: &&Index| {
        is_in_use(other, relation)
            && is_covered(index, other)
            // Of two that cover each other the older one stays.
            && (!is_covered(other, index) || age(other) < age(index))
    };
    relation.indexes.iter().filter(covers).min_by_key(|other| age(other))
}

fn check(relation: &Relation, _: &Context<'_>, findings: &mut Vec<Finding>) {
    for index in &relation.indexes {
        if !is_in_use(index, relation) || relation.constraint_backed_by(index).is_some() {
            continue;
        }
        if let Some(covering) = covering(index, relation) {
            let message = format!(
                "index \"{}\" of table \"{}\" is a leading part of index \"{}\"",
                index.name, relation.name, covering.name
            );
            findings.push(Finding::index(index, message));
        }
    }
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(index) = finding.find_index(relation) else { return String::new() };
    let was_there = |one: &Index| context.before.is_some_and(|b| b.indexes.iter().any(|old| old.oid == one.oid));
    let drop = fix::drop_index(index, context);
    match covering(index, relation).filter(|covering| context.refused && was_there(index) && !was_there(covering)) {
        Some(covering) => format!("{drop} {}", remake(covering, context)),
        None => drop,
    }
}

/// The statement that makes an index, or the constraint it stands behind.
fn remake(index: &Index, context: &FixContext<'_>) -> String {
    match context.relation.constraint_backed_by(index) {
        Some(constraint) => {
            let definition = fix::constraint_definition(&constraint.name, constraint, context);
            fix::add_constraint(&definition, &constraint.columns, context)
        }
        None => rename::create_index(index, &index.name, context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{AttrNumber, ConstraintKind, Oid};
    use crate::testing::{constraint, findings, fix_of, index, table};

    fn named(oid: Oid, name: &str, key: &[AttrNumber]) -> Index {
        let mut one = Index { oid, name: name.into(), ..index(key) };
        one.definition.operator_classes = vec![1; key.len()];
        one.definition.collations = vec![0; key.len()];
        one.definition.orders = vec![0; key.len()];
        one
    }

    fn found(short: Index, long: Index) -> usize {
        findings(&RULE, &Relation { indexes: vec![short, long], ..table("t", vec![]) }, &[]).len()
    }

    #[test]
    fn the_shorter_one_is_reported() {
        let t = Relation { indexes: vec![named(7, "a", &[1]), named(8, "ab", &[1, 2])], ..table("t", vec![]) };
        assert_eq!(findings(&RULE, &t, &[]), ["index \"a\" of table \"public.t\" is a leading part of index \"ab\""]);
        assert_eq!(found(named(8, "a", &[1]), named(7, "ab", &[1, 2])), 1);
        assert_eq!(found(named(7, "b", &[2]), named(8, "ab", &[1, 2])), 0);
        assert_eq!(found(named(7, "ba", &[2, 1]), named(8, "ab", &[1, 2])), 0);
        assert_eq!(found(named(7, "x", &[1]), named(8, "y", &[1])), 0, "they are equal");
    }

    #[test]
    fn what_makes_a_difference() {
        let short = |change: fn(&mut Index)| {
            let mut one = named(7, "a", &[1]);
            change(&mut one);
            found(one, named(8, "ab", &[1, 2]))
        };
        assert_eq!(short(|index| index.unique = true), 0);
        assert_eq!(short(|index| index.usable = false), 0);
        assert_eq!(short(|index| index.predicate = Predicate::NotNull(vec![1])), 0);
        assert_eq!(short(|index| index.definition.orders = vec![3]), 0);
        assert_eq!(short(|index| index.definition.operator_classes = vec![9]), 0);
        assert_eq!(short(|index| index.definition.collations = vec![9]), 0);
        assert_eq!(short(|index| index.method = AccessMethod::Hash), 0);
        assert_eq!(short(|index| index.key = vec![None]), 0);
        assert_eq!(short(|index| index.definition.included = vec![3]), 0);
        assert_eq!(short(|index| index.definition.included = vec![2]), 1);
        let long = |change: fn(&mut Index)| {
            let mut one = named(8, "ab", &[1, 2]);
            change(&mut one);
            found(named(7, "a", &[1]), one)
        };
        assert_eq!(long(|index| index.unique = true), 1);
        assert_eq!(long(|index| index.key = vec![Some(1), None]), 1);
        assert_eq!(long(|index| index.usable = false), 0);
        assert_eq!(long(|index| index.predicate = Predicate::Other), 0);
    }

    #[test]
    fn two_that_cover_each_other_are_reported_once() {
        let with = |oid, included: &[i16]| {
            let mut one = named(oid, "x", &[1]);
            one.definition.included = included.to_vec();
            one
        };
        assert_eq!(found(with(7, &[2, 3]), with(8, &[3, 2])), 1);
        assert_eq!(found(with(7, &[]), with(8, &[3])), 1);
    }

    #[test]
    fn constraints_are_left_alone() {
        let mut t = Relation { indexes: vec![named(7, "a", &[1]), named(8, "ab", &[1, 2])], ..table("t", vec![]) };
        t.constraints.push(constraint(9, "a", ConstraintKind::Exclusion, &[1]));
        t.constraints[0].index = 7;
        assert!(findings(&RULE, &t, &[]).is_empty());
        t.constraints[0].index = 8;
        assert_eq!(findings(&RULE, &t, &[]).len(), 1);
    }

    #[test]
    fn the_fix_drops_the_shorter_one() {
        let t = Relation { indexes: vec![named(7, "a", &[1]), named(8, "ab", &[1, 2])], ..table("t", vec![]) };
        assert_eq!(fix_of(&RULE, &t, &[], false), "DROP INDEX public.a;");
        assert_eq!(fix_of(&RULE, &t, &[], true), "DROP INDEX IF EXISTS public.a;");
    }
}
