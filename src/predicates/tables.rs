//! What kind of table a relation is, and which foreign keys and unique keys it has.

use crate::facts::{AttrNumber, Column, Constraint, Index, QualifiedName, Relation, RelationKind};
use crate::predicates::indexes::covers_rows_with;
use crate::predicates::nulls::may_be_null;
use crate::rule::{Catalog, Context, Finding};
use crate::settings::shared::{MIGRATION_TABLES, REQUIRED_COLUMNS, TENANT_COLUMN};

/// Whether a relation is an ordinary or partitioned table. PostgreSQL stores their rows itself and can enforce keys and
/// constraints on them, other than for a foreign table.
pub fn is_local_table(relation: &Relation) -> bool {
    matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
}

/// Whether a column is serial: an integer with a default from a sequence that the column owns.
pub fn is_serial(column: &Column, relation: &Relation, catalog: &dyn Catalog) -> bool {
    relation.kind.is_table() && column.may_be_serial() && catalog.is_serial(relation.oid, column.number)
}

/// Whether a relation is the table in which a migration tool records its migrations. The tool decides what the table
/// looks like.
pub fn is_migration_table(relation: &Relation, context: &Context<'_>) -> bool {
    relation.kind.is_table() && is_migration_table_name(&relation.name, context)
}

/// Removes what a rule has found in a migration table. This is asked last, as a rule finds nothing in most tables.
pub fn leave_out_migration_table(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !findings.is_empty() && is_migration_table(relation, context) {
        findings.clear();
    }
}

/// Whether a table with this name is a migration table.
pub fn is_migration_table_name(name: &QualifiedName, context: &Context<'_>) -> bool {
    context.option(&MIGRATION_TABLES).matches_relation(name)
}

/// The foreign keys of a table.
pub fn foreign_keys(relation: &Relation) -> impl Iterator<Item = &Constraint> {
    relation.constraints.iter().filter(|constraint| constraint.foreign_key.is_some())
}

/// The foreign keys of a table to other tables.
fn foreign_keys_to_others(relation: &Relation) -> impl Iterator<Item = &Constraint> {
    let is_to_other = |constraint: &&Constraint| {
        constraint.foreign_key.as_ref().is_some_and(|key| key.referenced_table != relation.oid)
    };
    foreign_keys(relation).filter(is_to_other)
}

/// Whether a unique index is over these columns or some of them, and holds every row that has values in them.
pub fn has_unique_key_within(relation: &Relation, columns: &[AttrNumber]) -> bool {
    let is_within = |index: &Index| index.key.iter().all(|part| part.is_some_and(|number| columns.contains(&number)));
    let is_key = |index: &Index| index.unique && index.usable && covers_rows_with(index, columns) && is_within(index);
    relation.indexes.iter().any(is_key)
}

/// The columns of a join table's foreign keys; `None` for any other table. A join table only links rows of other
/// tables: it has two or more foreign keys to them, and besides their columns at most a primary key of its own over one column,
/// the required columns and the tenant column.
pub fn find_join_table_columns(relation: &Relation, context: &Context<'_>) -> Option<Vec<AttrNumber>> {
    let required = context.option(&REQUIRED_COLUMNS);
    let tenant = context.option(&TENANT_COLUMN).as_ref();
    let is_tenant = |column: &Column| tenant == Some(&column.name);
    let is_referencing =
        |column: &&Column| foreign_keys_to_others(relation).any(|key| key.columns.contains(&column.number));
    let referencing = relation.columns.iter().filter(is_referencing);
    let columns: Vec<AttrNumber> = referencing.map(|column| column.number).collect();

    let surrogate = match relation.primary_key().map(|key| key.columns.as_slice()) {
        Some([number]) if !columns.contains(number) => Some(*number),
        _ => None,
    };
    let mut others = relation.columns.iter().filter(|column| !columns.contains(&column.number));
    if !others.all(|column| surrogate == Some(column.number) || required.has(&column.name) || is_tenant(column)) {
        return None;
    }
    // A table with a primary key of its own and a reference that may be NULL is an entity.
    let is_optional = |column: &Column| may_be_null(column, relation, context.catalog);
    if surrogate.is_some() && columns.iter().filter_map(|number| relation.column(*number)).any(is_optional) {
        return None;
    }
    let references = collect_references(relation, |number| relation.column(*number).is_some_and(is_tenant));
    let is_one_to_one = references.iter().any(|reference| has_unique_key_within(relation, reference));
    (references.len() >= 2 && !is_one_to_one).then_some(columns)
}

/// The columns of each foreign key to another table. Left out are keys over the tenant column alone, and keys whose columns are all part
/// of another key.
fn collect_references(relation: &Relation, is_tenant: impl Fn(&AttrNumber) -> bool) -> Vec<Vec<AttrNumber>> {
    let is_within = |inner: &[AttrNumber], outer: &[AttrNumber]| inner.iter().all(|number| outer.contains(number));
    let mut references: Vec<Vec<AttrNumber>> = Vec::new();
    for key in foreign_keys_to_others(relation).filter(|key| !key.columns.iter().all(&is_tenant)) {
        if !references.iter().any(|reference| is_within(&key.columns, reference)) {
            references.retain(|reference| !is_within(reference, &key.columns));
            references.push(key.columns.clone());
        }
    }
    references
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

    /// A table with columns numbered from 1 and a foreign key over each of `keys`.
    fn with_foreign_keys(columns: &[&str], keys: &[&[AttrNumber]]) -> Relation {
        let mut t = table("t", (1..).zip(columns).map(|(number, name)| column(number, name, oids::INT8)).collect());
        t.constraints = (1..).zip(keys).map(|(oid, key)| foreign_key(oid, "fk", key, Action::Cascade)).collect();
        t
    }

    fn with_primary_key(mut t: Relation, columns: &[AttrNumber]) -> Relation {
        const PRIMARY_KEY: Oid = 99;
        t.constraints.push(constraint(PRIMARY_KEY, "pk_t", ConstraintKind::PrimaryKey, columns));
        t.indexes.push(Index { unique: true, ..index(columns) });
        t
    }

    fn find(t: &Relation, options: &[(&str, &str)]) -> Option<Vec<AttrNumber>> {
        find_join_table_columns(t, &Context { settings: &settings(options), catalog: &catalog() })
    }

    #[test]
    fn a_table_with_two_foreign_keys_and_little_else_is_a_join_table() {
        assert_eq!(find(&with_foreign_keys(&["a_id", "b_id"], &[&[1], &[2]]), &[]), Some(vec![1, 2]));
        let t = with_foreign_keys(&["a_id", "b_id", "created_at", "updated_at"], &[&[1], &[2]]);
        assert_eq!(find(&t, &[]), Some(vec![1, 2]));
        assert_eq!(find(&t, &[("required_columns", "{}")]), None);
        assert_eq!(
            find(&with_primary_key(with_foreign_keys(&["id", "a_id", "b_id"], &[&[2], &[3]]), &[1]), &[]),
            Some(vec![2, 3])
        );
        let wide = with_foreign_keys(&["t", "a", "b"], &[&[1], &[1, 2], &[1, 3]]);
        assert_eq!(find(&wide, &[]), Some(vec![1, 2, 3]));
    }

    #[test]
    fn an_entity_is_no_join_table() {
        for (columns, keys) in [
            (&["a_id", "b_id", "quantity"][..], &[&[1][..], &[2]][..]),
            (&["a_id", "note"], &[&[1]]),
            (&["a_id"], &[&[1], &[1]]),
            (&["a_id", "b_id"], &[&[1], &[1, 2]]),
            (&["id", "a_id", "b_id"], &[&[2], &[3]]),
        ] {
            assert_eq!(find(&with_foreign_keys(columns, keys), &[]), None, "{columns:?} {keys:?}");
        }
        let one_to_one = with_primary_key(with_foreign_keys(&["a_id", "b_id"], &[&[1], &[2]]), &[1]);
        assert_eq!(find(&one_to_one, &[]), None);
        let mut optional = with_primary_key(with_foreign_keys(&["id", "a_id", "b_id"], &[&[2], &[3]]), &[1]);
        optional.columns[2].not_null = false;
        assert_eq!(find(&optional, &[]), None);
        optional.columns[2].data_type.oid = NOT_NULL_DOMAIN;
        assert_eq!(find(&optional, &[]), Some(vec![2, 3]), "the domain refuses NULL");
    }

    #[test]
    fn the_foreign_key_of_the_tenant_does_not_count() {
        let t = with_foreign_keys(&["tenant_id", "a_id"], &[&[1], &[2]]);
        assert_eq!(find(&t, &[("tenant_column", "tenant_id")]), None);
        let t = with_foreign_keys(&["tenant_id", "a_id", "b_id"], &[&[2], &[3]]);
        assert_eq!(find(&t, &[("tenant_column", "tenant_id")]), Some(vec![2, 3]));
        assert_eq!(find(&t, &[]), None);
    }
}
