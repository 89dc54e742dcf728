//! What uses a row type.

use std::collections::BTreeSet;

use super::{Uses, names, typed_tables, with_followers};
use crate::facts::{AttrNumber, Oid, Use, UseKind};
use crate::pg::backend;
use crate::pg::read::reader::Reader;
use crate::pg::scan::schema::{PgAttribute, PgClass, PgDepend, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};

/// The columns of other relations because of which PostgreSQL refuses to change the rows of a table and its descendants,
/// or a composite type; and the tables that are made OF the type.
pub fn row_type_uses(reader: &Reader, relation: Oid) -> Vec<Use> {
    let mut uses = Uses::default();
    for table in typed_tables(reader, relation) {
        uses.add(UseKind::TypedTable, || names::of_relation(reader, table));
    }
    let followers = with_followers(reader, relation);
    let mut waiting: Vec<Oid> = followers.iter().filter_map(|oid| row_type(reader, *oid)).collect();
    let mut known: BTreeSet<Oid> = waiting.iter().copied().collect();
    while let Some(data_type) = waiting.pop() {
        backend::check_for_interrupts();
        let made_of_it = add_users_of_type(reader, data_type, &mut uses);
        waiting.extend(made_of_it.into_iter().filter(|other| known.insert(*other)));
    }
    uses.found
}

/// Adds the columns that are of a type, and returns the types that are made of it: arrays, domains, ranges, composite
/// types, and the row types of views, which hold no rows themselves.
fn add_users_of_type(reader: &Reader, data_type: Oid, uses: &mut Uses) -> BTreeSet<Oid> {
    let mut types = BTreeSet::new();
    let mut relations = BTreeSet::<Oid>::new();
    let keys = [(PgDepend::refclassid, Key::Oid(PgType::CATALOG)), (PgDepend::refobjid, Key::Oid(data_type))];
    scan(reader.snapshot(), index::DEPEND_REFERENCE, &keys, |row| match row.oid(PgDepend::classid) {
        PgType::CATALOG => types.extend([row.oid(PgDepend::objid)]),
        PgClass::CATALOG => relations.extend([row.oid(PgDepend::objid)]),
        _ => {}
    });
    for relation in relations {
        // An expression of an index may use the type without the index holding a value of it.
        let Some(column) = column_of_type(reader, relation, data_type) else { continue };
        let key = [(PgClass::oid, Key::Oid(relation))];
        match find(reader.snapshot(), index::CLASS_OID, &key, |row| row.char(PgClass::relkind)) {
            Some('v' | 'c' | 'f') => types.extend(row_type(reader, relation)),
            Some('i' | 'I') => uses.add(UseKind::RowType, || names::of_relation(reader, relation)),
            _ => uses.add(UseKind::RowType, || names::of_column(reader, "column", relation, column)),
        }
    }
    types
}

/// The first column of a relation that is of a type.
fn column_of_type(reader: &Reader, relation: Oid, data_type: Oid) -> Option<AttrNumber> {
    let mut found = None;
    let keys = [(PgAttribute::attrelid, Key::Oid(relation)), (PgAttribute::attnum, Key::Above(0))];
    scan(reader.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
        if row.oid(PgAttribute::atttypid) == data_type && !row.bool(PgAttribute::attisdropped, false) {
            found.get_or_insert(row.i16(PgAttribute::attnum));
        }
    });
    found
}

/// The type of a relation's rows; `None` for one that has no rows.
pub fn row_type(reader: &Reader, relation: Oid) -> Option<Oid> {
    let key = [(PgClass::oid, Key::Oid(relation))];
    let row_type = |row: &Row<PgClass>| row.oid(PgClass::reltype);
    find(reader.snapshot(), index::CLASS_OID, &key, row_type).filter(|oid| *oid != 0)
}
