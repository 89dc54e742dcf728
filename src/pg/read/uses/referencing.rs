//! The foreign keys that refer to a column.

use super::DependentConstraint;
use crate::facts::{AttrNumber, Oid};
use crate::pg::read::depend::{Object, dependents};
use crate::pg::read::reader::Reader;
use crate::pg::scan::schema::{PgClass, PgConstraint, index};
use crate::pg::scan::{CatalogColumn, Key, scan};

/// The columns of a table's foreign keys, each with the column that it refers to.
pub fn references(reader: &Reader, table: Oid) -> Vec<(AttrNumber, (Oid, AttrNumber))> {
    let mut references = Vec::new();
    scan(reader.snapshot(), index::CONSTRAINT_RELATION, &[(PgConstraint::conrelid, Key::Oid(table))], |row| {
        if row.char(PgConstraint::contype) == 'f' && row.bool(PgConstraint::conenforced, true) {
            let referenced = row.oid(PgConstraint::confrelid);
            let columns = row.numbers(PgConstraint::conkey).into_iter().zip(row.numbers(PgConstraint::confkey));
            references.extend(columns.map(|(own, other)| (own, (referenced, other))));
        }
    });
    references
}

/// The columns of foreign keys that refer to a table's column, each with its table. Those that a partition has from its
/// parent are left to the parent.
pub fn referencing_columns(reader: &Reader, table: Oid, column: AttrNumber) -> Vec<(Oid, AttrNumber)> {
    let object = Object { catalog: PgClass::CATALOG, oid: table, column: column.into() };
    let keys = dependents(reader, object).into_iter().filter(|(object, _)| object.catalog == PgConstraint::CATALOG);
    let keys = keys.filter_map(|(object, _)| DependentConstraint::read(reader, object.oid));
    let column_of = |key: DependentConstraint| {
        let at = key.referenced_columns.iter().position(|referenced| *referenced == column)?;
        (key.parent == 0 && key.referenced_table == table).then_some((key.table, *key.columns.get(at)?))
    };
    let mut columns: Vec<_> = keys.filter_map(column_of).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}
