//! The keywords of this server's SQL.

use std::ffi::CString;

use pgrx::pg_sys;

/// Whether a word must be quoted to be a name on this server. A word that may name tables and columns but no type
/// counts as reserved only if `as_type` is set.
pub fn is_reserved_word(word: &str, as_type: bool) -> bool {
    // Two of the categories in PostgreSQL's keywords.h: words that may name anything, and words that may name tables
    // and columns, but no functions and types. The words of all other categories must be quoted.
    const UNRESERVED: u8 = 0;
    const COLUMN_NAME: u8 = 1;
    // Every keyword is made of these characters, so most names need no look-up.
    if !word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return false;
    }
    let Ok(word) = CString::new(word) else { return false };
    // SAFETY: the word is NUL-terminated. The look-up returns -1 or the position of a keyword, and the array of
    // categories has an element for each keyword; it is read only for a position.
    unsafe {
        let at = pg_sys::ScanKeywordLookup(word.as_ptr(), &raw const pg_sys::ScanKeywords);
        let category = || *(&raw const pg_sys::ScanKeywordCategories).cast::<u8>().add(at as usize);
        at >= 0 && category() != UNRESERVED && (as_type || category() != COLUMN_NAME)
    }
}
