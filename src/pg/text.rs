//! Conversion of strings between the server's encoding and UTF-8, which Rust uses.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};

use pgrx::pg_sys;

/// Copies a string of the server into a Rust string. In a database without an encoding (SQL_ASCII), bytes that are not
/// UTF-8 are replaced.
///
/// # Safety
/// `text` is a valid, NUL-terminated string in the server's encoding.
pub unsafe fn from_server(text: *const c_char) -> String {
    // SAFETY: `text` is NUL-terminated, as the caller promises, and so is what the conversion returns.
    let bytes = unsafe {
        let encoding = encoding();
        if encoding == pg_sys::pg_enc::PG_UTF8 || encoding == pg_sys::pg_enc::PG_SQL_ASCII {
            CStr::from_ptr(text)
        } else {
            let length = CStr::from_ptr(text).count_bytes() as i32;
            CStr::from_ptr(pg_sys::pg_server_to_any(text, length, pg_sys::pg_enc::PG_UTF8 as i32))
        }
    };
    bytes.to_str().map_or_else(|_| bytes.to_string_lossy().into_owned(), str::to_owned)
}

/// Copies a string of the server into a Rust string.
pub fn from_c(text: &CStr) -> String {
    // SAFETY: a CStr is valid and NUL-terminated.
    unsafe { from_server(text.as_ptr()) }
}

/// Whether the server's strings are UTF-8.
pub fn is_utf8() -> bool {
    encoding() == pg_sys::pg_enc::PG_UTF8
}

/// The database's encoding. It is asked for once, as it stays the same for as long as the backend lives.
fn encoding() -> u32 {
    thread_local!(static KNOWN: Cell<Option<u32>> = const { Cell::new(None) });
    KNOWN.get().unwrap_or_else(|| {
        // SAFETY: reads variables of the backend. Until it has connected to a database they may still change.
        let (encoding, is_connected) =
            unsafe { (pg_sys::GetDatabaseEncoding() as u32, pg_sys::MyDatabaseId != pg_sys::InvalidOid) };
        KNOWN.set(Some(encoding).filter(|_| is_connected));
        encoding
    })
}

/// Copies a Rust string into a NUL-terminated string in the server's encoding, which lives in the current memory
/// context. What follows a NUL byte is cut off.
pub fn to_server(text: &str) -> *mut c_char {
    let text = CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default();
    let length = text.count_bytes() as i32;
    // SAFETY: `text` is NUL-terminated and lives until it has been copied. The copy is needed because pg_any_to_server
    // returns its argument if there is nothing to convert.
    unsafe {
        let converted = pg_sys::pg_any_to_server(text.as_ptr(), length, pg_sys::pg_enc::PG_UTF8 as i32);
        pg_sys::pstrdup(converted)
    }
}
