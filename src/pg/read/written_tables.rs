//! Which tables the transaction writes rows to. The locks that it holds tell.

use std::cell::Cell;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::Oid;
use crate::pg::scan::schema::{PgClass, index};
use crate::pg::scan::{Key, Row, scan};
use crate::rule::Catalog;
use crate::settings::parse::patterns::Patterns;

thread_local! {
    /// The table that the last search found, or 0. It is tried first, as the next search will most likely find it
    /// again.
    static LAST_FOUND: Cell<Oid> = const { Cell::new(0) };
}

/// Whether the transaction writes rows to a table whose name matches one of the patterns: whether it holds the lock
/// that INSERT, UPDATE, DELETE and MERGE take. Plain names are looked up by index; only other patterns need a pass over
/// pg_class.
pub fn writes_to(reader: &Reader, patterns: &Patterns) -> bool {
    let matches = |oid: &Oid| reader.table_name(*oid).is_some_and(|name| patterns.matches_relation(&name));
    let is_match = |oid: &Oid| is_being_written(*oid) && matches(oid);
    if LAST_FOUND.get() != 0 && is_match(&LAST_FOUND.get()) {
        return true;
    }
    let mut candidates: Vec<Oid> = Vec::new();
    let mut collect = |row: &Row<PgClass>| {
        // Temporary tables do not count: nothing that is written to them lasts.
        if matches!(row.char(PgClass::relkind), 'r' | 'p' | 'f') && row.char(PgClass::relpersistence) != 't' {
            candidates.push(row.oid(PgClass::oid));
        }
    };
    match patterns.plain_names() {
        Some(names) => {
            for name in names {
                let key = [(PgClass::relname, Key::Name(name))];
                scan(reader.snapshot(), index::CLASS_NAME, &key, &mut collect);
            }
        }
        None => scan(reader.snapshot(), index::NONE, &[], &mut collect),
    }
    let found = candidates.into_iter().find(is_match);
    LAST_FOUND.set(found.unwrap_or_default());
    found.is_some()
}

/// Whether this transaction holds the lock on a table that writing rows takes.
pub fn is_being_written(table: Oid) -> bool {
    let mode = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;
    // SAFETY: looks into the backend's own table of locks, which needs nothing but a tag. The tag is built as
    // PostgreSQL's SET_LOCKTAG_RELATION does; a relation that does not exist is not locked.
    unsafe {
        let tag = pg_sys::LOCKTAG {
            locktag_field1: pg_sys::MyDatabaseId.to_u32(),
            locktag_field2: table,
            locktag_field3: 0,
            locktag_field4: 0,
            locktag_type: pg_sys::LockTagType::LOCKTAG_RELATION as u8,
            locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
        };
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16"))]
        return pg_sys::LockHeldByMe(&tag, mode);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16")))]
        return pg_sys::LockHeldByMe(&tag, mode, false);
    }
}
