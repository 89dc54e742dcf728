//! Which tables the transaction writes to, by the locks it holds.

use std::cell::Cell;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::Oid;
use crate::pg::scan::schema::{PgClass, index};
use crate::pg::scan::{Key, Row, scan};
use crate::rule::Catalog;
use crate::settings::parse::patterns::Patterns;

thread_local! {
    /// The table that was found the last time: the next time it will most likely be the one.
    static LAST: Cell<Oid> = const { Cell::new(0) };
}

/// Whether the transaction holds the lock that INSERT, UPDATE, DELETE and MERGE take on a table that matches one of
/// the patterns. Plain names are looked up by index; only other patterns need a pass over pg_class.
pub fn writes_to(now: &Reader, patterns: &Patterns) -> bool {
    let matches = |oid: &Oid| now.table_name(*oid).is_some_and(|name| patterns.match_relation(&name));
    let is_one = |oid: &Oid| is_being_written(*oid) && matches(oid);
    if LAST.get() != 0 && is_one(&LAST.get()) {
        return true;
    }
    let mut candidates: Vec<Oid> = Vec::new();
    let mut collect = |row: &Row<PgClass>| {
        // A temporary table of that name is nobody's record.
        if matches!(row.char(PgClass::relkind), 'r' | 'p' | 'f') && row.char(PgClass::relpersistence) != 't' {
            candidates.push(row.oid(PgClass::oid));
        }
    };
    match patterns.plain_names() {
        Some(names) => {
            for name in names {
                let key = [(PgClass::relname, Key::Name(name))];
                scan(now.snapshot(), index::CLASS_NAME, &key, &mut collect);
            }
        }
        None => scan(now.snapshot(), index::NONE, &[], &mut collect),
    }
    let found = candidates.into_iter().find(is_one);
    LAST.set(found.unwrap_or_default());
    found.is_some()
}

fn is_being_written(table: Oid) -> bool {
    let mode = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;
    // SAFETY: looks into the backend's own table of locks; the tag is that of a relation of this database.
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
