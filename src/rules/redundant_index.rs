//! An index must not be the leading part of another index of its table.

use std::collections::HashSet;

use crate::facts::{AccessMethod, AttrNumber, Index, Predicate, Relation};
use crate::predicates::indexes::{EqualIndexes, age_order, are_equal, is_in_use, level_beside, may_overlap};
use crate::predicates::subjects;
use crate::rule::{Check, Context, Edit, Finding, IndexEdit, Levels, Moment, Rule};
use crate::settings::Level;

pub static RULE: Rule = Rule {
    id: "redundant_index",
    summary: "an index that is the leading part of another one of the table",
    reason: "Every write has to update both, and the other index serves the queries of this one as well.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    // Django makes an index for each foreign key, even where a unique constraint begins with the same columns.
    levels: Levels { django: Level::Off, ..Levels::EXPECTED },
    options: &[],
    explanation: "\
The shorter index is reported, also when the transaction made the longer one. The rule checks the final state of the \
transaction, so the longer index may be made and the shorter one dropped. CONCURRENTLY, the longer one must come first, \
so this is a notice at most. All of these hold for the shorter index:

* It is a btree over columns, without a condition.
* It is not unique and backs no constraint.
* Its key columns are the first key columns of the longer index, with the same operator classes, collations and sort \
orders.
* Its INCLUDE columns are in the longer index, too.

The longer index is a btree over all rows. It may be unique, back a constraint and go on with expressions. Indexes of \
other access methods, and indexes that are not valid, are not checked.

Two indexes over the same columns are checked as well where they differ in uniqueness or INCLUDE columns. Two equal \
indexes are checked by `duplicate_index`. Indexes that a partition inherits from the partitioned table are reported \
there only. Where one of them is redundant beside an index of the partition itself, the partition needs it, and once the \
partition is detached only `guardrail.audit()` reports it.",
    setup: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, state text, placed_at timestamptz NOT NULL);
CREATE INDEX ix_orders_state_placed_at ON orders (state, placed_at);",
    bad: "CREATE INDEX ix_orders_state ON orders (state);",
    good: "CREATE INDEX ix_orders_placed_at ON orders (placed_at);",
};

/// Whether the longer index serves all queries of the shorter one.
fn is_covered(short: &Index, long: &Index) -> bool {
    let is_full_btree = |index: &Index| index.method == AccessMethod::Btree && index.predicate == Predicate::None;
    let (of_short, of_long) = (&short.definition, &long.definition);
    let is_in_long = |number: &AttrNumber| long.key.contains(&Some(*number)) || of_long.included.contains(number);
    is_full_btree(short)
        && is_full_btree(long)
        && !short.unique
        && short.key.iter().all(Option::is_some)
        && long.key.starts_with(&short.key)
        && of_long.operator_classes.starts_with(&of_short.operator_classes)
        && of_long.collations.starts_with(&of_short.collations)
        && of_long.orders.starts_with(&of_short.orders)
        && of_short.included.iter().all(is_in_long)
        && !are_equal(short, long)
}

/// The indexes in use from the oldest to the newest; of equal ones, which all cover the same, only the oldest.
fn different_indexes(relation: &Relation) -> Vec<&Index> {
    let mut indexes: Vec<&Index> = relation.indexes.iter().filter(|index| is_in_use(index, relation)).collect();
    indexes.sort_by_key(|index| age_order(index));
    let mut known = HashSet::new();
    indexes.retain(|index| known.insert(EqualIndexes::of(index)));
    indexes
}

/// The index that makes this one redundant, the oldest of several.
fn find_covering<'r>(index: &Index, different: &[&'r Index]) -> Option<&'r Index> {
    let covers = |other: &&&Index| {
        is_covered(index, other)
            // Of two indexes that cover each other, the older one is kept.
            && (!is_covered(other, index) || age_order(other) < age_order(index))
    };
    different.iter().find(covers).copied()
}

/// What an index is to the one that makes it redundant.
fn describe_redundancy(index: &Index, covering: &Index) -> &'static str {
    match (covering.key == index.key, covering.unique) {
        (true, true) => "is over the same columns as unique",
        (true, false) => "is over the same columns as",
        (false, _) => "is a leading part of",
    }
}

fn check(relation: &Relation, _: &Context<'_>, findings: &mut Vec<Finding>) {
    if !may_overlap(relation) {
        return;
    }
    let different = different_indexes(relation);
    for index in &relation.indexes {
        if !is_in_use(index, relation) || relation.constraint_backed_by(index).is_some() {
            continue;
        }
        if let Some(covering) = find_covering(index, &different) {
            let subject = subjects::describe_index(index, relation);
            let message = format!("{subject} {} index \"{}\"", describe_redundancy(index, covering), covering.name);
            findings.push(Finding::index(index, message).with_max_level(level_beside(index, covering)));
        }
    }
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    finding.find_index(relation).map(|index| Edit::Index(index.oid, IndexEdit::Drop)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Oid};
    use crate::testing::{Trial, constraint, fix_of, index, messages_of, table};

    const OPERATOR_CLASS: Oid = 1;
    const COLLATION: Oid = 2;
    const OTHER: Oid = 9;
    const ASCENDING: i16 = 0;
    const DESCENDING: i16 = 3;

    fn named(oid: Oid, name: &str, key: &[AttrNumber]) -> Index {
        let mut index = Index { oid, name: name.into(), ..index(key) };
        index.definition.operator_classes = vec![OPERATOR_CLASS; key.len()];
        index.definition.collations = vec![COLLATION; key.len()];
        index.definition.orders = vec![ASCENDING; key.len()];
        index
    }

    fn count(short: Index, long: Index) -> usize {
        messages_of(&RULE, &Relation { indexes: vec![short, long], ..table("t", vec![]) }, &[]).len()
    }

    #[test]
    fn the_shorter_one_is_reported() {
        let t = Relation { indexes: vec![named(7, "a", &[1]), named(8, "ab", &[1, 2])], ..table("t", vec![]) };
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            ["index \"a\" of table \"public.t\" is a leading part of index \"ab\""]
        );
        let unique = Index { unique: true, ..named(8, "u", &[1]) };
        let t = Relation { indexes: vec![named(7, "a", &[1]), unique], ..table("t", vec![]) };
        let same = "index \"a\" of table \"public.t\" is over the same columns as unique index \"u\"";
        assert_eq!(messages_of(&RULE, &t, &[]), [same]);
        assert_eq!(count(named(8, "a", &[1]), named(7, "ab", &[1, 2])), 1);
        assert_eq!(count(named(7, "b", &[2]), named(8, "ab", &[1, 2])), 0);
        assert_eq!(count(named(7, "ba", &[2, 1]), named(8, "ab", &[1, 2])), 0);
        assert_eq!(count(named(7, "x", &[1]), named(8, "y", &[1])), 0, "they are equal");
    }

    #[test]
    fn only_an_index_that_serves_all_queries_of_another_covers_it() {
        let short = |change: fn(&mut Index)| {
            let mut index = named(7, "a", &[1]);
            change(&mut index);
            count(index, named(8, "ab", &[1, 2]))
        };
        assert_eq!(short(|index| index.unique = true), 0);
        assert_eq!(short(|index| index.usable = false), 0);
        assert_eq!(short(|index| index.predicate = Predicate::NotNull(vec![1])), 0);
        assert_eq!(short(|index| index.definition.orders = vec![DESCENDING]), 0);
        assert_eq!(short(|index| index.definition.operator_classes = vec![OTHER]), 0);
        assert_eq!(short(|index| index.definition.collations = vec![OTHER]), 0);
        assert_eq!(short(|index| index.method = AccessMethod::Hash), 0);
        assert_eq!(short(|index| index.key = vec![None]), 0);
        assert_eq!(short(|index| index.definition.included = vec![3]), 0);
        assert_eq!(short(|index| index.definition.included = vec![2]), 1);
        let long = |change: fn(&mut Index)| {
            let mut index = named(8, "ab", &[1, 2]);
            change(&mut index);
            count(named(7, "a", &[1]), index)
        };
        assert_eq!(long(|index| index.unique = true), 1);
        assert_eq!(long(|index| index.key = vec![Some(1), None]), 1);
        assert_eq!(long(|index| index.usable = false), 0);
        assert_eq!(long(|index| index.predicate = Predicate::Other), 0);
    }

    #[test]
    fn two_that_cover_each_other_are_reported_once() {
        let including = |oid, included: &[AttrNumber]| {
            let mut index = named(oid, "x", &[1]);
            index.definition.included = included.to_vec();
            index
        };
        assert_eq!(count(including(7, &[2, 3]), including(8, &[3, 2])), 1);
        assert_eq!(count(including(7, &[]), including(8, &[3])), 1);
    }

    #[test]
    fn the_index_of_a_constraint_is_never_reported() {
        let mut t = Relation { indexes: vec![named(7, "a", &[1]), named(8, "ab", &[1, 2])], ..table("t", vec![]) };
        const CONSTRAINT: Oid = 9;
        t.constraints.push(constraint(CONSTRAINT, "a", ConstraintKind::Exclusion, &[1]));
        t.constraints[0].index = 7;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        t.constraints[0].index = 8;
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 1);
    }

    #[test]
    fn the_fix_drops_the_shorter_one() {
        let t = Relation { indexes: vec![named(7, "a", &[1]), named(8, "ab", &[1, 2])], ..table("t", vec![]) };
        assert_eq!(fix_of(&RULE, &t, &[], false), "DROP INDEX public.a;");
        let t = Relation { indexes: vec![named(7, "a", &[1]), named(0, "ab", &[1, 2])], ..t };
        assert_eq!(fix_of(&RULE, &t, &[], false), "DROP INDEX CONCURRENTLY public.a;");
        assert_eq!(Trial::of(&RULE, &[]).findings(&t)[0].max_level, Level::Notice);
    }
}
