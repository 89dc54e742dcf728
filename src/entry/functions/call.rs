//! The call of a SQL function: its arguments, its answer and its rows.

use std::ffi::{CStr, CString};

use pgrx::pg_sys;

use super::Outcome;
use crate::pg::memory;
use crate::pg::read::version;
use crate::pg::report::{self, RawReport};
use crate::pg::rows::{RowWriter, Value};
use crate::pg::spare_memory::with_spare;
use crate::pg::text;

/// The call of a SQL function.
pub struct Call {
    fcinfo: pg_sys::FunctionCallInfo,
}

/// What a SQL function answers.
pub enum Answer {
    /// Nothing, or NULL, or the rows that were written.
    Nothing,
    Bool(bool),
    Int(i64),
    Text(String),
}

/// Runs a SQL function.
///
/// # Safety
/// `fcinfo` is a valid call frame, and the caller's frame has nothing to drop.
pub unsafe fn run(fcinfo: pg_sys::FunctionCallInfo, work: fn(&Call) -> Outcome) -> pg_sys::Datum {
    // SAFETY: when the error is raised, this frame has nothing to drop: everything with a destructor lives in the closure,
    // which has returned.
    unsafe {
        let outcome = pg_sys::panic::pgrx_extern_c_guard(|| {
            memory::keep_reserve();
            with_spare(|| {
                version::warn_if_other();
                work(&Call { fcinfo }).map(|answer| datum(answer, fcinfo))
            })
        });
        match outcome {
            Ok(datum) => datum,
            Err(error) => {
                report::raise(&error);
                pg_sys::Datum::null()
            }
        }
    }
}

/// The datum of an answer.
///
/// # Safety
/// `fcinfo` is a valid call frame.
unsafe fn datum(answer: Answer, fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    match answer {
        Answer::Nothing => {
            // SAFETY: the frame is valid.
            unsafe { (*fcinfo).isnull = true };
            pg_sys::Datum::null()
        }
        Answer::Bool(value) => value.into(),
        Answer::Int(value) => value.into(),
        // SAFETY: `to_server` returns a NUL-terminated string, which is copied to the current memory context.
        Answer::Text(value) => unsafe { pg_sys::cstring_to_text(text::to_server(&value)) }.into(),
    }
}

impl Call {
    /// The argument at this position, as PostgreSQL passes it; `None` if it is null.
    fn argument(&self, at: usize) -> Option<pg_sys::Datum> {
        // SAFETY: the frame is valid, and SQL declares at least as many arguments as the functions ask for.
        let argument = unsafe { (*self.fcinfo).args.as_slice((*self.fcinfo).nargs as usize)[at] };
        (!argument.isnull).then_some(argument.value)
    }

    /// A text; `None` if it is null.
    pub fn text(&self, at: usize) -> Option<String> {
        // SAFETY: SQL declares the argument as text, and text_to_cstring returns a NUL-terminated copy.
        self.argument(at).map(|datum| unsafe { text::from_server(pg_sys::text_to_cstring(datum.cast_mut_ptr())) })
    }

    /// A text that must not be null. The error calls it by its `name`.
    pub fn text_of(&self, at: usize, name: &str) -> Result<String, RawReport> {
        self.text(at).ok_or_else(|| null_argument(name))
    }

    /// A text that must not be null, as the server has it.
    pub fn raw_text_of(&self, at: usize, name: &str) -> Result<CString, RawReport> {
        let datum = self.argument(at).ok_or_else(|| null_argument(name))?;
        // SAFETY: SQL declares the argument as text, and text_to_cstring returns a NUL-terminated copy.
        Ok(unsafe { CStr::from_ptr(pg_sys::text_to_cstring(datum.cast_mut_ptr())) }.to_owned())
    }

    /// A boolean that must not be null. The error calls it by its `name`.
    pub fn bool_of(&self, at: usize, name: &str) -> Result<bool, RawReport> {
        self.argument(at).map(|datum| datum.value() as u8 != 0).ok_or_else(|| null_argument(name))
    }

    /// A timestamptz, in microseconds since 2000-01-01; `None` if it is null.
    pub fn timestamp(&self, at: usize) -> Option<i64> {
        self.argument(at).map(|datum| datum.value() as i64)
    }

    /// Begins the rows of a function that returns a set. `value` gives the value of a row for the name of a column.
    pub fn write_rows<T>(
        &self,
        rows: impl IntoIterator<Item = T>,
        value: impl Fn(&T, &str) -> Option<Value>,
    ) -> Outcome {
        let mut writer = self.rows();
        for row in rows {
            writer.write(|column| value(&row, column));
        }
        Ok(Answer::Nothing)
    }

    /// Begins the rows of a function that returns a set.
    pub fn rows(&self) -> RowWriter {
        // SAFETY: the frame is valid, and SQL declares the function to return a set of rows.
        unsafe { RowWriter::begin(self.fcinfo) }
    }
}

fn null_argument(name: &str) -> RawReport {
    let code = pgrx::PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED as i32;
    RawReport::failure(true, code, &format!("argument \"{name}\" must not be null"), "", "")
}
