//! Searches in system catalogs, as of now or as of an earlier moment of the same transaction.

use std::cell::RefCell;
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::pg_sys;

pub use super::row::Row;
use super::row::{CatalogColumn, Layout};
use super::schema::index;
use crate::facts::{CommandId, Oid};
use crate::pg::{backend, memory, text};
use crate::rule::fault;

/// A moment at which the catalogs are read: a snapshot that is registered with PostgreSQL for as long as this value
/// lives.
pub struct Snapshot {
    registered: pg_sys::Snapshot,
    caches: Caches,
    open_relations: Rc<OpenRelations>,
}

/// Which of PostgreSQL's caches of catalog rows may answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caches {
    /// All of them: it is the current moment, which they show, too.
    All,
    /// Only those of what there are few of, types and operators for example: whoever reads every table must not fill the
    /// backend's memory with rows that are needed once.
    Small,
    /// None: it is an earlier moment.
    None,
}

impl Snapshot {
    /// The current moment: everything that is committed, and everything that this transaction has done so far.
    pub fn now() -> Self {
        memory::keep_reserve();
        // SAFETY: a transaction is open, as PostgreSQL calls this extension inside of one; the snapshot is registered
        // before it is used.
        let registered = unsafe { pg_sys::RegisterSnapshot(pg_sys::GetCatalogSnapshot(pg_sys::InvalidOid)) };
        Self { registered, caches: Caches::All, open_relations: Rc::default() }
    }

    /// The same moment, for whoever reads every table.
    pub fn for_sweep(self) -> Self {
        let mut snapshot = self;
        snapshot.caches = Caches::Small;
        snapshot
    }

    /// Whether PostgreSQL's cache for the rows that an index finds may answer.
    fn may_use_cache(&self, index: Oid) -> bool {
        match self.caches {
            Caches::All => true,
            Caches::Small => !index::is_large(index),
            Caches::None => false,
        }
    }

    /// A catalog or an index of one, open as long as this value lives.
    pub(super) fn open_catalog(&self, oid: Oid) -> pg_sys::Relation {
        self.open_relations.open(oid)
    }

    /// The same moment, but without what this transaction has done from its command `start` on. What other transactions
    /// committed while a statement waited for a lock is visible in both, so the statement is not blamed for it.
    pub fn before(&self, start: CommandId) -> Self {
        // SAFETY: `self.registered` is valid as long as `self` lives. RegisterSnapshot copies a snapshot that does not
        // call itself a copy, so the new one is used by nobody else and its command id may be changed.
        let registered = unsafe {
            let mut original = std::ptr::read(self.registered);
            original.copied = false;
            let copy = pg_sys::RegisterSnapshot(&mut original);
            (*copy).curcid = start;
            copy
        };
        Self { registered, caches: Caches::None, open_relations: self.open_relations.clone() }
    }
}

impl Snapshot {
    /// The snapshot as PostgreSQL's functions take it. It is valid as long as this value lives.
    pub(super) fn registered(&self) -> pg_sys::Snapshot {
        self.registered
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // After an error, PostgreSQL releases the snapshot when it aborts the transaction.
        if !std::thread::panicking() {
            // SAFETY: the constructor has registered the snapshot, and nothing else unregisters it.
            unsafe { pg_sys::UnregisterSnapshot(self.registered) }
        }
    }
}

/// The catalogs and indexes of catalogs that are open. They are kept open for the next search and closed together, as
/// it costs more to open a catalog than to search it.
#[derive(Default)]
struct OpenRelations(RefCell<Vec<(Oid, pg_sys::Relation)>>);

impl OpenRelations {
    /// A catalog or an index of a catalog, opened under the lock that readers take.
    fn open(&self, oid: Oid) -> pg_sys::Relation {
        let mut relations = self.0.borrow_mut();
        let open = relations.iter().find(|(open_oid, _)| *open_oid == oid).map(|(_, relation)| *relation);
        open.unwrap_or_else(|| {
            // SAFETY: the oid is that of a system catalog or of an index of one, which cannot be dropped.
            let relation = unsafe { pg_sys::relation_open(oid.into(), pg_sys::AccessShareLock as i32) };
            relations.push((oid, relation));
            relation
        })
    }
}

impl Drop for OpenRelations {
    fn drop(&mut self) {
        // After an error, PostgreSQL closes the relations when it aborts the transaction.
        if !std::thread::panicking() {
            for (_, relation) in self.0.take().into_iter().rev() {
                // SAFETY: `open` has opened the relation, and it is closed once: the list has been taken.
                unsafe { pg_sys::relation_close(relation, pg_sys::AccessShareLock as i32) }
            }
        }
    }
}

/// What a search looks for in a column of its index.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// An oid column equals this oid.
    Oid(Oid),
    /// A smallint column is greater than this number.
    Above(i16),
    /// A smallint column equals this number.
    Int2(i16),
    /// A "char" column equals this character.
    Char(char),
    /// An integer column equals this number.
    Int4(i32),
    /// A name column equals this name.
    Name(&'a str),
}

impl Key<'_> {
    /// The comparison's strategy number and function, and what the column is compared with.
    fn comparison(self) -> (u32, pg_sys::RegProcedure, pg_sys::Datum) {
        match self {
            Self::Oid(oid) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_OIDEQ), oid.into()),
            Self::Above(number) => (pg_sys::BTGreaterStrategyNumber, proc(pg_sys::F_INT2GT), number.into()),
            Self::Int2(number) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_INT2EQ), number.into()),
            Self::Char(char) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_CHAREQ), (char as i8).into()),
            Self::Int4(number) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_INT4EQ), number.into()),
            Self::Name(name) => (pg_sys::BTEqualStrategyNumber, proc(pg_sys::F_NAMEEQ), name_datum(name)),
        }
    }
}

/// A datum of type name, in the current memory context. A name that is too long is cut.
fn name_datum(name: &str) -> pg_sys::Datum {
    // SAFETY: palloc0 returns a zeroed NameData. At most one byte less than its size is copied, so the last one stays
    // NUL.
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

/// The keys of a scan as PostgreSQL takes them.
pub(super) fn scan_keys<C: CatalogColumn>(row: &Row<C>, keys: &[(C, Key<'_>)]) -> Vec<pg_sys::ScanKeyData> {
    let scan_key = |(column, key): &(C, Key<'_>)| {
        let (strategy, procedure, argument) = key.comparison();
        let number = row.number(*column).expect("an indexed column exists in every version");
        let mut scan_key = pg_sys::ScanKeyData::default();
        // SAFETY: fills in `scan_key`.
        unsafe { pg_sys::ScanKeyInit(&mut scan_key, number as i16, strategy as u16, procedure, argument) };
        scan_key
    };
    keys.iter().map(scan_key).collect()
}

/// Calls `each` for every row of a catalog that matches the keys, in the order of the index. The keys are about the
/// first columns of the index, at most three. With [`index::NONE`] the whole catalog is read.
pub fn scan<C: CatalogColumn>(snapshot: &Snapshot, index: Oid, keys: &[(C, Key<'_>)], mut each: impl FnMut(&Row<C>)) {
    let mut row = Row::new(Layout::of::<C>(|| snapshot.open_relations.open(C::CATALOG)));
    let mut scan_keys = scan_keys(&row, keys);
    let (count, scan_keys) = (keys.len() as i32, scan_keys.as_mut_ptr());
    let catalog = snapshot.open_relations.open(C::CATALOG);
    let mut process = |tuple: pg_sys::HeapTuple| {
        let is_found = !tuple.is_null();
        if is_found {
            backend::check_for_interrupts();
            fault::point("a row");
            row.set_tuple(tuple);
            each(&row);
        }
        is_found
    };
    // SAFETY: the catalog and the index stay open and the snapshot registered until the scan has ended, and a tuple is
    // not used after the next one was asked for. An ordered scan needs the index; if PostgreSQL must not use indexes of
    // catalogs (they are being repaired), the unordered scan goes without it.
    unsafe {
        if index != index::NONE && !pg_sys::IgnoreSystemIndexes {
            let (index, forward) = (snapshot.open_relations.open(index), pg_sys::ScanDirection::ForwardScanDirection);
            let scan = pg_sys::systable_beginscan_ordered(catalog, index, snapshot.registered, count, scan_keys);
            while process(pg_sys::systable_getnext_ordered(scan, forward)) {}
            pg_sys::systable_endscan_ordered(scan);
        } else {
            let scan = pg_sys::systable_beginscan(catalog, index.into(), false, snapshot.registered, count, scan_keys);
            while process(pg_sys::systable_getnext(scan)) {}
            pg_sys::systable_endscan(scan);
        }
    }
}

/// Returns what `read` makes of the first row that matches the keys; `None` if there is no such row. Uses PostgreSQL's
/// cache of catalog rows if it can; then the keys must be about all columns of the index.
pub fn find<C: CatalogColumn, T>(
    snapshot: &Snapshot,
    index: Oid,
    keys: &[(C, Key<'_>)],
    read: impl Fn(&Row<C>) -> T,
) -> Option<T> {
    if let Some(cache) = index::cache(index).filter(|_| snapshot.may_use_cache(index)) {
        return find_cached(snapshot, cache, keys, read);
    }
    let mut first = None;
    scan(snapshot, index, keys, |row| {
        first.get_or_insert_with(|| read(row));
    });
    first
}

/// Does what [`find`] does, in one of PostgreSQL's caches of catalog rows.
fn find_cached<C: CatalogColumn, T>(
    snapshot: &Snapshot,
    cache: index::CacheId,
    keys: &[(C, Key<'_>)],
    read: impl Fn(&Row<C>) -> T,
) -> Option<T> {
    backend::check_for_interrupts();
    fault::point("a cached row");
    let mut row = Row::new(Layout::of::<C>(|| snapshot.open_relations.open(C::CATALOG)));
    let argument = |at: usize| keys.get(at).map_or(pg_sys::Datum::null(), |(_, key)| key.comparison().2);
    // SAFETY: a cache of catalog rows is searched by the columns of its index, which the keys are about, at most three;
    // the tuple is valid until it is released.
    unsafe {
        let tuple = match keys.len() {
            1 => pg_sys::SearchSysCache1(cache as _, argument(0)),
            2 => pg_sys::SearchSysCache2(cache as _, argument(0), argument(1)),
            _ => pg_sys::SearchSysCache3(cache as _, argument(0), argument(1), argument(2)),
        };
        if tuple.is_null() {
            return None;
        }
        row.set_tuple(tuple);
        let result = read(&row);
        pg_sys::ReleaseSysCache(tuple);
        Some(result)
    }
}
