//! Reads comments.

use std::collections::BTreeMap;

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid};
use crate::pg::scan::schema::{PgClass, PgDescription, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};
use crate::pg::text;

/// The comment on a table, or on one of its columns. All comments of a table are read at once.
pub fn comment(reader: &Reader, table: Oid, column: Option<AttrNumber>) -> Option<String> {
    let read = || {
        let mut comments = BTreeMap::new();
        let keys = [(PgDescription::objoid, Key::Oid(table)), (PgDescription::classoid, Key::Oid(PgClass::CATALOG))];
        scan(reader.snapshot(), index::DESCRIPTION, &keys, |row| {
            if let Some(comment) = row.text(PgDescription::description) {
                comments.insert(row.i32(PgDescription::objsubid), text::from_c(comment));
            }
        });
        comments
    };
    let mut comments = reader.comments.borrow_mut();
    comments.entry(table).or_insert_with(read).get(&column.unwrap_or(0).into()).cloned()
}

/// The comment on an object that is no column.
pub fn comment_on(reader: &Reader, catalog: Oid, object: Oid) -> Option<String> {
    let keys = [(PgDescription::objoid, Key::Oid(object)), (PgDescription::classoid, Key::Oid(catalog))];
    let comment = |row: &Row<PgDescription>| row.text(PgDescription::description).map(text::from_c);
    find(reader.snapshot(), index::DESCRIPTION, &keys, comment).flatten()
}
