//! The subjects of messages: what columns, constraints and indexes are called, together with their relation.

use std::fmt::{self, Display};

use crate::facts::{Column, Constraint, Index, Relation, RelationKind};

/// `column "a" of table "public.t"`, `attribute "a" of type "public.t"` or, for its value, `domain "public.d"`.
pub fn describe_column(column: &Column, relation: &Relation) -> impl Display {
    fmt::from_fn(move |f| match relation.kind {
        RelationKind::Domain => write!(f, "domain \"{}\"", relation.name),
        RelationKind::CompositeType => write!(f, "attribute \"{}\" of type \"{}\"", column.name, relation.name),
        _ => write!(f, "column \"{}\" of table \"{}\"", column.name, relation.name),
    })
}

/// `foreign key "fk" of table "public.t"`.
pub fn describe_constraint(constraint: &Constraint, relation: &Relation) -> impl Display {
    fmt::from_fn(move |f| {
        write!(f, "{} \"{}\" of table \"{}\"", constraint.kind.noun(), constraint.name, relation.name)
    })
}

/// `index "ix" of table "public.t"`.
pub fn describe_index(index: &Index, relation: &Relation) -> impl Display {
    fmt::from_fn(move |f| write!(f, "index \"{}\" of table \"{}\"", index.name, relation.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Oid, oids};
    use crate::testing::{column, constraint, index, table};

    #[test]
    fn a_column_is_described_by_the_kind_of_its_relation() {
        let describe =
            |kind| describe_column(&column(1, "a", oids::INT8), &Relation { kind, ..table("t", vec![]) }).to_string();
        assert_eq!(describe(RelationKind::Table), "column \"a\" of table \"public.t\"");
        assert_eq!(describe(RelationKind::ForeignTable), "column \"a\" of table \"public.t\"");
        assert_eq!(describe(RelationKind::CompositeType), "attribute \"a\" of type \"public.t\"");
        assert_eq!(describe(RelationKind::Domain), "domain \"public.t\"");
    }

    #[test]
    fn constraints_and_indexes_are_described_with_their_table() {
        const CHECK: Oid = 9;
        let relation = table("t", vec![]);
        let check = constraint(CHECK, "ck", ConstraintKind::Check, &[1]);
        assert_eq!(describe_constraint(&check, &relation).to_string(), "check constraint \"ck\" of table \"public.t\"");
        assert_eq!(describe_index(&index(&[1]), &relation).to_string(), "index \"some_index\" of table \"public.t\"");
    }
}
