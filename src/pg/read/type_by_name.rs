//! Types by their names.

use std::cell::RefCell;

use pgrx::pg_sys;

use crate::facts::{Oid, oids};
use crate::pg::errors::none_on_error;
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
    let found = none_on_error(|| look_up(name))?;
    if found.0 < oids::FIRST_USER_OID {
        SYSTEM_TYPES.with_borrow_mut(|types| types.push((name.to_owned(), found)));
    }
    Some(found)
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
