//! The words of this server's SQL.

use std::ffi::CString;

use pgrx::pg_sys;

/// Whether a word must be quoted to be a name on this server. The name of a type is reserved as well where it cannot
/// stand as the type of something.
pub fn is_reserved_word(word: &str, as_type: bool) -> bool {
    // The categories of keywords.h; the second may name tables and columns, the third functions and types.
    const UNRESERVED: u8 = 0;
    const COLUMN_NAME: u8 = 1;
    // Most names need no look.
    if !word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return false;
    }
    let Ok(word) = CString::new(word) else { return false };
    // SAFETY: PostgreSQL's own list of keywords; the category has an entry for each of them.
    unsafe {
        let at = pg_sys::ScanKeywordLookup(word.as_ptr(), &raw const pg_sys::ScanKeywords);
        let category = || *(&raw const pg_sys::ScanKeywordCategories).cast::<u8>().add(at as usize);
        at >= 0 && category() != UNRESERVED && (as_type || category() != COLUMN_NAME)
    }
}
