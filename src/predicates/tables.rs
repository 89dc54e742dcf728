//! What kind of table a table is, as several rules ask.

use crate::facts::{AttrNumber, Column, Constraint, Index, Predicate, QualifiedName, Relation, RelationKind};
use crate::predicates::nulls::may_be_null;
use crate::rule::{Context, Finding};
use crate::settings::shared::{MIGRATION_TABLES, REQUIRED_COLUMNS, TENANT_COLUMN};

/// Whether PostgreSQL itself keeps the rows of a relation, and so can hold it to keys and constraints.
pub fn keeps_rows(relation: &Relation) -> bool {
    matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
}

/// Whether a table is a migration tool's own, whose shape is nobody's choice.
pub fn is_tools_own(relation: &Relation, context: &Context<'_>) -> bool {
    relation.kind.is_table() && is_migration_table(&relation.name, context)
}

/// Whether a table is a migration tool's own, by its name.
pub fn is_migration_table(name: &QualifiedName, context: &Context<'_>) -> bool {
    context.option(&MIGRATION_TABLES).match_relation(name)
}

/// A violation by a table as a whole. What a partition is follows from its parent, where it is judged.
pub fn finding(relation: &Relation, message: String) -> Finding {
    let finding = Finding::relation(message);
    if relation.is_partition { finding.for_baseline() } else { finding }
}

/// The foreign keys of a table.
pub fn foreign_keys(relation: &Relation) -> impl Iterator<Item = &Constraint> {
    relation.constraints.iter().filter(|constraint| constraint.foreign_key.is_some())
}

/// Whether a column refers to another table, which then decides what the column is like.
pub fn is_in_foreign_key(column: &Column, relation: &Relation) -> bool {
    foreign_keys(relation).any(|key| key.columns.contains(&column.number))
}

/// Whether some unique index is over nothing but these columns, and over every row that has values in them.
pub fn has_unique_key_within(relation: &Relation, columns: &[AttrNumber]) -> bool {
    let covers_every_row = |index: &Index| match &index.predicate {
        Predicate::None => true,
        Predicate::NotNull(tested) => tested.iter().all(|column| columns.contains(column)),
        Predicate::Other => false,
    };
    let is_within = |index: &Index| index.key.iter().all(|one| one.is_some_and(|number| columns.contains(&number)));
    relation.indexes.iter().any(|index| index.unique && index.usable && covers_every_row(index) && is_within(index))
}

/// The columns of the foreign keys of a table that links rows of other tables: two or more foreign keys and little
/// else, which is a primary key of its own over one column, the columns that every table must have, and the tenant's.
pub fn link_columns(relation: &Relation, context: &Context<'_>) -> Option<Vec<AttrNumber>> {
    let required = context.option(&REQUIRED_COLUMNS);
    let tenant = context.option(&TENANT_COLUMN).as_ref();
    let is_tenant = |column: &Column| tenant == Some(&column.name);
    let linked = |number: &AttrNumber| foreign_keys(relation).any(|key| key.columns.contains(number));
    let columns: Vec<AttrNumber> = relation.columns.iter().map(|c| c.number).filter(|n| linked(n)).collect();

    let surrogate = match relation.primary_key().map(|key| key.columns.as_slice()) {
        Some([one]) if !columns.contains(one) => Some(*one),
        _ => None,
    };
    let mut others = relation.columns.iter().filter(|column| !columns.contains(&column.number));
    if !others.all(|column| surrogate == Some(column.number) || required.has(&column.name) || is_tenant(column)) {
        return None;
    }
    // With a key of its own, a table whose references may be empty is an entity rather than a link.
    let is_optional = |column: &Column| may_be_null(column, relation, context.catalog);
    if surrogate.is_some() && columns.iter().filter_map(|number| relation.column(*number)).any(is_optional) {
        return None;
    }
    let ends = link_ends(relation, |number| relation.column(*number).is_some_and(is_tenant));
    let is_one_to_one = ends.iter().any(|end| has_unique_key_within(relation, end));
    (ends.len() >= 2 && !is_one_to_one).then_some(columns)
}

/// The columns of each foreign key, once, without those that are part of another one and without the tenant's.
fn link_ends(relation: &Relation, is_tenant: impl Fn(&AttrNumber) -> bool) -> Vec<Vec<AttrNumber>> {
    let mut ends: Vec<Vec<AttrNumber>> = Vec::new();
    for key in foreign_keys(relation).filter(|key| !key.columns.iter().all(&is_tenant)) {
        let within = |inner: &[AttrNumber], outer: &[AttrNumber]| inner.iter().all(|number| outer.contains(number));
        if !ends.iter().any(|end| within(&key.columns, end)) {
            ends.retain(|end| !within(end, &key.columns));
            ends.push(key.columns.clone());
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, ConstraintKind, Oid, oids};
    use crate::testing::{FakeCatalog, column, constraint, foreign_key, index, settings, table};

    const NOT_NULL_DOMAIN: Oid = 17000;

    fn catalog() -> FakeCatalog {
        FakeCatalog::new().domain(NOT_NULL_DOMAIN, oids::INT8, true, false)
    }

    /// A table with columns 1, 2, … and a foreign key over each of `keys`.
    fn linking(columns: &[&str], keys: &[&[AttrNumber]]) -> Relation {
        let mut t = table("t", (1..).zip(columns).map(|(n, name)| column(n, name, oids::INT8)).collect());
        t.constraints = (1..).zip(keys).map(|(oid, key)| foreign_key(oid, "fk", key, Action::Cascade)).collect();
        t
    }

    fn with_key(mut t: Relation, columns: &[AttrNumber]) -> Relation {
        t.constraints.push(constraint(99, "pk_t", ConstraintKind::PrimaryKey, columns));
        t.indexes.push(Index { unique: true, ..index(columns) });
        t
    }

    fn links(t: &Relation, options: &[(&str, &str)]) -> Option<Vec<AttrNumber>> {
        link_columns(t, &Context { settings: &settings(options), catalog: &catalog() })
    }

    #[test]
    fn two_foreign_keys_and_little_else_are_a_link() {
        assert_eq!(links(&linking(&["a_id", "b_id"], &[&[1], &[2]]), &[]), Some(vec![1, 2]));
        let t = linking(&["a_id", "b_id", "created_at", "updated_at"], &[&[1], &[2]]);
        assert_eq!(links(&t, &[]), Some(vec![1, 2]));
        assert_eq!(links(&t, &[("required_columns", "{}")]), None);
        assert_eq!(links(&with_key(linking(&["id", "a_id", "b_id"], &[&[2], &[3]]), &[1]), &[]), Some(vec![2, 3]));
        let wide = linking(&["t", "a", "b"], &[&[1], &[1, 2], &[1, 3]]);
        assert_eq!(links(&wide, &[]), Some(vec![1, 2, 3]));
    }

    #[test]
    fn an_entity_is_no_link() {
        for (columns, keys) in [
            (&["a_id", "b_id", "quantity"][..], &[&[1][..], &[2]][..]),
            (&["a_id", "note"], &[&[1]]),
            (&["a_id"], &[&[1], &[1]]),
            (&["a_id", "b_id"], &[&[1], &[1, 2]]),
            (&["id", "a_id", "b_id"], &[&[2], &[3]]),
        ] {
            assert_eq!(links(&linking(columns, keys), &[]), None, "{columns:?} {keys:?}");
        }
        let one_to_one = with_key(linking(&["a_id", "b_id"], &[&[1], &[2]]), &[1]);
        assert_eq!(links(&one_to_one, &[]), None);
        let mut optional = with_key(linking(&["id", "a_id", "b_id"], &[&[2], &[3]]), &[1]);
        optional.columns[2].not_null = false;
        assert_eq!(links(&optional, &[]), None);
        optional.columns[2].data_type.oid = NOT_NULL_DOMAIN;
        assert_eq!(links(&optional, &[]), Some(vec![2, 3]), "the domain refuses NULL");
    }

    #[test]
    fn the_tenant_is_no_end_of_a_link() {
        let t = linking(&["tenant_id", "a_id"], &[&[1], &[2]]);
        assert_eq!(links(&t, &[("tenant_column", "tenant_id")]), None);
        let t = linking(&["tenant_id", "a_id", "b_id"], &[&[2], &[3]]);
        assert_eq!(links(&t, &[("tenant_column", "tenant_id")]), Some(vec![2, 3]));
        assert_eq!(links(&t, &[]), None);
    }
}
