//! Scans over system catalogs, as of now or as of an earlier moment of the same transaction.

use std::cell::OnceCell;
use std::ffi::{CStr, CString};
use std::marker::PhantomData;

use pgrx::pg_sys;

use super::text;
use crate::facts::Oid;
use crate::session::CommandId;

/// A registered catalog snapshot.
pub struct Snapshot(pg_sys::Snapshot);

impl Snapshot {
    /// Everything that is committed, and everything this transaction has done so far.
    pub fn now() -> Self {
        // SAFETY: a transaction is open, as in every entry point; the snapshot is registered before it is used.
        Self(unsafe { pg_sys::RegisterSnapshot(pg_sys::GetCatalogSnapshot(pg_sys::InvalidOid)) })
    }

    /// The same, without what this transaction did from command `start` on. What other transactions have
    /// committed is seen alike in both: whoever waited for a lock does not answer for what the other one did.
    pub fn before(&self, start: CommandId) -> Self {
        // SAFETY: `self.0` is registered, hence a copy of its own and not one of PostgreSQL's static snapshots.
        // A copy made from it is ours alone, so its command id may be changed.
        unsafe {
            let mut original = std::ptr::read(self.0);
            original.copied = false;
            let copy = pg_sys::RegisterSnapshot(&mut original);
            (*copy).curcid = start;
            Self(copy)
        }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // After an error the abort releases it.
        if !std::thread::panicking() {
            // SAFETY: registered by the constructor, unregistered here only.
            unsafe { pg_sys::UnregisterSnapshot(self.0) }
        }
    }
}

/// The columns of a catalog that are read here, by name: their numbers differ between versions.
pub trait Columns: Copy + 'static {
    const CATALOG: Oid;
    const NAMES: &'static [&'static str];
    fn position(self) -> usize;
    fn numbers() -> &'static std::thread::LocalKey<OnceCell<Vec<Option<usize>>>>;
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
            fn numbers() -> &'static std::thread::LocalKey<std::cell::OnceCell<Vec<Option<usize>>>> {
                thread_local!(static NUMBERS: std::cell::OnceCell<Vec<Option<usize>>> = const {
                    std::cell::OnceCell::new()
                });
                &NUMBERS
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

/// Calls `each` for every row of a catalog that the index finds.
pub fn scan<C: Columns>(snapshot: &Snapshot, index: Oid, keys: &[(C, Key<'_>)], mut each: impl FnMut(&Row<C>)) {
    let catalog = OpenCatalog::<C>::open();
    let mut scan_keys: [pg_sys::ScanKeyData; 3] = Default::default();
    for (scan_key, (column, key)) in scan_keys.iter_mut().zip(keys) {
        let (strategy, procedure, argument) = key.parts();
        let number = catalog.number(*column).expect("an indexed column exists in every version") + 1;
        // SAFETY: fills in `scan_key`, which outlives the scan.
        unsafe { pg_sys::ScanKeyInit(scan_key, number as i16, strategy as u16, procedure, argument) };
    }
    // SAFETY: catalog and snapshot are held until the end of this function; a null index means a pass over the table.
    let scan = unsafe {
        let (by_index, count) = (index != 0, keys.len() as i32);
        pg_sys::systable_beginscan(catalog.relation, index.into(), by_index, snapshot.0, count, scan_keys.as_mut_ptr())
    };
    let mut row = Row::new(&catalog);
    loop {
        // SAFETY: the scan is open; the tuple stays valid until the next call.
        let tuple = unsafe { pg_sys::systable_getnext(scan) };
        if tuple.is_null() {
            break;
        }
        row.fill(tuple);
        each(&row);
    }
    // SAFETY: opened above, closed once.
    unsafe { pg_sys::systable_endscan(scan) };
}

/// What `found` makes of the first row, if there is one.
pub fn find<C: Columns, T>(
    snapshot: &Snapshot,
    index: Oid,
    keys: &[(C, Key<'_>)],
    found: impl Fn(&Row<C>) -> T,
) -> Option<T> {
    let mut first = None;
    scan(snapshot, index, keys, |row| {
        first.get_or_insert_with(|| found(row));
    });
    first
}

/// A catalog that is open for reading.
struct OpenCatalog<C> {
    relation: pg_sys::Relation,
    columns: PhantomData<C>,
}

impl<C: Columns> OpenCatalog<C> {
    fn open() -> Self {
        // SAFETY: the oid is a system catalog's; the lock is the one every reader takes.
        let relation = unsafe { pg_sys::table_open(C::CATALOG.into(), pg_sys::AccessShareLock as i32) };
        let open = Self { relation, columns: PhantomData };
        C::numbers().with(|numbers| numbers.get_or_init(Self::look_up_numbers).len());
        open
    }

    /// The position of each column in the tuple; `None` where this version has no such column.
    fn look_up_numbers() -> Vec<Option<usize>> {
        let number_of = |name: &&str| {
            let name = CString::new(*name).unwrap_or_default();
            // SAFETY: reads the catalog cache; a column that does not exist gives 0.
            let number = unsafe { pg_sys::get_attnum(C::CATALOG.into(), name.as_ptr()) };
            usize::try_from(number).ok()?.checked_sub(1)
        };
        C::NAMES.iter().map(number_of).collect()
    }

    fn number(&self, column: C) -> Option<usize> {
        C::numbers().with(|numbers| numbers.get().and_then(|known| known[column.position()]))
    }

    fn descriptor(&self) -> pg_sys::TupleDesc {
        // SAFETY: the relation is open.
        unsafe { (*self.relation).rd_att }
    }

    fn width(&self) -> usize {
        // SAFETY: the relation is open, its descriptor is valid.
        unsafe { (*self.descriptor()).natts as usize }
    }
}

impl<C> Drop for OpenCatalog<C> {
    fn drop(&mut self) {
        // After an error the abort closes it.
        if !std::thread::panicking() {
            // SAFETY: opened by the constructor, closed once.
            unsafe { pg_sys::table_close(self.relation, pg_sys::AccessShareLock as i32) }
        }
    }
}

/// A row of a catalog; its getters take a column and give its value.
pub struct Row<'a, C> {
    tuple: pg_sys::HeapTuple,
    catalog: &'a OpenCatalog<C>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

impl<'a, C: Columns> Row<'a, C> {
    fn new(catalog: &'a OpenCatalog<C>) -> Self {
        let width = catalog.width();
        Self {
            tuple: std::ptr::null_mut(),
            catalog,
            values: vec![pg_sys::Datum::null(); width],
            nulls: vec![true; width],
        }
    }

    fn fill(&mut self, tuple: pg_sys::HeapTuple) {
        self.tuple = tuple;
        let (values, nulls) = (self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
        // SAFETY: both arrays are as wide as the descriptor.
        unsafe { pg_sys::heap_deform_tuple(tuple, self.catalog.descriptor(), values, nulls) }
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

    /// The value; `None` where it is null or this version has no such column.
    fn datum(&self, column: C) -> Option<pg_sys::Datum> {
        let at = self.catalog.number(column)?;
        (!self.nulls[at]).then_some(self.values[at])
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
