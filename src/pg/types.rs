//! Types by their names, and the words of this server's SQL.

use std::ffi::CString;
use std::panic::AssertUnwindSafe;

use pgrx::{PgTryBuilder, pg_sys};

use super::text;
use crate::facts::Oid;

/// A type by its name as SQL has it, with its modifier; `None` where the name cannot be read or there is no such type.
pub fn resolve(name: &str) -> Option<(Oid, i32)> {
    let parse = || {
        let (mut oid, mut modifier) = (pg_sys::InvalidOid, -1);
        // SAFETY: the name is NUL-terminated. With `missing_ok` a type that does not exist is no error; one that
        // cannot be read is, and is caught below before anything but memory has been used.
        unsafe {
            let name = text::to_server(name);
            #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
            pg_sys::parseTypeString(name, &mut oid, &mut modifier, true);
            #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
            {
                let mut context: pg_sys::ErrorSaveContext = std::mem::zeroed();
                context.type_ = pg_sys::NodeTag::T_ErrorSaveContext;
                if !pg_sys::parseTypeString(name, &mut oid, &mut modifier, (&raw mut context).cast()) {
                    return None;
                }
            }
        }
        (oid != pg_sys::InvalidOid).then_some((oid.to_u32(), modifier))
    };
    PgTryBuilder::new(AssertUnwindSafe(parse)).catch_others(|_| None).execute()
}

/// Whether a word must be quoted to be a name on this server. The name of a type is reserved as well where it cannot
/// stand as the type of something.
pub fn is_reserved_word(word: &str, as_type: bool) -> bool {
    // The categories of keywords.h; the second may name tables and columns, the third functions and types.
    const UNRESERVED: u8 = 0;
    const COLUMN_NAME: u8 = 1;
    let Ok(word) = CString::new(word) else { return false };
    // SAFETY: PostgreSQL's own list of keywords; the category has an entry for each of them.
    unsafe {
        let at = pg_sys::ScanKeywordLookup(word.as_ptr(), &raw const pg_sys::ScanKeywords);
        let category = || *(&raw const pg_sys::ScanKeywordCategories).cast::<u8>().add(at as usize);
        at >= 0 && category() != UNRESERVED && (as_type || category() != COLUMN_NAME)
    }
}
