//! Types by their names, and the words of this server's SQL.

use std::cell::RefCell;
use std::ffi::CString;
use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgTryBuilder, pg_sys};

use super::type_parts::FIRST_USER_OID;
use crate::entry::event_trigger as entry;
use crate::facts::Oid;
use crate::pg::text;

thread_local! {
    /// PostgreSQL's own types by the names under which they have been asked for; that never changes.
    static SYSTEM_TYPES: RefCell<Vec<(String, (Oid, i32))>> = const { RefCell::new(Vec::new()) };
}

/// A type by its name as SQL has it, with its modifier; `None` where the name cannot be read or there is no such type.
/// A name without a schema is that of one of PostgreSQL's own types, whatever search_path says.
pub fn resolve(name: &str) -> Option<(Oid, i32)> {
    // There are few of them, and they are asked for once a column: no hash is as quick.
    let known = |types: &Vec<(String, (Oid, i32))>| types.iter().find(|(one, _)| one == name).map(|(_, found)| *found);
    if let Some(known) = SYSTEM_TYPES.with_borrow(known) {
        return Some(known);
    }
    let found = unless_error(|| look_up(name))?;
    if found.0 < FIRST_USER_OID {
        SYSTEM_TYPES.with_borrow_mut(|types| types.push((name.to_owned(), found)));
    }
    Some(found)
}

/// What the work gives; `None` where it raises an error. PostgreSQL leaves it to the abort to let go of what was held
/// at that moment, such as the type's row while its modifier is read. The transaction goes on here, so it has an owner.
fn unless_error<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    use pg_sys::ResourceReleasePhase::*;
    // SAFETY: a transaction is open; the owner is this function's alone, and is empty when it is deleted.
    unsafe {
        let caller = pg_sys::CurrentResourceOwner;
        let owner = pg_sys::ResourceOwnerCreate(caller, c"pg_guardrail".as_ptr());
        pg_sys::CurrentResourceOwner = owner;
        let give_up = |caught: CaughtError| match entry::comes_from_outside(&caught) {
            true => caught.rethrow(),
            false => None,
        };
        let outcome = PgTryBuilder::new(AssertUnwindSafe(work)).catch_others(give_up).execute();
        pg_sys::CurrentResourceOwner = caller;
        for phase in [RESOURCE_RELEASE_BEFORE_LOCKS, RESOURCE_RELEASE_LOCKS, RESOURCE_RELEASE_AFTER_LOCKS] {
            pg_sys::ResourceOwnerRelease(owner, phase, false, false);
        }
        pg_sys::ResourceOwnerDelete(owner);
        outcome
    }
}

/// Raises an error where the name cannot be read.
fn look_up(name: &str) -> Option<(Oid, i32)> {
    // SAFETY: the name is NUL-terminated; the tree that comes of it is read and looked up. With `missing_ok` a type
    // that does not exist is no error.
    unsafe {
        let name = text::to_server(name);
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        let parsed = pg_sys::typeStringToTypeName(name);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        let parsed = pg_sys::typeStringToTypeName(name, std::ptr::null_mut());
        if pg_sys::list_length((*parsed).names) == 1 {
            let schema = pg_sys::makeString(text::to_server("pg_catalog"));
            (*parsed).names = pg_sys::lcons(schema.cast(), (*parsed).names);
        }
        let missing_ok = true;
        let mut modifier = -1;
        let found = pg_sys::LookupTypeName(std::ptr::null_mut(), parsed, &mut modifier, missing_ok);
        if found.is_null() {
            return None;
        }
        let oid = pg_sys::typeTypeId(found).to_u32();
        pg_sys::ReleaseSysCache(found);
        Some((oid, modifier))
    }
}

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
