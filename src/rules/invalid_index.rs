//! An index must be valid.

use crate::facts::{Index, Relation, RelationKind};
use crate::predicates::subjects;
use crate::rule::{Check, Context, Edit, Finding, IndexEdit, Levels, Moment, Rule};
use crate::settings::Level;
use crate::sql::has_label;

pub static RULE: Rule = Rule {
    id: "invalid_index",
    summary: "an index that is not valid, since what built it has failed",
    reason: "No query uses it, but writes may have to update it, and a unique one may refuse them.",
    moment: Moment::Audit,
    check: Check::Relation(check),
    fix,
    levels: Levels { house: Level::Error, ..Levels::EXPECTED },
    options: &[],
    explanation: "\
`CREATE INDEX CONCURRENTLY` that fails or is cancelled leaves an index behind that is not valid. `REINDEX CONCURRENTLY` \
leaves a second one, whose name ends in `_ccnew` or `_ccold` and a number, and a `DROP INDEX CONCURRENTLY` that was \
cancelled leaves the index itself. No statement is to blame for them, as a statement that fails is not checked at its \
end, so the rule is checked by `guardrail.audit()` alone.

An index that somebody is building, rebuilding or dropping at that moment is not reported. On a standby nobody can tell \
what is done on the primary; there `certain` is false. The index of a partitioned table is not valid as long as a \
partition lacks its part of it, and is not checked; the indexes of the partitions are, each by itself. The indexes of \
materialized views and TOAST tables are not checked.

The fix drops what `REINDEX CONCURRENTLY` has left, and builds any other index anew. That blocks writes to the table; \
`REINDEX INDEX CONCURRENTLY` does not, but must run by itself. Where values repeat that a unique index should keep \
unique, they must be made different first.",
    setup: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, code text NOT NULL);
INSERT INTO orders VALUES (1, 'A-1'), (2, 'A-1');",
    bad: "CREATE UNIQUE INDEX CONCURRENTLY ix_orders_code ON orders (code); -- fails, and leaves the index",
    good: "CREATE INDEX CONCURRENTLY ix_orders_code ON orders (code);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if relation.kind == RelationKind::PartitionedTable {
        return;
    }
    for index in relation.indexes.iter().filter(|index| !index.usable) {
        let is_left = context.catalog.is_left_invalid(relation.oid, index.oid);
        if is_left != Some(false) {
            let message = format!("{} is not valid", subjects::describe_index(index, relation));
            // Where the parent has the index as well, it is still this part of it that has failed.
            let own = Index { inherited: false, ..index.clone() };
            findings.push(Finding::index(&own, message).uncertain_if(is_left.is_none()));
        }
    }
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let edit = |index: &Index| {
        let is_leftover = ["ccnew", "ccold"].iter().any(|label| has_label(&index.name, label));
        let is_needed = index.inherited || relation.constraint_backed_by(index).is_some();
        let edit = if is_leftover && !is_needed { IndexEdit::Drop } else { IndexEdit::Rebuild };
        Edit::Index(index.oid, edit)
    };
    finding.find_index(relation).map(edit).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Constraint, ConstraintKind, Oid, oids};
    use crate::testing::{FakeCatalog, Trial, column, constraint, fix_of, index, messages_of, table};

    const INDEX: Oid = 50;

    fn with_index(name: &str) -> Relation {
        let mut t = table("t", vec![column(1, "a", oids::INT8)]);
        t.indexes.push(Index { oid: INDEX, name: name.into(), usable: false, ..index(&[1]) });
        t
    }

    #[test]
    fn an_index_must_be_valid() {
        let mut t = with_index("ix");
        assert_eq!(messages_of(&RULE, &t, &[]), ["index \"ix\" of table \"public.t\" is not valid"]);
        t.indexes[0].inherited = true;
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 1, "the index of a partition");
        t.kind = RelationKind::PartitionedTable;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        t.kind = RelationKind::Table;
        t.indexes[0].usable = true;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn an_index_that_somebody_works_on_is_not_reported() {
        let certain = |left_invalid| {
            let trial = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().left_invalid(left_invalid));
            trial.findings(&with_index("ix")).iter().map(|finding| finding.is_certain).collect::<Vec<_>>()
        };
        assert_eq!(certain(Some(true)), [true]);
        assert_eq!(certain(Some(false)), [false; 0]);
        assert_eq!(certain(None), [false], "on a standby");
    }

    #[test]
    fn the_fix_drops_leftovers_and_rebuilds_others() {
        let fix = |t: &Relation| fix_of(&RULE, t, &[], false);
        for name in ["ix", "ix_ccnewer", "ccnew", "ix_ccnew_2"] {
            assert_eq!(fix(&with_index(name)), format!("REINDEX INDEX public.{name};"));
        }
        for name in ["ix_ccnew", "ix_ccnew1", "ix_ccold12"] {
            assert_eq!(fix(&with_index(name)), format!("DROP INDEX public.{name};"));
        }
        let mut t = with_index("uq_ccnew");
        let key = constraint(9, "uq_ccnew", ConstraintKind::Unique, &[1]);
        t.constraints.push(Constraint { index: INDEX, ..key });
        assert_eq!(fix(&t), "REINDEX INDEX public.uq_ccnew;", "a constraint needs it");
        let mut t = with_index("ix_ccnew");
        t.indexes[0].inherited = true;
        assert_eq!(fix(&t), "REINDEX INDEX public.ix_ccnew;", "the parent's index needs it");
    }
}
