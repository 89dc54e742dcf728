//! The rows that a SQL function returns. They are written to a tuplestore, which goes to disk when it grows large.

use std::ffi::CStr;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgMemoryContexts, PgSqlErrorCode, pg_sys};

use super::{backend, text};

/// A value of a row.
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A text, or null.
    pub fn optional(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::text)
    }
}

/// Writes the rows of a function that returns a set.
pub struct RowWriter {
    store: *mut pg_sys::Tuplestorestate,
    descriptor: pg_sys::TupleDesc,
    columns: Vec<Column>,
    /// The values of one row at a time.
    context: PgMemoryContexts,
    // What belongs to the query, and so outlives what is written.
    memory: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
}

struct Column {
    name: String,
    data_type: pg_sys::Oid,
}

impl RowWriter {
    /// Begins to write. The caller of the function gets the rows when it returns.
    ///
    /// # Safety
    /// `fcinfo` is the valid call frame of a function that is declared to return a set of rows.
    pub unsafe fn begin(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        // SAFETY: the frame is valid. What it says about the result is a ReturnSetInfo if the caller can take a set, which
        // is tested first. The tuplestore and the descriptor live in the memory of the query, so the caller finds them.
        unsafe {
            let result: *mut pg_sys::ReturnSetInfo = (*fcinfo).resultinfo.cast();
            let takes_rows = !result.is_null()
                && (*result).type_ == pg_sys::NodeTag::T_ReturnSetInfo
                && (*result).allowedModes & pg_sys::SetFunctionReturnMode::SFRM_Materialize as i32 != 0;
            if !takes_rows {
                pgrx::error!("a function that returns a set is called where a set is not possible");
            }
            let memory = (*(*result).econtext).ecxt_per_query_memory;
            let caller = pg_sys::MemoryContextSwitchTo(memory);
            let mut descriptor = std::ptr::null_mut();
            let kind = pg_sys::get_call_result_type(fcinfo, std::ptr::null_mut(), &mut descriptor);
            if kind != pg_sys::TypeFuncClass::TYPEFUNC_COMPOSITE {
                // In a list of expressions there is nobody to say which columns a record has.
                if (*result).expectedDesc.is_null() {
                    pgrx::error!("a function that returns a record is called where its columns are not known");
                }
                descriptor = pg_sys::CreateTupleDescCopy((*result).expectedDesc);
            }
            let random = (*result).allowedModes & pg_sys::SetFunctionReturnMode::SFRM_Materialize_Random as i32 != 0;
            let store = pg_sys::tuplestore_begin_heap(random, false, pg_sys::work_mem);
            pg_sys::MemoryContextSwitchTo(caller);
            (*result).returnMode = pg_sys::SetFunctionReturnMode::SFRM_Materialize;
            (*result).setResult = store;
            (*result).setDesc = descriptor;
            let attributes = pgrx::PgTupleDesc::from_pg_copy(descriptor);
            let column = |attribute: &pg_sys::FormData_pg_attribute| Column {
                name: text::from_server(attribute.attname.data.as_ptr()),
                data_type: attribute.atttypid,
            };
            let columns = attributes.iter().map(column).collect();
            let context = PgMemoryContexts::new("pg_guardrail rows");
            Self { store, descriptor, columns, context, memory, owner: pg_sys::CurrentResourceOwner }
        }
    }

    /// Writes a row; `value` gives the value for the name of a column. The names are those of the SQL declaration, which may
    /// be of another version than the library: of an older one it lacks columns, of a newer one it has unknown ones.
    pub fn write(&mut self, value: impl Fn(&str) -> Option<Value>) {
        self.write_to_store(self.store, value);
    }

    /// Begins a pile of rows that may be written later. It may be begun where memory and files are released before that.
    pub fn pile(&self) -> Pile {
        // SAFETY: the memory and the resource owner are those of the query, which outlives the pile. The store is ended when
        // the pile is written, or by PostgreSQL with its memory and its files after an error.
        unsafe {
            let owner = pg_sys::CurrentResourceOwner;
            let memory = pg_sys::MemoryContextSwitchTo(self.memory);
            pg_sys::CurrentResourceOwner = self.owner;
            let store = pg_sys::tuplestore_begin_heap(false, false, MEMORY_OF_PILE);
            pg_sys::CurrentResourceOwner = owner;
            pg_sys::MemoryContextSwitchTo(memory);
            Pile(store)
        }
    }

    /// Puts a row on a pile.
    pub fn write_to(&mut self, pile: &Pile, value: impl Fn(&str) -> Option<Value>) {
        self.write_to_store(pile.0, value);
    }

    /// Writes the rows of a pile.
    pub fn write_pile(&mut self, pile: Pile) {
        // SAFETY: the rows of a pile have the same columns. The slot is dropped before its descriptor goes. The pile is not
        // used any more when its store has ended.
        unsafe {
            let slot = pg_sys::MakeSingleTupleTableSlot(self.descriptor, &raw const pg_sys::TTSOpsMinimalTuple);
            while pg_sys::tuplestore_gettupleslot(pile.0, true, false, slot) {
                backend::check_for_interrupts();
                pg_sys::tuplestore_puttupleslot(self.store, slot);
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::tuplestore_end(pile.0);
        }
    }

    fn write_to_store(&mut self, store: *mut pg_sys::Tuplestorestate, value: impl Fn(&str) -> Option<Value>) {
        let (descriptor, columns) = (self.descriptor, &self.columns);
        // SAFETY: the values have the types that the descriptor names, and the tuplestore copies the row before the memory
        // of the values is released.
        unsafe {
            self.context.switch_to(|_| {
                let (mut values, mut nulls) = (Vec::new(), Vec::new());
                for column in columns {
                    let Some(value) = value(&column.name) else { refuse_column(&column.name) };
                    let datum = datum(value, column.data_type);
                    nulls.push(datum.is_none());
                    values.push(datum.unwrap_or(pg_sys::Datum::null()));
                }
                pg_sys::tuplestore_putvalues(store, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
            });
            self.context.reset();
        }
    }
}

/// How much memory a pile takes, in kilobytes; the rest of it is in a temporary file.
const MEMORY_OF_PILE: i32 = 64;

/// Rows that may be written later. A pile that is dropped ends nothing: after an error (a full disk, temp_file_limit), to end
/// its store would be another error, in the middle of the first one. PostgreSQL then frees its memory and its files.
pub struct Pile(*mut pg_sys::Tuplestorestate);

/// Raises the error that the SQL declares a column of which the library knows nothing.
fn refuse_column(name: &str) -> ! {
    let library = env!("CARGO_PKG_VERSION");
    let message = format!("column \"{name}\" is unknown to the library of pg_guardrail, which is version {library}");
    let code = PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
    ErrorReport::new(code, message, "refuse_column")
        .set_detail("The SQL of the extension is of a newer version than the library that this session has loaded.")
        .set_hint(
            "Reconnect, so that the session loads the library anew. If shared_preload_libraries names it, restart the \
             server.",
        )
        .report(PgLogLevel::ERROR);
    unreachable!("an error is raised")
}

/// A value as a datum of a type; `None` for null.
fn datum(value: Value, data_type: pg_sys::Oid) -> Option<pg_sys::Datum> {
    let expected = match value {
        Value::Null => return None,
        Value::Bool(_) => pg_sys::BOOLOID,
        Value::Int(_) => pg_sys::INT8OID,
        Value::Text(_) => pg_sys::TEXTOID,
    };
    let is_narrower = data_type == pg_sys::INT4OID && expected == pg_sys::INT8OID;
    assert!(data_type == expected || is_narrower, "a result column is of an unexpected type");
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.into(),
        Value::Int(value) if is_narrower => i32::try_from(value).unwrap_or(i32::MAX).into(),
        Value::Int(value) => value.into(),
        // SAFETY: `to_server` returns a NUL-terminated string, which is copied to the current memory context.
        Value::Text(value) => unsafe { text_datum(CStr::from_ptr(text::to_server(&value))) },
    })
}

/// A text in the current memory context.
fn text_datum(text: &CStr) -> pg_sys::Datum {
    // SAFETY: the string is NUL-terminated.
    unsafe { pg_sys::cstring_to_text(text.as_ptr()) }.into()
}
