//! Reads a whole catalog row by row, in the order of an index.

use std::marker::PhantomData;

use pgrx::pg_sys;

use super::row::{CatalogColumn, Layout, Row};
use super::snapshot::{Key, Snapshot, scan_keys};
use crate::facts::Oid;
use crate::pg::backend;

/// A place in a catalog. It begins at the first row.
pub struct Cursor<'s, C> {
    scan: pg_sys::SysScanDesc,
    row: Row<C>,
    is_at_end: bool,
    /// The memory context that the scan keeps its state in.
    context: pg_sys::MemoryContext,
    snapshot: PhantomData<&'s Snapshot>,
}

impl<'s, C: CatalogColumn> Cursor<'s, C> {
    /// A cursor over the rows of a catalog that match the keys, in the order of one of its indexes. The current memory
    /// context must outlive it.
    pub fn new(snapshot: &'s Snapshot, index: Oid, keys: &[(C, Key<'_>)]) -> Self {
        let row = Row::new(Layout::of::<C>(|| snapshot.open_catalog(C::CATALOG)));
        let (catalog, index) = (snapshot.open_catalog(C::CATALOG), snapshot.open_catalog(index));
        // SAFETY: the catalog and the index stay open and the snapshot registered as long as the snapshot is borrowed.
        // The scan copies the keys.
        let (scan, context) = unsafe {
            let mut keys = scan_keys(&row, keys);
            let (count, snapshot) = (keys.len() as i32, snapshot.registered());
            let scan = pg_sys::systable_beginscan_ordered(catalog, index, snapshot, count, keys.as_mut_ptr());
            (scan, pg_sys::CurrentMemoryContext)
        };
        let mut cursor = Self { scan, row, is_at_end: false, context, snapshot: PhantomData };
        cursor.advance();
        cursor
    }

    /// The row it stands at; `None` behind the last one.
    pub fn row(&self) -> Option<&Row<C>> {
        (!self.is_at_end).then_some(&self.row)
    }

    /// Moves on to the next row.
    pub fn advance(&mut self) {
        if self.is_at_end {
            return;
        }
        backend::check_for_interrupts();
        // SAFETY: the scan has begun and has not ended. What it allocates on its way lives in its own context. The row
        // before is not used any more, since reading it borrows the cursor.
        unsafe {
            let caller = pg_sys::MemoryContextSwitchTo(self.context);
            let tuple = pg_sys::systable_getnext_ordered(self.scan, pg_sys::ScanDirection::ForwardScanDirection);
            pg_sys::MemoryContextSwitchTo(caller);
            self.is_at_end = tuple.is_null();
            if !self.is_at_end {
                self.row.set_tuple(tuple);
            }
        }
    }

    /// Gives to `take` the rows whose key in this column equals `key`. Rows with a smaller key are skipped, so the keys must
    /// come in the order of the index.
    pub fn take_equal(&mut self, column: C, key: Oid, mut take: impl FnMut(&Row<C>)) {
        while let Some(row) = self.row() {
            let own = row.oid(column);
            if own > key {
                return;
            }
            if own == key {
                take(row);
            }
            self.advance();
        }
    }
}

impl<C> Drop for Cursor<'_, C> {
    fn drop(&mut self) {
        // After an error, PostgreSQL ends the scan when it aborts the transaction.
        if !std::thread::panicking() {
            // SAFETY: the constructor has begun the scan, and it is ended once.
            unsafe { pg_sys::systable_endscan_ordered(self.scan) }
        }
    }
}
