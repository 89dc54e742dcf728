//! Rows of system catalogs: which columns are read, where each stands, and what its value is.

use std::cell::OnceCell;
use std::ffi::CStr;
use std::marker::PhantomData;

use pgrx::{PgTupleDesc, pg_sys};

use crate::facts::{CommandId, Oid};
use crate::pg::text;

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

        impl $crate::pg::scan::Columns for $name {
            const CATALOG: $crate::facts::Oid = $oid;
            const NAMES: &'static [&'static str] = &[$(stringify!($column)),+];
            fn position(self) -> usize {
                self as usize
            }
            fn form() -> &'static std::thread::LocalKey<std::cell::OnceCell<&'static $crate::pg::scan::Form>> {
                thread_local!(static FORM: std::cell::OnceCell<&'static $crate::pg::scan::Form> = const {
                    std::cell::OnceCell::new()
                });
                &FORM
            }
        }
    };
}
pub(super) use catalog;

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
    /// That of a catalog; `open` opens it where it has not been looked at yet.
    pub fn of<C: Columns>(open: impl FnOnce() -> pg_sys::Relation) -> &'static Self {
        let read = || {
            let catalog = open();
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
    /// A row that has not been found yet.
    pub fn new(form: &'static Form) -> Self {
        Self { tuple: std::ptr::null_mut(), form, columns: OnceCell::new(), catalog: PhantomData }
    }

    /// The row is this one now, for as long as the tuple is valid.
    pub fn set(&mut self, tuple: pg_sys::HeapTuple) {
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

    /// A column's number in the catalog; `None` where this version has no such column.
    pub fn number(&self, column: C) -> Option<i32> {
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
