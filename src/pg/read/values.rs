//! What the rows of a table and its descendants hold, as far as a short look can tell.

use super::inheritance::descendants;
use super::reader::Reader;
use super::table_rows::{Counted, MAX_COUNTED_PAGES, with_open_table};
use crate::facts::{AttrNumber, Oid};
use crate::pg::backend;
use crate::pg::scan::schema::{PgAttribute, PgClass, index};
use crate::pg::scan::{Key, Row, find};

/// Whether there is a row; `None` if that was not looked at in one of the tables.
pub fn has_rows(reader: &Reader, table: Oid) -> Option<bool> {
    is_found_in_family(reader, table, |_| Some(Counted::All))
}

/// Whether there is a row with NULL in a column; `None` if that was not looked at in one of the tables.
pub fn holds_null(reader: &Reader, table: Oid, column: AttrNumber) -> Option<bool> {
    let name = reader.find_column(table, column, |row| row.name(PgAttribute::attname))?;
    is_found_in_family(reader, table, |table| {
        // A column may have another number in each child.
        let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attname, Key::Name(&name))];
        let number = |row: &Row<PgAttribute>| {
            const VIRTUAL: char = 'v';
            (row.char(PgAttribute::attgenerated) != VIRTUAL).then(|| row.i16(PgAttribute::attnum))
        };
        find(reader.snapshot(), index::ATTRIBUTE_RELATION_NAME, &keys, number).flatten().map(Counted::WithNull)
    })
}

/// Whether a table or one of its descendants has a row of those that are counted; `None` if that was not looked at in
/// one of them. `counted` says which rows these are in a table, or `None` if nobody can tell.
fn is_found_in_family(reader: &Reader, table: Oid, counted: impl Fn(Oid) -> Option<Counted>) -> Option<bool> {
    let mut pages_left = MAX_COUNTED_PAGES;
    let mut answer = Some(false);
    for table in std::iter::once(table).chain(descendants(reader, table)) {
        backend::check_for_interrupts();
        let key = [(PgClass::oid, Key::Oid(table))];
        let found = match find(reader.snapshot(), index::CLASS_OID, &key, |row| row.char(PgClass::relkind)) {
            Some('r') => counted(table).and_then(|counted| is_found(table, counted, &mut pages_left)),
            Some('f') => None,
            _ => Some(false),
        };
        match found {
            Some(true) => return found,
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
}

/// Whether a table itself has a row of those that are counted; `None` if it is locked, has more pages than are left to look
/// at, or holds what the current role may not read.
fn is_found(table: Oid, counted: Counted, pages_left: &mut u32) -> Option<bool> {
    with_open_table(table, Some(false), |open| {
        if !open.is_readable(counted) {
            return None;
        }
        *pages_left = pages_left.checked_sub(open.pages())?;
        Some(open.count_rows(counted, 1.0) > 0.0)
    })?
}
