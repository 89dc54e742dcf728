//! A table must not have two equal indexes.

use std::collections::HashMap;

use crate::facts::{ConstraintKind, Index, Relation};
use crate::predicates::indexes::{EqualIndexes, age_order, is_in_use, level_beside, may_overlap};
use crate::predicates::subjects;
use crate::rule::{Check, Context, Edit, Finding, IndexEdit, Levels, Moment, Rule};

pub static RULE: Rule = Rule {
    id: "duplicate_index",
    summary: "an index that is equal to another one of the table",
    reason: "Every write has to update both, and no query needs the second one.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[],
    explanation: "\
Two indexes are equal when they have the same access method, key columns and expressions in the same order, operator \
classes, collations, sort orders, INCLUDE columns, condition, uniqueness and treatment of nulls. Storage parameters \
and the tablespace make no difference. An index that is not valid, for example one that a failed CONCURRENTLY left \
behind, is not compared, except on a partitioned table.

One of the two is reported, the other one is kept: the one that backs a constraint; otherwise the one that a partition \
inherits from the partitioned table; otherwise the older one. Where both back constraints, the newer one is reported, \
but never a primary key. Exclusion constraints are not \
compared with each other, since equal indexes may serve different operators. A constraint that can be deferred is not \
equal to one that cannot.

The rule checks the final state of the transaction, so an index may be made and the one that it replaces dropped. An \
index that is made CONCURRENTLY must come before the other one is dropped, so it is checked before the statement runs, \
and is a notice at most.

Two indexes that differ only in uniqueness or INCLUDE columns are checked by `redundant_index`.",
    setup: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, placed_at timestamptz NOT NULL);
CREATE INDEX ix_orders_placed_at ON orders (placed_at);",
    bad: "CREATE INDEX ix_orders_date ON orders (placed_at);",
    good: "CREATE INDEX ix_orders_placed_at_id ON orders (placed_at, id);",
};

/// An index, with what decides which of several equal ones is kept.
#[derive(Clone, Copy)]
struct Candidate<'r> {
    index: &'r Index,
    is_exclusion: bool,
    /// The one with the lowest rank is kept: that of a primary key, else that of another constraint, else an inherited
    /// one, else the oldest.
    rank: (bool, bool, bool, u32),
}

impl<'r> Candidate<'r> {
    fn new(index: &'r Index, relation: &Relation) -> Self {
        let constraint = relation.constraint_backed_by(index).map(|constraint| constraint.kind);
        let is_primary_key = constraint == Some(ConstraintKind::PrimaryKey);
        Self {
            index,
            is_exclusion: constraint == Some(ConstraintKind::Exclusion),
            rank: (!is_primary_key, constraint.is_none(), !index.inherited, age_order(index)),
        }
    }
}

/// Each index of a table that is equal to another one, with the one that is kept instead.
fn find_duplicates(relation: &Relation) -> Vec<(&Index, &Index)> {
    let in_use = relation.indexes.iter().filter(|index| is_in_use(index, relation));
    let candidates: Vec<Candidate<'_>> = in_use.map(|index| Candidate::new(index, relation)).collect();
    // Of equal indexes the one to keep, and the one to keep in place of an exclusion constraint's.
    let mut kept: HashMap<EqualIndexes<'_>, [Option<Candidate<'_>>; 2]> = HashMap::new();
    for candidate in &candidates {
        let [any, other_than_exclusion] = kept.entry(EqualIndexes::of(candidate.index)).or_default();
        let is_better = |kept: &Option<Candidate<'_>>| kept.is_none_or(|kept| candidate.rank < kept.rank);
        if is_better(any) {
            *any = Some(*candidate);
        }
        if !candidate.is_exclusion && is_better(other_than_exclusion) {
            *other_than_exclusion = Some(*candidate);
        }
    }
    let find_original = |candidate: &Candidate<'_>| {
        let [any, other_than_exclusion] = kept[&EqualIndexes::of(candidate.index)];
        let original = if candidate.is_exclusion { other_than_exclusion } else { any };
        original.filter(|original| original.rank < candidate.rank).map(|original| original.index)
    };
    candidates.iter().filter_map(|candidate| Some((candidate.index, find_original(candidate)?))).collect()
}

fn check(relation: &Relation, _: &Context<'_>, findings: &mut Vec<Finding>) {
    if !may_overlap(relation) {
        return;
    }
    for (index, original) in find_duplicates(relation) {
        let subject = subjects::describe_index(index, relation);
        let message = format!("{subject} is equal to index \"{}\"", original.name);
        findings.push(Finding::index(index, message).with_max_level(level_beside(index, original)));
        // If PostgreSQL makes both again, the other one may become the newer and is then not a new violation.
        findings.push(Finding::index(original, String::new()).for_baseline());
    }
}

/// Where something relies on the index, the other one can go, unless that is the primary key's.
fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let Some(index) = finding.find_index(relation) else { return Vec::new() };
    let original = find_duplicates(relation).into_iter().find(|(duplicate, _)| duplicate.oid == index.oid);
    let is_primary_key = |original: &Index| {
        relation.constraint_backed_by(original).is_some_and(|key| key.kind == ConstraintKind::PrimaryKey)
    };
    let other = original.map(|(_, original)| original).filter(|original| !is_primary_key(original));
    let drops = [Some(index), other].into_iter().flatten().map(|index| Edit::Index(index.oid, IndexEdit::Drop));
    vec![Edit::OneOf(drops.collect())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Constraint, Oid, Predicate, oids};
    use crate::testing::{constraint, fix_of, index, messages_of, table};

    fn named(oid: Oid, name: &str) -> Index {
        Index { oid, name: name.into(), ..index(&[1, 2]) }
    }

    fn with_indexes(indexes: Vec<Index>) -> Relation {
        Relation { indexes, ..table("t", vec![]) }
    }

    /// The table with a constraint that the index with this oid backs.
    fn with_constraint(mut t: Relation, index: Oid, kind: ConstraintKind) -> Relation {
        const FIRST_CONSTRAINT: Oid = 1000;
        let name = t.indexes.iter().find(|other| other.oid == index).unwrap().name.clone();
        let constraint = constraint(FIRST_CONSTRAINT + index, &name, kind, &[1, 2]);
        t.constraints.push(Constraint { index, ..constraint });
        t
    }

    #[test]
    fn the_newer_of_two_is_reported_once() {
        let t = with_indexes(vec![named(7, "a"), named(6, "b"), named(0, "c")]);
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "index \"a\" of table \"public.t\" is equal to index \"b\"",
                "index \"c\" of table \"public.t\" is equal to index \"b\"",
            ]
        );
    }

    #[test]
    fn an_index_that_differs_in_anything_is_no_duplicate() {
        const ASCENDING: i16 = 0;
        const DESCENDING: i16 = 3;
        let different = |change: fn(&mut Index)| {
            let mut other = named(8, "b");
            change(&mut other);
            assert!(messages_of(&RULE, &with_indexes(vec![named(7, "a"), other]), &[]).is_empty());
        };
        different(|index| index.key = vec![Some(2), Some(1)]);
        different(|index| index.unique = true);
        different(|index| index.usable = false);
        different(|index| index.definition.orders = vec![ASCENDING, DESCENDING]);
        different(|index| index.definition.operator_classes = vec![1]);
        different(|index| index.definition.collations = vec![1]);
        different(|index| index.definition.access_method = oids::HASH_AM);
        different(|index| index.definition.included = vec![3]);
        different(|index| index.definition.expressions = Some("x".into()));
        different(|index| (index.predicate, index.definition.condition) = (Predicate::Other, Some("x".into())));
        different(|index| index.definition.nulls_not_distinct = true);
        different(|index| index.definition.deferrable = true);
    }

    #[test]
    fn the_index_of_a_constraint_is_kept() {
        use ConstraintKind::*;
        let two = || with_indexes(vec![named(7, "a"), named(8, "b")]);
        let found = |t: Relation| messages_of(&RULE, &t, &[]);
        assert!(found(with_constraint(two(), 8, Unique))[0].starts_with("index \"a\""));
        assert!(found(with_constraint(with_constraint(two(), 8, PrimaryKey), 7, Unique))[0].starts_with("index \"a\""));
        assert!(found(with_constraint(with_constraint(two(), 7, Exclusion), 8, Exclusion)).is_empty());
        assert_eq!(found(with_constraint(two(), 7, Exclusion)).len(), 1);
        let mut t = two();
        t.indexes[0].inherited = true;
        assert_eq!(found(t).len(), 1, "the partition's own one");
    }

    #[test]
    fn the_fix_drops_the_newer_one() {
        let t = with_indexes(vec![named(7, "a"), named(8, "B")]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "DROP INDEX public.\"B\";");
        let t = with_constraint(with_constraint(t, 7, ConstraintKind::Unique), 8, ConstraintKind::Unique);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t DROP CONSTRAINT \"B\";");
    }
}
