//! Reads the extension's own tables, whatever the rights of the current role are: what is in force is no secret.

use std::ffi::CStr;

use pgrx::pg_sys;

use super::Snapshot;
use crate::pg::{backend, text};

/// The schema of the extension's own tables. Only superusers may create anything in it.
const SCHEMA: &CStr = c"guardrail";

/// A row of a table, by the names of its columns.
pub struct TableRow<'a> {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
    columns: &'a [(String, pg_sys::Oid)],
}

impl TableRow<'_> {
    /// The value of a column of this type; `None` if it is null or there is no such column.
    fn datum(&self, name: &str, data_type: pg_sys::Oid) -> Option<pg_sys::Datum> {
        let at = self.columns.iter().position(|(column, its_type)| column == name && *its_type == data_type)?;
        let mut is_null = false;
        // SAFETY: the tuple is a row of the table that the descriptor describes, and the column is one of its columns.
        let datum = unsafe { pg_sys::heap_getattr(self.tuple, at as i32 + 1, self.descriptor, &mut is_null) };
        (!is_null).then_some(datum)
    }

    /// A text; `None` if it is null.
    pub fn text(&self, name: &str) -> Option<String> {
        // SAFETY: the column is of type text, and text_to_cstring returns a NUL-terminated copy.
        self.datum(name, pg_sys::TEXTOID)
            .map(|datum| unsafe { text::from_server(pg_sys::text_to_cstring(datum.cast_mut_ptr())) })
    }

    /// A bigint; `None` if it is null.
    pub fn i64(&self, name: &str) -> Option<i64> {
        self.datum(name, pg_sys::INT8OID).map(|datum| datum.value() as i64)
    }

    /// A timestamptz, in microseconds since 2000-01-01; `None` if it is null.
    pub fn timestamp(&self, name: &str) -> Option<i64> {
        self.datum(name, pg_sys::TIMESTAMPTZOID).map(|datum| datum.value() as i64)
    }
}

/// The oid of one of the extension's tables; `None` if there is no such table. A superuser may have put something else in its
/// place, a view for example, which has no rows of its own.
pub fn own_table(name: &CStr) -> Option<pg_sys::Oid> {
    // SAFETY: both names are NUL-terminated; a schema that does not exist has no tables. Of a relation that does not exist the
    // kind is 0.
    unsafe {
        let oid = pg_sys::get_relname_relid(name.as_ptr(), pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true));
        (pg_sys::get_rel_relkind(oid) as u8 == pg_sys::RELKIND_RELATION).then_some(oid)
    }
}

/// Opens one of the extension's tables, under the lock that readers take.
fn open_own_table(name: &CStr) -> Option<pg_sys::Relation> {
    let oid = own_table(name)?;
    // SAFETY: returns null if the table has been dropped since.
    let table = unsafe { pg_sys::try_relation_open(oid, pg_sys::AccessShareLock as i32) };
    (!table.is_null()).then_some(table)
}

/// Calls `each` for every row of one of the extension's tables as it is now. Returns whether there is such a table: there is
/// none where the SQL of the extension is older than the library.
pub fn scan_own_table(name: &CStr, mut each: impl FnMut(&TableRow<'_>)) -> bool {
    let Some(table) = open_own_table(name) else { return false };
    let snapshot = Snapshot::now();
    // SAFETY: the table is open under a lock until the scan has ended, the snapshot stays registered as long, and a tuple is
    // not used after the next one was asked for.
    unsafe {
        let descriptor = (*table).rd_att;
        let attributes = pgrx::PgTupleDesc::from_pg_copy(descriptor);
        let columns: Vec<(String, pg_sys::Oid)> =
            attributes.iter().map(|column| (column.name().to_owned(), column.atttypid)).collect();
        let (index, keys) = (pg_sys::InvalidOid, std::ptr::null_mut());
        let scan = pg_sys::systable_beginscan(table, index, false, snapshot.registered(), 0, keys);
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            backend::check_for_interrupts();
            each(&TableRow { tuple, descriptor, columns: &columns });
        }
        pg_sys::systable_endscan(scan);
        pg_sys::relation_close(table, pg_sys::AccessShareLock as i32);
    }
    true
}
