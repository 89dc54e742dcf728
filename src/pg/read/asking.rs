//! Questions to PostgreSQL's own functions, which answer as of now, and not as of a reader's moment: what they are asked
//! about may be changed or dropped by another session meanwhile.

use pgrx::pg_sys;

use super::reader::Reader;
use super::table_rows::with_open_table;
use crate::facts::Oid;
use crate::pg::errors::none_on_error;
use crate::pg::text;

impl Reader {
    /// What PostgreSQL answers about a table or a part of it. Nobody waits here for another session that has locked the
    /// table. `None`, which is remembered, if there is no answer.
    pub(super) fn ask_about(&self, table: Oid, question: impl FnOnce() -> Option<String>) -> Option<String> {
        self.remember_silence(with_open_table(table, None, |_| none_on_error(question)).flatten())
    }

    /// What PostgreSQL answers about something else, which needs no lock to be asked about.
    pub(super) fn ask(&self, question: impl FnOnce() -> Option<String>) -> Option<String> {
        self.remember_silence(none_on_error(question))
    }

    fn remember_silence(&self, answer: Option<String>) -> Option<String> {
        self.has_unread.set(self.has_unread.get() || answer.is_none());
        answer
    }
}

/// Calls one of PostgreSQL's functions that return a text; `None` if it is null.
///
/// # Safety
/// The function takes arguments of these types, is not strict about others, and returns a text; it does not ask how it is
/// called.
pub unsafe fn call_for_text(
    function: unsafe fn(pg_sys::FunctionCallInfo) -> pg_sys::Datum,
    arguments: &[pg_sys::Datum],
) -> Option<String> {
    let arguments: Vec<_> = arguments.iter().copied().map(Some).collect();
    // SAFETY: the caller promises that the arguments suit the function and that its result is a text; text_to_cstring
    // returns a NUL-terminated copy.
    unsafe {
        let text = pgrx::direct_function_call_as_datum(function, &arguments)?;
        Some(text::from_server(pg_sys::text_to_cstring(text.cast_mut_ptr())))
    }
}
