//! The sequences of serial columns.

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid, QualifiedName, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgDepend, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};
use crate::rule::Catalog;

/// The sequence of a serial column: an integer column whose default calls nextval and which owns a sequence. The type
/// is part of this because a text column may own a sequence, too, for numbers inside its text.
pub fn serial_sequence(reader: &Reader, table: Oid, column: AttrNumber) -> Option<QualifiedName> {
    const AUTOMATIC: char = 'a';
    if !default_calls_nextval(reader, table, column) {
        return None;
    }
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
    owned.into_iter().find(is_sequence).and_then(|sequence| reader.table_name(sequence))
}

/// How PostgreSQL writes a call of nextval, by its `pg_proc.oid`, into a stored expression.
const CALL_OF_NEXTVAL: &[u8] = b":funcid 1574 ";

/// Whether the default of a column contains a call of nextval.
fn default_calls_nextval(reader: &Reader, table: Oid, column: AttrNumber) -> bool {
    let keys = [(PgAttrdef::adrelid, Key::Oid(table)), (PgAttrdef::adnum, Key::Int2(column))];
    let calls = |row: &Row<PgAttrdef>| {
        row.text(PgAttrdef::adbin)
            .is_some_and(|tree| tree.to_bytes().windows(CALL_OF_NEXTVAL.len()).any(|part| part == CALL_OF_NEXTVAL))
    };
    find(reader.snapshot(), index::ATTRDEF_RELATION_NUMBER, &keys, calls).unwrap_or(false)
}
