//! Rows of system catalogs: which columns are read, where each one stands in a row, and what its value is.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::CStr;
use std::marker::PhantomData;

use pgrx::{PgTupleDesc, pg_sys};

use crate::facts::{CommandId, Oid};
use crate::pg::text;

/// A column of a system catalog, known by its name: the number of a column differs between versions of PostgreSQL, and
/// some versions lack it. Each catalog that is read has an enum of its columns, which implements this trait.
pub trait CatalogColumn: Copy + 'static {
    /// The catalog's own oid in pg_class.
    const CATALOG: Oid;
    /// The names of the catalog's columns that are read.
    const NAMES: &'static [&'static str];
    /// The position of this column in `NAMES`.
    fn position(self) -> usize;
    /// Where the catalog's layout is kept once it is known.
    fn layout() -> &'static std::thread::LocalKey<OnceCell<&'static Layout>>;
}

/// Declares an enum with the columns of a catalog: its name, the catalog's oid, and the columns by their names.
macro_rules! catalog {
    ($(#[$doc:meta])* $name:ident = $oid:literal { $($column:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub enum $name { $($column),+ }

        impl $crate::pg::scan::CatalogColumn for $name {
            const CATALOG: $crate::facts::Oid = $oid;
            const NAMES: &'static [&'static str] = &[$(stringify!($column)),+];
            fn position(self) -> usize {
                self as usize
            }
            fn layout() -> &'static std::thread::LocalKey<std::cell::OnceCell<&'static $crate::pg::scan::Layout>> {
                thread_local!(static LAYOUT: std::cell::OnceCell<&'static $crate::pg::scan::Layout> = const {
                    std::cell::OnceCell::new()
                });
                &LAYOUT
            }
        }
    };
}
pub(super) use catalog;

/// How the rows of a catalog are laid out. It stays the same for as long as the server runs.
pub struct Layout {
    descriptor: pg_sys::TupleDesc,
    /// For each column that is read, where to find it; `None` if this version of PostgreSQL has no such column.
    columns: Vec<Option<ColumnLayout>>,
}

/// Where a column is found in the rows of its catalog.
#[derive(Clone, Copy)]
struct ColumnLayout {
    /// `pg_attribute.attnum`.
    number: i32,
    /// `None` if the column stands at another offset in each row, because a column before it may be null or has no
    /// fixed length.
    fixed: Option<FixedOffset>,
}

/// Where a column stands that has the same offset in every row. Most columns of catalogs do.
#[derive(Clone, Copy)]
struct FixedOffset {
    /// In bytes from the start of the row's data.
    offset: usize,
    /// How many bytes of the row are the datum; `None` for a type that is passed by reference, whose datum is the
    /// address of these bytes.
    by_value_length: Option<i16>,
}

impl Layout {
    /// The layout of a catalog. The first time that it is asked for, `open` opens the catalog.
    pub fn of<C: CatalogColumn>(open: impl FnOnce() -> pg_sys::Relation) -> &'static Self {
        let read = || {
            let catalog = open();
            // SAFETY: the catalog is open, so its descriptor is valid; the copy lives in a memory context that lasts as
            // long as the backend.
            let (descriptor, columns) = unsafe {
                let caller = pg_sys::MemoryContextSwitchTo(pg_sys::TopMemoryContext);
                let descriptor = pg_sys::CreateTupleDescCopy((*catalog).rd_att);
                pg_sys::MemoryContextSwitchTo(caller);
                assert!((*descriptor).natts as usize <= MAX_WIDTH, "catalog {} is wider than expected", C::CATALOG);
                (descriptor, PgTupleDesc::from_pg_copy((*catalog).rd_att))
            };
            let fixed = fixed_offsets(&columns);
            let column_layout = |name: &&str| {
                let at = columns.iter().position(|column| column.name() == *name)?;
                Some(ColumnLayout { number: at as i32 + 1, fixed: fixed.get(at).copied() })
            };
            &*Box::leak(Box::new(Self { descriptor, columns: C::NAMES.iter().map(column_layout).collect() }))
        };
        C::layout().with(|layout| *layout.get_or_init(read))
    }
}

/// The offsets of a catalog's first columns, up to the first column that may be null or has no fixed length.
fn fixed_offsets(columns: &PgTupleDesc<'_>) -> Vec<FixedOffset> {
    let mut offsets = Vec::new();
    let mut end: usize = 0;
    for column in columns.iter() {
        // An int2vector or oidvector has no fixed length, but its own offset is fixed: it is not null and is stored
        // uncompressed, with its header aligned. The columns after it have no fixed offset.
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
        offsets.push(FixedOffset { offset, by_value_length: column.attbyval.then_some(column.attlen) });
        if is_vector {
            break;
        }
        end = offset + column.attlen as usize;
    }
    offsets
}

/// A row of a catalog. Its methods are named after the type of the column whose value they return.
pub struct Row<C> {
    tuple: pg_sys::HeapTuple,
    layout: &'static Layout,
    /// Whether `values` are those of the tuple. They are taken out of it together as soon as a column without a fixed
    /// offset is asked for.
    has_values: Cell<bool>,
    values: RefCell<Values>,
    catalog: PhantomData<C>,
}

/// The values of all columns, by number, and which of them are null.
struct Values {
    datums: [pg_sys::Datum; MAX_WIDTH],
    nulls: [bool; MAX_WIDTH],
}

/// The number of columns that no catalog exceeds.
const MAX_WIDTH: usize = 64;

impl<C: CatalogColumn> Row<C> {
    /// A row without a tuple; no value may be asked for before [`Row::set_tuple`].
    pub fn new(layout: &'static Layout) -> Self {
        let values = RefCell::new(Values { datums: [pg_sys::Datum::null(); MAX_WIDTH], nulls: [true; MAX_WIDTH] });
        Self { tuple: std::ptr::null_mut(), layout, has_values: Cell::new(false), values, catalog: PhantomData }
    }

    /// Makes this the row that a search has found. Values may be asked for as long as the tuple is valid.
    pub fn set_tuple(&mut self, tuple: pg_sys::HeapTuple) {
        self.tuple = tuple;
        self.has_values.set(false);
    }

    /// The value of the column with this number.
    fn value(&self, number: i32) -> Option<pg_sys::Datum> {
        if !self.has_values.replace(true) {
            let mut values = self.values.borrow_mut();
            let Values { datums, nulls } = &mut *values;
            // SAFETY: the tuple is a row of the catalog that the layout describes, which has no more columns than the
            // arrays have elements.
            unsafe {
                let (datums, nulls) = (datums.as_mut_ptr(), nulls.as_mut_ptr());
                pg_sys::heap_deform_tuple(self.tuple, self.layout.descriptor, datums, nulls);
            }
        }
        let (values, at) = (self.values.borrow(), number as usize - 1);
        (!values.nulls[at]).then_some(values.datums[at])
    }

    /// A column's number in the catalog; `None` if this version has no such column.
    pub fn number(&self, column: C) -> Option<i32> {
        self.layout.columns[column.position()].map(|layout| layout.number)
    }

    /// A column's value as PostgreSQL passes it; `None` if it is null or this version has no such column.
    pub fn datum(&self, column: C) -> Option<pg_sys::Datum> {
        let ColumnLayout { number, fixed } = self.layout.columns[column.position()]?;
        let Some(FixedOffset { offset, by_value_length }) = fixed else { return self.value(number) };
        // SAFETY: the tuple is a row of the catalog that the layout describes. No column up to this one is null or of
        // variable length, so the value stands at its offset, aligned as its type needs it.
        unsafe {
            let header = (*self.tuple).t_data;
            let value = header.cast::<u8>().add((*header).t_hoff.into()).add(offset);
            Some(match by_value_length {
                None => value.into(),
                Some(1) => value.read().into(),
                Some(2) => value.cast::<i16>().read().into(),
                Some(4) => value.cast::<i32>().read().into(),
                Some(_) => value.cast::<i64>().read().into(),
            })
        }
    }

    /// The command of this transaction that wrote the row; `None` if another transaction did.
    pub fn written_at(&self) -> Option<CommandId> {
        // SAFETY: the tuple is the search's current one. Its command id may be asked for only if this transaction wrote
        // it, which is tested first.
        unsafe {
            let header = (*self.tuple).t_data;
            pg_sys::TransactionIdIsCurrentTransactionId((*header).t_choice.t_heap.t_xmin)
                .then(|| pg_sys::HeapTupleHeaderGetCmin(header))
        }
    }

    /// An oid; 0 if it is null or this version has no such column.
    pub fn oid(&self, column: C) -> Oid {
        self.datum(column).map_or(0, |datum| datum.value() as u32)
    }

    /// A smallint; 0 if it is null or this version has no such column.
    pub fn i16(&self, column: C) -> i16 {
        self.datum(column).map_or(0, |datum| datum.value() as i16)
    }

    /// An integer; 0 if it is null or this version has no such column.
    pub fn i32(&self, column: C) -> i32 {
        self.datum(column).map_or(0, |datum| datum.value() as i32)
    }

    /// A big integer; 0 if it is null. It is passed by value, as on every 64-bit system.
    pub fn i64(&self, column: C) -> i64 {
        self.datum(column).map_or(0, |datum| datum.value() as i64)
    }

    /// A real; 0 if it is null or this version has no such column.
    pub fn f32(&self, column: C) -> f32 {
        self.datum(column).map_or(0.0, |datum| f32::from_bits(datum.value() as u32))
    }

    /// A boolean; `default` if it is null or this version has no such column.
    pub fn bool(&self, column: C, default: bool) -> bool {
        self.datum(column).map_or(default, |datum| datum.value() as u8 != 0)
    }

    /// A "char"; `'\0'` if it is null or this version has no such column.
    pub fn char(&self, column: C) -> char {
        self.datum(column).map_or('\0', |datum| datum.value() as u8 as char)
    }

    /// A name; empty if it is null or this version has no such column.
    pub fn name(&self, column: C) -> String {
        // SAFETY: the column is of type name, whose datum is the address of a NUL-terminated array.
        self.datum(column).map(|datum| unsafe { text::from_server(datum.cast_mut_ptr()) }).unwrap_or_default()
    }

    /// A text or pg_node_tree, copied to the current memory context; `None` if it is null or this version has no such
    /// column.
    pub fn text(&self, column: C) -> Option<&CStr> {
        let datum = self.datum(column)?;
        // SAFETY: both types are varlenas of characters. The copy is NUL-terminated and lives in the current memory
        // context, which is not reset while a row is borrowed.
        Some(unsafe { CStr::from_ptr(pg_sys::text_to_cstring(datum.cast_mut_ptr())) })
    }

    /// An oidvector or an oid[] without nulls; empty if it is null or this version has no such column.
    pub fn oids(&self, column: C) -> Vec<Oid> {
        let Some(datum) = self.datum(column) else { return Vec::new() };
        // SAFETY: both types are arrays of oids with the same header, which `oidvector` describes; a detoasted one is
        // aligned. The catalogs hold only arrays without nulls and of one dimension, or of none if they are empty.
        unsafe {
            let vector: *const pg_sys::oidvector = detoasted(datum).cast();
            if (*vector).ndim == 0 {
                return Vec::new();
            }
            let values = std::slice::from_raw_parts((*vector).values.as_ptr(), (*vector).dim1 as usize);
            values.iter().map(|oid| oid.to_u32()).collect()
        }
    }

    /// An int2vector or a smallint[] without nulls; empty if it is null or this version has no such column.
    pub fn numbers(&self, column: C) -> Vec<i16> {
        let Some(datum) = self.datum(column) else { return Vec::new() };
        // SAFETY: both types are arrays of smallint with the same header, which `int2vector` describes; a detoasted one
        // is aligned. The catalogs hold only arrays without nulls and of one dimension, or of none if they are empty.
        unsafe {
            let vector: *const pg_sys::int2vector = detoasted(datum).cast();
            if (*vector).ndim == 0 {
                return Vec::new();
            }
            std::slice::from_raw_parts((*vector).values.as_ptr(), (*vector).dim1 as usize).to_vec()
        }
    }
}

/// A varlena as it is, or a copy of it if it is stored with a short header or compressed.
unsafe fn detoasted(datum: pg_sys::Datum) -> *mut pg_sys::varlena {
    let stored = datum.cast_mut_ptr();
    // SAFETY: the caller promises that the datum is a varlena.
    unsafe { if pgrx::varatt_is_4b_u(stored) { stored } else { pg_sys::pg_detoast_datum(stored) } }
}
