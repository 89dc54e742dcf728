//! Searches in system catalogs, as of now or as of an earlier moment of the same transaction.

use std::cell::RefCell;
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::pg_sys;

pub use super::row::Row;
use super::row::{Columns, Form};
use super::schema::index;
use crate::facts::{CommandId, Oid};
use crate::pg::text;

/// A registered catalog snapshot.
pub struct Snapshot {
    raw: pg_sys::Snapshot,
    /// PostgreSQL's cache of catalog rows shows the same.
    is_now: bool,
    opened: Rc<Opened>,
}

impl Snapshot {
    /// Everything that is committed, and everything this transaction has done so far.
    pub fn now() -> Self {
        // SAFETY: a transaction is open, as in every entry point; the snapshot is registered before it is used.
        let raw = unsafe { pg_sys::RegisterSnapshot(pg_sys::GetCatalogSnapshot(pg_sys::InvalidOid)) };
        Self { raw, is_now: true, opened: Rc::default() }
    }

    /// The same, without what this transaction did from command `start` on. What other transactions have
    /// committed is seen alike in both: whoever waited for a lock does not answer for what the other one did.
    pub fn before(&self, start: CommandId) -> Self {
        // SAFETY: `self.raw` is registered, hence a copy of its own and not one of PostgreSQL's static snapshots.
        // A copy made from it is ours alone, so its command id may be changed.
        let raw = unsafe {
            let mut original = std::ptr::read(self.raw);
            original.copied = false;
            let copy = pg_sys::RegisterSnapshot(&mut original);
            (*copy).curcid = start;
            copy
        };
        Self { raw, is_now: false, opened: self.opened.clone() }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // After an error the abort releases it.
        if !std::thread::panicking() {
            // SAFETY: registered by the constructor, unregistered here only.
            unsafe { pg_sys::UnregisterSnapshot(self.raw) }
        }
    }
}

/// Catalogs and their indexes that are open, to be closed together: opening one costs more than a search in it.
#[derive(Default)]
struct Opened(RefCell<Vec<(Oid, pg_sys::Relation)>>);

impl Opened {
    /// A catalog or an index of one, under the lock that every reader takes.
    fn open(&self, oid: Oid) -> pg_sys::Relation {
        let mut all = self.0.borrow_mut();
        let known = all.iter().find(|(one, _)| *one == oid).map(|(_, relation)| *relation);
        known.unwrap_or_else(|| {
            // SAFETY: the oid is a system catalog's or its index's.
            let relation = unsafe { pg_sys::relation_open(oid.into(), pg_sys::AccessShareLock as i32) };
            all.push((oid, relation));
            relation
        })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // After an error the abort closes them.
        if !std::thread::panicking() {
            for (_, relation) in self.0.take().into_iter().rev() {
                // SAFETY: opened by `open`, closed once.
                unsafe { pg_sys::relation_close(relation, pg_sys::AccessShareLock as i32) }
            }
        }
    }
}

/// What a scan looks for in a column of its index.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// An oid that is equal.
    Oid(Oid),
    /// A smallint that is greater.
    Above(i16),
    /// A smallint that is equal.
    Int2(i16),
    /// A name that is equal.
    Name(&'a str),
}

impl Key<'_> {
    fn parts(self) -> (u32, pg_sys::RegProcedure, pg_sys::Datum) {
        match self {
            Self::Oid(oid) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_OIDEQ), oid.into()),
            Self::Above(number) => (pg_sys::BTGreaterStrategyNumber, proc(pg_sys::F_INT2GT), number.into()),
            Self::Int2(number) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_INT2EQ), number.into()),
            Self::Name(name) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_NAMEEQ), padded(name)),
        }
    }
}

/// A name as the catalogs have it, padded to its full width, in the current memory context.
fn padded(name: &str) -> pg_sys::Datum {
    // SAFETY: palloc0 gives a zeroed NameData; what is copied leaves room for the terminating NUL.
    unsafe {
        let data: *mut pg_sys::NameData = pg_sys::palloc0(size_of::<pg_sys::NameData>()).cast();
        let name = text::to_server(name);
        let length = CStr::from_ptr(name).count_bytes().min(size_of::<pg_sys::NameData>() - 1);
        std::ptr::copy_nonoverlapping(name, (*data).data.as_mut_ptr(), length);
        data.into()
    }
}

fn proc(oid: u32) -> pg_sys::RegProcedure {
    oid.into()
}

/// Calls `each` for every row of a catalog that the index finds.
pub fn scan<C: Columns>(snapshot: &Snapshot, index: Oid, keys: &[(C, Key<'_>)], mut each: impl FnMut(&Row<C>)) {
    let mut row = Row::new(Form::of::<C>(|| snapshot.opened.open(C::CATALOG)));
    let mut scan_keys: [pg_sys::ScanKeyData; 3] = Default::default();
    for (scan_key, (column, key)) in scan_keys.iter_mut().zip(keys) {
        let (strategy, procedure, argument) = key.parts();
        let number = row.number(*column).expect("an indexed column exists in every version");
        // SAFETY: fills in `scan_key`, which outlives the scan.
        unsafe { pg_sys::ScanKeyInit(scan_key, number as i16, strategy as u16, procedure, argument) };
    }
    let (count, scan_keys) = (keys.len() as i32, scan_keys.as_mut_ptr());
    let catalog = snapshot.opened.open(C::CATALOG);
    let mut take = |tuple: pg_sys::HeapTuple| {
        let found = !tuple.is_null();
        if found {
            row.set(tuple);
            each(&row);
        }
        found
    };
    // SAFETY: catalog, index and snapshot are held for longer than the scan, and a tuple stays valid until the next.
    // Where indexes of catalogs are not to be trusted, PostgreSQL is asked to go without.
    unsafe {
        if index != index::NONE && !pg_sys::IgnoreSystemIndexes {
            let (index, forward) = (snapshot.opened.open(index), pg_sys::ScanDirection::ForwardScanDirection);
            let scan = pg_sys::systable_beginscan_ordered(catalog, index, snapshot.raw, count, scan_keys);
            while take(pg_sys::systable_getnext_ordered(scan, forward)) {}
            pg_sys::systable_endscan_ordered(scan);
        } else {
            let scan = pg_sys::systable_beginscan(catalog, index.into(), false, snapshot.raw, count, scan_keys);
            while take(pg_sys::systable_getnext(scan)) {}
            pg_sys::systable_endscan(scan);
        }
    }
}

/// What `found` makes of the first row, if there is one.
pub fn find<C: Columns, T>(
    snapshot: &Snapshot,
    index: Oid,
    keys: &[(C, Key<'_>)],
    found: impl Fn(&Row<C>) -> T,
) -> Option<T> {
    if let Some(cache) = index::cache(index).filter(|_| snapshot.is_now) {
        return find_cached(snapshot, cache, keys, found);
    }
    let mut first = None;
    scan(snapshot, index, keys, |row| {
        first.get_or_insert_with(|| found(row));
    });
    first
}

/// The same, in PostgreSQL's cache of catalog rows.
fn find_cached<C: Columns, T>(
    snapshot: &Snapshot,
    cache: u32,
    keys: &[(C, Key<'_>)],
    found: impl Fn(&Row<C>) -> T,
) -> Option<T> {
    let mut row = Row::new(Form::of::<C>(|| snapshot.opened.open(C::CATALOG)));
    let argument = |at: usize| keys.get(at).map_or(pg_sys::Datum::null(), |(_, key)| key.parts().2);
    // SAFETY: the keys are those of the cache's index; the tuple is valid until it is released.
    unsafe {
        let tuple = match keys.len() {
            1 => pg_sys::SearchSysCache1(cache as i32, argument(0)),
            _ => pg_sys::SearchSysCache2(cache as i32, argument(0), argument(1)),
        };
        if tuple.is_null() {
            return None;
        }
        row.set(tuple);
        let result = found(&row);
        pg_sys::ReleaseSysCache(tuple);
        Some(result)
    }
}
