//! Reports on their way to the client, with all the fields that drivers read.

use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

use pgrx::pg_sys;
use pgrx::pg_sys::elog::PgLogLevel;

use super::text;
use crate::judge::message::Report;
use crate::settings::Level;

/// SQLSTATE of every violation: class 42 (syntax error or access rule violation), implementation-defined subclass.
const VIOLATION: [u8; 5] = *b"42R01";

/// SQLSTATE of a failure of the guard itself (internal_error).
pub const INTERNAL_ERROR: [u8; 5] = *b"XX000";

// pgrx keeps these out of its bindings: they must be called in one go, between errstart and errfinish.
unsafe extern "C-unwind" {
    fn errstart(level: c_int, domain: *const c_char) -> bool;
    fn errcode(code: c_int) -> c_int;
    fn errmsg_internal(format: *const c_char, ...) -> c_int;
    fn errdetail_internal(format: *const c_char, ...) -> c_int;
    fn errhint(format: *const c_char, ...) -> c_int;
    fn err_generic_string(field: c_int, text: *const c_char) -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

/// A report in the server's encoding and memory, ready to be raised where no Rust destructor is waiting.
#[repr(C)]
pub struct Raw {
    level: c_int,
    code: c_int,
    message: *mut c_char,
    detail: *mut c_char,
    hint: *mut c_char,
    fields: [(u8, *mut c_char); 5],
}

impl Raw {
    /// A violation, in the current memory context.
    pub fn violation(report: &Report) -> Self {
        let optional = |text: &Option<String>| text.as_deref().map_or(null_mut(), text::to_server);
        let fields = &report.fields;
        Self {
            level: match report.severity {
                Level::Error => PgLogLevel::ERROR,
                Level::Warning => PgLogLevel::WARNING,
                Level::Notice | Level::Off => PgLogLevel::NOTICE,
            } as c_int,
            code: sqlstate(VIOLATION),
            message: text::to_server(&report.message),
            detail: text::to_server(&report.detail),
            hint: if report.hint.is_empty() { null_mut() } else { text::to_server(&report.hint) },
            fields: [
                (pg_sys::PG_DIAG_SCHEMA_NAME, optional(&fields.schema)),
                (pg_sys::PG_DIAG_TABLE_NAME, optional(&fields.table)),
                (pg_sys::PG_DIAG_COLUMN_NAME, optional(&fields.column)),
                (pg_sys::PG_DIAG_DATATYPE_NAME, optional(&fields.data_type)),
                (pg_sys::PG_DIAG_CONSTRAINT_NAME, optional(&fields.constraint)),
            ],
        }
    }

    /// A failure of the guard itself, in the current memory context.
    pub fn failure(code: c_int, message: &str, detail: &str, hint: &str) -> Self {
        Self {
            level: PgLogLevel::ERROR as c_int,
            code,
            message: text::to_server(message),
            detail: if detail.is_empty() { null_mut() } else { text::to_server(detail) },
            hint: text::to_server(hint),
            fields: [(0, null_mut()); 5],
        }
    }

    fn refuses(&self) -> bool {
        self.level >= PgLogLevel::ERROR as c_int
    }
}

/// A SQLSTATE as PostgreSQL packs it (`MAKE_SQLSTATE`): six bits a character.
pub fn sqlstate(code: [u8; 5]) -> c_int {
    code.iter().rev().fold(0, |packed, c| (packed << 6) | ((c - b'0') & 0x3F) as c_int)
}

/// Sends what only speaks. Gives what refuses, for [`raise`].
pub fn emit(reports: &[Report]) -> Option<Raw> {
    let mut refusal = None;
    for raw in reports.iter().map(Raw::violation) {
        if raw.refuses() {
            refusal = Some(raw);
        } else {
            let raw = &raw;
            // SAFETY: nothing in the closure has a destructor; an interrupt that is served here becomes a panic.
            unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| raise(raw)) };
        }
    }
    refusal
}

/// Raises a report. An error does not come back: it jumps over the frames up to PostgreSQL's handler.
///
/// # Safety
/// Where `raw` refuses, no frame between this one and PostgreSQL has anything to drop.
pub unsafe fn raise(raw: &Raw) {
    const TEXT: *const c_char = c"%s".as_ptr();
    // SAFETY: the strings are NUL-terminated; null ones are passed over.
    unsafe {
        if !errstart(raw.level, null_mut()) {
            return;
        }
        errcode(raw.code);
        errmsg_internal(TEXT, raw.message);
        if !raw.detail.is_null() {
            errdetail_internal(TEXT, raw.detail);
        }
        if !raw.hint.is_null() {
            errhint(TEXT, raw.hint);
        }
        for (field, text) in raw.fields {
            if !text.is_null() {
                err_generic_string(field as c_int, text);
            }
        }
        errfinish(c"pg_guardrail".as_ptr(), 0, c"judge".as_ptr());
    }
}
