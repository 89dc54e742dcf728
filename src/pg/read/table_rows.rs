//! Looks at the rows of a table.

use std::ptr::null_mut;

use pgrx::pg_sys;

use crate::facts::{AttrNumber, Oid};
use crate::pg::errors::none_on_error;

/// The rows of a table with at most this many pages are looked at; of a larger one that takes too long.
pub const MAX_COUNTED_PAGES: u32 = 100;

/// Which rows are counted.
#[derive(Clone, Copy)]
pub enum Counted {
    All,
    /// Those that have a value in a column.
    WithValue(AttrNumber),
    /// Those that have NULL in a column.
    WithNull(AttrNumber),
}

/// A table that is open and locked against being dropped.
pub struct OpenTable(pg_sys::Relation);

/// What `look` makes of a table, `gone` if there is no such table. `None` if somebody else has locked it, so that nobody
/// waits here, if it cannot be opened, and for a temporary table of another session, whose pages are in that session's
/// memory.
pub fn with_open_table<T>(table: Oid, gone: T, look: impl FnOnce(&OpenTable) -> T) -> Option<T> {
    // SAFETY: the table is opened only once it is locked, so it cannot be dropped in the meantime; try_relation_open
    // returns null if it was dropped before. It is closed and then unlocked here, so that nobody has to wait for this
    // lock.
    unsafe {
        if !pg_sys::ConditionalLockRelationOid(table.into(), pg_sys::AccessShareLock as i32) {
            return None;
        }
        let seen = none_on_error(|| try_to_open(table)).and_then(|()| {
            let relation = pg_sys::try_relation_open(table.into(), pg_sys::NoLock as i32);
            if relation.is_null() {
                return Some(gone);
            }
            let table = OpenTable(relation);
            let seen = (!table.is_of_another_session()).then(|| look(&table));
            pg_sys::relation_close(relation, pg_sys::NoLock as i32);
            seen
        });
        pg_sys::UnlockRelationOid(table.into(), pg_sys::AccessShareLock as i32);
        seen
    }
}

/// Opens a table and closes it again, so that PostgreSQL has in memory what it needs for that. That includes the rules and
/// policies of the table, one of which may be nested too deep to be read here; then this raises an error.
///
/// # Safety
/// The table is locked.
unsafe fn try_to_open(table: Oid) -> Option<()> {
    // SAFETY: the caller promises the lock. What was opened is closed.
    unsafe {
        let relation = pg_sys::try_relation_open(table.into(), pg_sys::NoLock as i32);
        if !relation.is_null() {
            pg_sys::relation_close(relation, pg_sys::NoLock as i32);
        }
    }
    Some(())
}

impl OpenTable {
    /// PostgreSQL's own handle of the table, valid as long as this value.
    pub fn relation(&self) -> pg_sys::Relation {
        self.0
    }

    /// Whether it is a temporary table of another session. It may be a child of a table that is not temporary.
    fn is_of_another_session(&self) -> bool {
        // SAFETY: the table is open.
        unsafe { (*(*self.0).rd_rel).relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP && !(*self.0).rd_islocaltemp }
    }

    /// Whether the current role may read the rows that are counted, all of them: what an audit says about a table is no way
    /// to see what is in it.
    pub fn is_readable(&self, counted: Counted) -> bool {
        let may_read = pg_sys::AclResult::ACLCHECK_OK;
        // SAFETY: the table is open and locked, so it exists; the column is one of its columns. The rest reads the catalog
        // caches and a variable of the backend.
        unsafe {
            let (table, role) = ((*self.0).rd_id, pg_sys::GetUserId());
            let mode = pg_sys::ACL_SELECT as pg_sys::AclMode;
            let of_column = |column: AttrNumber| pg_sys::pg_attribute_aclcheck(table, column, role, mode) == may_read;
            let has_right = pg_sys::pg_class_aclcheck(table, role, mode) == may_read
                || match counted {
                    Counted::All => false,
                    Counted::WithValue(column) | Counted::WithNull(column) => of_column(column),
                };
            let hides_rows = pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32;
            has_right && pg_sys::check_enable_rls(table, pg_sys::InvalidOid, true) != hides_rows
        }
    }

    /// How many pages the table has itself.
    pub fn pages(&self) -> u32 {
        // SAFETY: the table is open, and it is one that has a file.
        unsafe { pg_sys::RelationGetNumberOfBlocksInFork(self.0, pg_sys::ForkNumber::MAIN_FORKNUM) }
    }

    /// Whether this transaction has given the table a new file: an ALTER TABLE that rewrites it may have emptied a
    /// column.
    pub fn is_rewritten(&self) -> bool {
        const NO_SUBTRANSACTION: pg_sys::SubTransactionId = 0;
        // SAFETY: the table is open.
        unsafe {
            #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
            return (*self.0).rd_newRelfilenodeSubid != NO_SUBTRANSACTION;
            #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
            return (*self.0).rd_newRelfilelocatorSubid != NO_SUBTRANSACTION;
        }
    }

    /// Counts rows of the table, up to `enough`.
    pub fn count_rows(&self, counted: Counted, enough: f64) -> f64 {
        let mut rows = 0.0;
        // SAFETY: the table is open and locked. The snapshot is registered before the scan begins, and scan, slot and
        // snapshot are released in the opposite order.
        unsafe {
            let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
            let slot = pg_sys::table_slot_create(self.0, null_mut());
            #[cfg(not(feature = "pg19"))]
            let scan = pg_sys::table_beginscan(self.0, snapshot, 0, null_mut());
            #[cfg(feature = "pg19")]
            let scan = pg_sys::table_beginscan(self.0, snapshot, 0, null_mut(), pg_sys::ScanOptions::SO_NONE);
            let forward = pg_sys::ScanDirection::ForwardScanDirection;
            let is_null = |column: AttrNumber| pg_sys::slot_attisnull(slot, column.into());
            while rows < enough && pg_sys::table_scan_getnextslot(scan, forward, slot) {
                let counts = match counted {
                    Counted::All => true,
                    Counted::WithValue(column) => !is_null(column),
                    Counted::WithNull(column) => is_null(column),
                };
                rows += if counts { 1.0 } else { 0.0 };
            }
            pg_sys::table_endscan(scan);
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::UnregisterSnapshot(snapshot);
        }
        rows
    }
}
