//! Conversion of strings between the server's encoding and UTF-8, which Rust uses.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};

use pgrx::pg_sys;

use super::errors::none_on_error;
use super::memory;

/// Copies a string of the server into a Rust string. What has no equivalent in UTF-8 is replaced, as are bytes that are
/// not UTF-8 in a database without an encoding (SQL_ASCII).
///
/// # Safety
/// `text` is a valid, NUL-terminated string in the server's encoding.
pub unsafe fn from_server(text: *const c_char) -> String {
    // SAFETY: the caller promises that `text` is NUL-terminated.
    let text = unsafe { CStr::from_ptr(text) };
    if has_utf8_or_no_encoding() || text.to_bytes().is_ascii() {
        return owned(text);
    }
    let utf8 = pg_sys::pg_enc::PG_UTF8 as i32;
    // SAFETY: the text is in the server's encoding.
    let converted = convert(text, |text, length| unsafe { pg_sys::pg_server_to_any(text, length, utf8) });
    owned(converted.unwrap_or(text))
}

/// Converts a text by one of PostgreSQL's functions; `None` if a character has no equivalent.
fn convert(text: &CStr, work: impl Fn(*const c_char, i32) -> *mut c_char) -> Option<&CStr> {
    // SAFETY: the functions return their argument or a palloc'ed string, NUL-terminated in both cases.
    let convert = || unsafe { Some(CStr::from_ptr(work(text.as_ptr(), text.count_bytes() as i32))) };
    // SAFETY: reads a variable of the backend.
    match unsafe { pg_sys::IsTransactionState() } {
        true => none_on_error(convert),
        // Errors can be caught in transactions alone.
        false => convert(),
    }
}

/// A copy, in which bytes that are not UTF-8 are replaced. Nearly every text is UTF-8, which is found out fastest by
/// itself.
fn owned(text: &CStr) -> String {
    let Ok(utf8) = text.to_str() else { return text.to_string_lossy().into_owned() };
    let mut copy = String::new();
    // A text may be longer than what is left of the memory.
    if copy.try_reserve_exact(utf8.len()).is_err() {
        memory::raise_shortage();
    }
    copy.push_str(utf8);
    copy
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

/// Whether the server's strings need no conversion.
fn has_utf8_or_no_encoding() -> bool {
    matches!(encoding(), pg_sys::pg_enc::PG_UTF8 | pg_sys::pg_enc::PG_SQL_ASCII)
}

/// Copies a Rust string into a NUL-terminated string in the server's encoding, which lives in the current memory
/// context. What follows a NUL byte is cut off, and question marks stand for characters that the encoding lacks.
pub fn to_server(text: &str) -> *mut c_char {
    let text = text.split('\0').next().unwrap_or_default();
    let utf8 = pg_sys::pg_enc::PG_UTF8 as i32;
    let is_convertible = has_utf8_or_no_encoding();
    // SAFETY: the text is UTF-8.
    let to_server = |text: *const c_char, length| unsafe { pg_sys::pg_any_to_server(text, length, utf8) };
    let convert = |text: &CStr| is_convertible.then_some(text).or_else(|| convert(text, to_server)).map(CStr::to_owned);
    copy(&convert_where_possible(text, convert))
}

/// As [`to_server`], but question marks stand also for the characters that the client's encoding lacks. PostgreSQL would
/// raise an error when it sends them.
pub fn to_client(text: &str) -> *mut c_char {
    // SAFETY: reads a variable of the backend.
    let is_same = unsafe { pg_sys::pg_get_client_encoding() as u32 } == encoding();
    if is_same || text.is_ascii() {
        return to_server(text);
    }
    let can_be_sent = |text: &CStr| {
        // SAFETY: the string is in the server's encoding.
        convert(text, |text, length| unsafe { pg_sys::pg_server_to_client(text, length) }).is_some()
    };
    let convert = |text: &CStr| {
        // SAFETY: `to_server` returns a NUL-terminated string.
        let converted = unsafe { CStr::from_ptr(to_server(&text.to_string_lossy())) };
        can_be_sent(converted).then(|| converted.to_owned())
    };
    copy(&convert_where_possible(text, convert))
}

/// Converts a text as a whole or, if that fails, character by character, with question marks for those that fail.
fn convert_where_possible(text: &str, convert: impl Fn(&CStr) -> Option<CString>) -> CString {
    let whole = CString::new(text).unwrap_or_default();
    if text.is_ascii() {
        return whole;
    }
    let convert_char = |c: char| {
        let alone = CString::new(c.to_string()).unwrap_or_default();
        let converted = if c.is_ascii() { Some(alone) } else { convert(&alone) };
        // The pages of the rules have ellipses.
        let substitute = if c == '…' { c"..." } else { c"?" };
        converted.unwrap_or(substitute.to_owned()).into_bytes()
    };
    convert(&whole)
        .unwrap_or_else(|| CString::new(text.chars().flat_map(convert_char).collect::<Vec<u8>>()).unwrap_or_default())
}

/// Copies a string into the current memory context.
fn copy(text: &CStr) -> *mut c_char {
    // SAFETY: the text is NUL-terminated.
    unsafe { pg_sys::pstrdup(text.as_ptr()) }
}

/// The text of a node that is a string.
///
/// # Safety
/// `string` is a valid node with the tag T_String.
pub unsafe fn string_of(string: *mut pg_sys::Node) -> *const c_char {
    // SAFETY: the caller promises that the node is a string, whose struct has another name up to 14.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14"))]
        return (*string.cast::<pg_sys::Value>()).val.str_;
        #[cfg(not(any(feature = "pg13", feature = "pg14")))]
        return (*string.cast::<pg_sys::String>()).sval;
    }
}
