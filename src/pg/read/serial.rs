//! The sequences of serial columns.

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid, QualifiedName, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgDepend, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};
use crate::rule::Catalog;

/// The sequence of a serial column: an integer column whose default calls nextval for a sequence that the column owns.
/// The type is part of this because a text column may own a sequence, too, for numbers inside its text.
pub fn serial_sequence(reader: &Reader, table: Oid, column: AttrNumber) -> Option<QualifiedName> {
    let (sequence, _) = sequence_and_default(reader, table, column)?;
    reader.table_name(sequence)
}

/// The sequence of a serial column, and the default of the column.
pub fn sequence_and_default(reader: &Reader, table: Oid, column: AttrNumber) -> Option<(Oid, Oid)> {
    const AUTOMATIC: char = 'a';
    let default = default_with_nextval(reader, table, column)?;
    reader.column_type(table, column).filter(|data_type| oids::INTEGERS.contains(data_type))?;
    let mut owned = Vec::new();
    let keys = [
        (PgDepend::refclassid, Key::Oid(PgClass::CATALOG)),
        (PgDepend::refobjid, Key::Oid(table)),
        (PgDepend::refobjsubid, Key::Int4(column.into())),
    ];
    scan(reader.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
        let is_owned = row.char(PgDepend::deptype) == AUTOMATIC;
        if is_owned && row.oid(PgDepend::classid) == PgClass::CATALOG {
            owned.push(row.oid(PgDepend::objid));
        }
    });
    let is_sequence = |oid: &Oid| {
        let key = [(PgClass::oid, Key::Oid(*oid))];
        find(reader.snapshot(), index::CLASS_OID, &key, |row| row.char(PgClass::relkind)) == Some('S')
    };
    let used = relations_in_default(reader, default);
    let sequence = owned.into_iter().find(|oid| used.contains(oid) && is_sequence(oid))?;
    Some((sequence, default))
}

/// The relations that a default depends on; with nextval, its sequence.
fn relations_in_default(reader: &Reader, default: Oid) -> Vec<Oid> {
    let mut relations = Vec::new();
    let keys = [(PgDepend::classid, Key::Oid(PgAttrdef::CATALOG)), (PgDepend::objid, Key::Oid(default))];
    scan(reader.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
        if row.oid(PgDepend::refclassid) == PgClass::CATALOG {
            relations.push(row.oid(PgDepend::refobjid));
        }
    });
    relations
}

/// How PostgreSQL writes a call of nextval, by its `pg_proc.oid`, into a stored expression.
const CALL_OF_NEXTVAL: &[u8] = b":funcid 1574 ";

/// The default of a column (`pg_attrdef.oid`), if it contains a call of nextval.
fn default_with_nextval(reader: &Reader, table: Oid, column: AttrNumber) -> Option<Oid> {
    let keys = [(PgAttrdef::adrelid, Key::Oid(table)), (PgAttrdef::adnum, Key::Int2(column))];
    let calls = |row: &Row<PgAttrdef>| {
        let tree = row.text(PgAttrdef::adbin)?;
        let calls_it = tree.to_bytes().windows(CALL_OF_NEXTVAL.len()).any(|part| part == CALL_OF_NEXTVAL);
        calls_it.then(|| row.oid(PgAttrdef::oid))
    };
    find(reader.snapshot(), index::ATTRDEF_RELATION_NUMBER, &keys, calls).flatten()
}
