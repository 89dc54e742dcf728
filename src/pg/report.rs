//! Sends messages to the client, with all the fields that drivers read.

use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

use pgrx::pg_sys;
use pgrx::pg_sys::elog::PgLogLevel;

pub use super::errors::sqlstate;
use super::kept_error::{self, KeptError};
use super::text;
use crate::judge::message::Report;
use crate::rule::fault;
use crate::settings::Level;

/// SQLSTATE of every violation: class 42 (syntax error or access rule violation), implementation-defined subclass.
pub const VIOLATION: [u8; 5] = *b"42R01";

/// SQLSTATE of an error inside of the extension (internal_error).
pub const INTERNAL_ERROR: [u8; 5] = *b"XX000";

// The functions behind the macro ereport, for which pgrx has no bindings. The others must be called between errstart
// and errfinish, with nothing in between that could raise an error.
unsafe extern "C-unwind" {
    fn errstart(level: c_int, domain: *const c_char) -> bool;
    fn errcode(code: c_int) -> c_int;
    fn errmsg_internal(format: *const c_char, ...) -> c_int;
    fn errdetail_internal(format: *const c_char, ...) -> c_int;
    fn errhint(format: *const c_char, ...) -> c_int;
    fn errhidestmt(hides: bool) -> c_int;
    fn errhidecontext(hides: bool) -> c_int;
    fn err_generic_string(field: c_int, text: *const c_char) -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

/// A message in the server's encoding and memory, of characters that the client's encoding has, too. It has no destructor, so it can be raised as an error, which jumps
/// over Rust's frames.
#[repr(C)]
pub struct RawReport {
    // PostgreSQL's error level and packed SQLSTATE.
    level: c_int,
    code: c_int,
    // Its texts; detail and hint may be null.
    message: *mut c_char,
    detail: *mut c_char,
    hint: *mut c_char,
    /// The names of the object, each with the field it is for (`PG_DIAG_…`); null for a field that is not set.
    fields: [(u8, *mut c_char); 5],
    /// An error of PostgreSQL's that is raised again in the place of all this; null if there is none.
    kept: *mut pg_sys::ErrorData,
}

impl From<KeptError> for RawReport {
    fn from(error: KeptError) -> Self {
        Self { kept: error.into_raw(), ..Self::failure(true, 0, "", "", "") }
    }
}

impl RawReport {
    /// Copies a report about violations into the current memory context.
    pub fn violation(report: &Report) -> Self {
        let optional = |text: &Option<String>| text.as_deref().map_or(null_mut(), text::to_client);
        let fields = &report.fields;
        Self {
            level: match report.severity {
                Level::Error => PgLogLevel::ERROR,
                Level::Warning => PgLogLevel::WARNING,
                Level::Notice | Level::Off => PgLogLevel::NOTICE,
            } as c_int,
            code: sqlstate(VIOLATION),
            message: text::to_client(&report.message),
            detail: if report.detail.is_empty() { null_mut() } else { text::to_client(&report.detail) },
            hint: if report.hint.is_empty() { null_mut() } else { text::to_client(&report.hint) },
            fields: [
                (pg_sys::PG_DIAG_SCHEMA_NAME, optional(&fields.schema)),
                (pg_sys::PG_DIAG_TABLE_NAME, optional(&fields.table)),
                (pg_sys::PG_DIAG_COLUMN_NAME, optional(&fields.column)),
                (pg_sys::PG_DIAG_DATATYPE_NAME, optional(&fields.data_type)),
                (pg_sys::PG_DIAG_CONSTRAINT_NAME, optional(&fields.constraint)),
            ],
            kept: null_mut(),
        }
    }

    /// Makes an error or a warning about a failure of the extension itself, in the current memory context. `code` is a
    /// packed SQLSTATE; an empty `detail` or `hint` is left out.
    pub fn failure(is_error: bool, code: c_int, message: &str, detail: &str, hint: &str) -> Self {
        Self {
            level: if is_error { PgLogLevel::ERROR } else { PgLogLevel::WARNING } as c_int,
            code,
            message: text::to_client(message),
            detail: if detail.is_empty() { null_mut() } else { text::to_client(detail) },
            hint: if hint.is_empty() { null_mut() } else { text::to_client(hint) },
            fields: [(0, null_mut()); 5],
            kept: null_mut(),
        }
    }

    /// Makes a notice, in the current memory context.
    pub fn notice(message: &str) -> Self {
        Self {
            level: PgLogLevel::NOTICE as c_int,
            code: 0,
            message: text::to_client(message),
            detail: null_mut(),
            hint: null_mut(),
            fields: [(0, null_mut()); 5],
            kept: null_mut(),
        }
    }

    fn is_error(&self) -> bool {
        self.level >= PgLogLevel::ERROR as c_int
    }
}

/// Sends the notices and warnings among the reports. Returns the error, if there is one: the caller passes it to
/// [`raise`] once it has nothing left to drop.
pub fn send_all_but_error(reports: &[Report]) -> Option<RawReport> {
    let mut error = None;
    for report in reports.iter().map(RawReport::violation) {
        if report.is_error() {
            error = Some(report);
        } else {
            send(&report);
        }
    }
    error
}

/// Writes a line to the server's log, and nothing to the client. It has no line breaks in it.
pub fn log_line(line: &str) {
    let level = PgLogLevel::LOG_SERVER_ONLY as c_int;
    send(&RawReport { level, code: sqlstate(VIOLATION), ..RawReport::notice(line) });
}

/// Sends a notice or a warning.
pub fn send(report: &RawReport) {
    fault::point("a message");
    // SAFETY: nothing in the closure has a destructor. If PostgreSQL raises an error while it sends the message (a cancel,
    // for example), the boundary turns it into a panic.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| raise(report)) };
}

/// Sends a message to the client. If it is an error, this function does not return: PostgreSQL jumps over the frames up
/// to its own handler.
///
/// # Safety
/// If `report` is an error, no Rust frame between this one and PostgreSQL's handler has anything to drop.
pub unsafe fn raise(report: &RawReport) {
    const TEXT: *const c_char = c"%s".as_ptr();
    // SAFETY: the texts are NUL-terminated, and null ones are skipped. The format is constant, so that no text is
    // taken for one. The calls come in the order that ereport makes them in.
    unsafe {
        if !report.kept.is_null() {
            kept_error::raise(report.kept);
        }
        if !errstart(report.level, null_mut()) {
            return;
        }
        errcode(report.code);
        errmsg_internal(TEXT, report.message);
        if !report.detail.is_null() {
            errdetail_internal(TEXT, report.detail);
        }
        if !report.hint.is_null() {
            errhint(TEXT, report.hint);
        }
        if report.level == PgLogLevel::LOG_SERVER_ONLY as c_int {
            // Neither the statement nor where it was run follows on the line.
            errhidestmt(true);
            errhidecontext(true);
        }
        for (field, text) in report.fields {
            if !text.is_null() {
                err_generic_string(field as c_int, text);
            }
        }
        errfinish(c"pg_guardrail".as_ptr(), 0, c"check".as_ptr());
    }
}
