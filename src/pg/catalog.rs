//! Rows of system catalogs, as of now or as of an earlier moment of the same transaction.

use std::cell::{OnceCell, RefCell};
use std::ffi::CStr;
use std::marker::PhantomData;
use std::rc::Rc;

use pgrx::{PgTupleDesc, pg_sys};

use super::schema::index;
use super::text;
use crate::facts::Oid;
use crate::session::CommandId;

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

/// The columns of a catalog that are read here, by name: their numbers differ between versions.
pub trait Columns: Copy + 'static {
    const CATALOG: Oid;
    const NAMES: &'static [&'static str];
    fn position(self) -> usize;
    fn form() -> &'static std::thread::LocalKey<OnceCell<&'static Form>>;
}

/// Declares an enum with the columns of a catalog.
macro_rules! catalog {
    ($(#[$doc:meta])* $name:ident = $oid:literal { $($column:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub enum $name { $($column),+ }

        impl $crate::pg::catalog::Columns for $name {
            const CATALOG: $crate::facts::Oid = $oid;
            const NAMES: &'static [&'static str] = &[$(stringify!($column)),+];
            fn position(self) -> usize {
                self as usize
            }
            fn form() -> &'static std::thread::LocalKey<std::cell::OnceCell<&'static $crate::pg::catalog::Form>> {
                thread_local!(static FORM: std::cell::OnceCell<&'static $crate::pg::catalog::Form> = const {
                    std::cell::OnceCell::new()
                });
                &FORM
            }
        }
    };
}
pub(super) use catalog;

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

/// What the rows of a catalog look like; that never changes while a server runs.
pub struct Form {
    descriptor: pg_sys::TupleDesc,
    /// Of each column that is read its number, and where it stands if that is the same in every row; `None` where this
    /// version has no such column.
    places: Vec<Option<(i32, Option<Fixed>)>>,
}

/// A column behind none that may be null or of any length: most columns of catalogs.
#[derive(Clone, Copy)]
struct Fixed {
    offset: usize,
    /// The length of a value that is a datum itself; `None` where the datum is its address.
    length: Option<i16>,
}

impl Form {
    fn of<C: Columns>(snapshot: &Snapshot) -> &'static Self {
        let read = || {
            let catalog = snapshot.opened.open(C::CATALOG);
            // SAFETY: the catalog is open; the copy of its descriptor lives as long as the backend.
            let (descriptor, columns) = unsafe {
                let caller = pg_sys::MemoryContextSwitchTo(pg_sys::TopMemoryContext);
                let descriptor = pg_sys::CreateTupleDescCopy((*catalog).rd_att);
                pg_sys::MemoryContextSwitchTo(caller);
                assert!((*descriptor).natts as usize <= MAX_WIDTH, "catalog {} is wider than expected", C::CATALOG);
                (descriptor, PgTupleDesc::from_pg_copy((*catalog).rd_att))
            };
            let fixed = fixed_places(&columns);
            let place = |name: &&str| {
                let at = columns.iter().position(|column| column.name() == *name)?;
                Some((at as i32 + 1, fixed.get(at).copied()))
            };
            &*Box::leak(Box::new(Self { descriptor, places: C::NAMES.iter().map(place).collect() }))
        };
        C::form().with(|form| *form.get_or_init(read))
    }
}

/// Where the first columns stand, up to the first that may be null or of any length.
fn fixed_places(columns: &PgTupleDesc<'_>) -> Vec<Fixed> {
    let mut places = Vec::new();
    let mut end: usize = 0;
    for column in columns.iter() {
        // A vector as such is always there, and never compressed: its place is fixed, but it is the last one.
        let is_vector = [pg_sys::INT2VECTOROID, pg_sys::OIDVECTOROID].contains(&column.atttypid);
        if !column.attnotnull || !(column.attlen > 0 || is_vector) {
            break;
        }
        let alignment: usize = match column.attalign as u8 {
            b'd' => 8,
            b'i' => 4,
            b's' => 2,
            _ => 1,
        };
        let offset = end.next_multiple_of(alignment);
        places.push(Fixed { offset, length: column.attbyval.then_some(column.attlen) });
        if is_vector {
            break;
        }
        end = offset + column.attlen as usize;
    }
    places
}

/// Calls `each` for every row of a catalog that the index finds.
pub fn scan<C: Columns>(snapshot: &Snapshot, index: Oid, keys: &[(C, Key<'_>)], mut each: impl FnMut(&Row<C>)) {
    let mut row = Row::new(Form::of::<C>(snapshot));
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
    let mut row = Row::new(Form::of::<C>(snapshot));
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

/// A row of a catalog; its getters take a column and give its value.
pub struct Row<C> {
    tuple: pg_sys::HeapTuple,
    form: &'static Form,
    /// All columns, once one has been asked for whose place differs from row to row.
    columns: OnceCell<[Option<pg_sys::Datum>; MAX_WIDTH]>,
    catalog: PhantomData<C>,
}

/// No catalog has more columns.
const MAX_WIDTH: usize = 64;

impl<C: Columns> Row<C> {
    fn new(form: &'static Form) -> Self {
        Self { tuple: std::ptr::null_mut(), form, columns: OnceCell::new(), catalog: PhantomData }
    }

    fn set(&mut self, tuple: pg_sys::HeapTuple) {
        self.tuple = tuple;
        self.columns.take();
    }

    fn columns(&self) -> &[Option<pg_sys::Datum>; MAX_WIDTH] {
        self.columns.get_or_init(|| {
            let mut values = [pg_sys::Datum::null(); MAX_WIDTH];
            let mut nulls = [true; MAX_WIDTH];
            // SAFETY: the tuple is a row of the catalog that the form describes, which is no wider than the arrays.
            unsafe {
                let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr());
                pg_sys::heap_deform_tuple(self.tuple, self.form.descriptor, values, nulls);
            }
            std::array::from_fn(|at| (!nulls[at]).then_some(values[at]))
        })
    }

    fn number(&self, column: C) -> Option<i32> {
        self.form.places[column.position()].map(|(number, _)| number)
    }

    /// The value; `None` where it is null or this version has no such column.
    fn datum(&self, column: C) -> Option<pg_sys::Datum> {
        let (number, fixed) = self.form.places[column.position()]?;
        let Some(Fixed { offset, length }) = fixed else { return self.columns()[number as usize - 1] };
        // SAFETY: the tuple is a row of the catalog that the form describes, and is aligned as its columns ask.
        unsafe {
            let header = (*self.tuple).t_data;
            let value = header.cast::<u8>().add((*header).t_hoff.into()).add(offset);
            Some(match length {
                None => value.into(),
                Some(1) => value.read().into(),
                Some(2) => value.cast::<i16>().read().into(),
                Some(4) => value.cast::<i32>().read().into(),
                Some(_) => value.cast::<i64>().read().into(),
            })
        }
    }

    /// The command of this transaction that wrote the row; `None` where another transaction did.
    pub fn written_at(&self) -> Option<CommandId> {
        // SAFETY: the tuple is the scan's current one; its command id is only asked for where it is our own.
        unsafe {
            let header = (*self.tuple).t_data;
            pg_sys::TransactionIdIsCurrentTransactionId((*header).t_choice.t_heap.t_xmin)
                .then(|| pg_sys::HeapTupleHeaderGetCmin(header))
        }
    }

    pub fn oid(&self, column: C) -> Oid {
        self.datum(column).map_or(0, |datum| datum.value() as u32)
    }

    pub fn i16(&self, column: C) -> i16 {
        self.datum(column).map_or(0, |datum| datum.value() as i16)
    }

    pub fn i32(&self, column: C) -> i32 {
        self.datum(column).map_or(0, |datum| datum.value() as i32)
    }

    pub fn f32(&self, column: C) -> f32 {
        self.datum(column).map_or(0.0, |datum| f32::from_bits(datum.value() as u32))
    }

    /// A boolean; `default` where this version has no such column.
    pub fn bool(&self, column: C, default: bool) -> bool {
        self.datum(column).map_or(default, |datum| datum.value() as u8 != 0)
    }

    /// A "char".
    pub fn char(&self, column: C) -> char {
        self.datum(column).map_or('\0', |datum| datum.value() as u8 as char)
    }

    pub fn name(&self, column: C) -> String {
        // SAFETY: the column is of type name: a fixed, NUL-terminated array.
        self.datum(column).map(|datum| unsafe { text::from_server(datum.cast_mut_ptr()) }).unwrap_or_default()
    }

    /// A text or pg_node_tree, as a palloc'ed C string; `None` where it is null.
    pub fn text(&self, column: C) -> Option<&CStr> {
        let datum = self.datum(column)?;
        // SAFETY: the column is a text-like varlena; the copy lives in the current memory context.
        Some(unsafe { CStr::from_ptr(pg_sys::text_to_cstring(datum.cast_mut_ptr())) })
    }

    /// The raw datum of a varlena column.
    pub fn raw(&self, column: C) -> Option<pg_sys::Datum> {
        self.datum(column)
    }

    /// An oidvector; empty where it is null.
    pub fn oids(&self, column: C) -> Vec<Oid> {
        let Some(datum) = self.datum(column) else { return Vec::new() };
        // SAFETY: an oidvector is a one-dimensional array without nulls; detoasting gives an aligned one.
        unsafe {
            let vector: *const pg_sys::oidvector = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            let values = std::slice::from_raw_parts((*vector).values.as_ptr(), (*vector).dim1 as usize);
            values.iter().map(|oid| oid.to_u32()).collect()
        }
    }

    /// An int2vector or a smallint[] without nulls; empty where it is null.
    pub fn numbers(&self, column: C) -> Vec<i16> {
        let Some(datum) = self.datum(column) else { return Vec::new() };
        // SAFETY: both types are one-dimensional arrays of smallint with the same header, which `int2vector`
        // describes; detoasting gives an aligned one.
        unsafe {
            let vector: *const pg_sys::int2vector = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            if (*vector).ndim == 0 {
                return Vec::new();
            }
            std::slice::from_raw_parts((*vector).values.as_ptr(), (*vector).dim1 as usize).to_vec()
        }
    }
}
