//! Looks up data types by their names.

use std::mem::ManuallyDrop;

use pgrx::pg_sys;

use crate::facts::{Oid, oids};
use crate::pg::errors::none_on_error;
use crate::pg::memory::Kept;
use crate::pg::text;

thread_local! {
    /// PostgreSQL's own types that have been looked up, with the names that were used. They never change.
    static SYSTEM_TYPES: Kept<Vec<(String, (Oid, i32))>> = const { Kept::new(ManuallyDrop::new(Vec::new())) };
}

/// Looks up a type by its name in SQL, `numeric(10, 2)` for example. Returns its oid and its modifier (-1: none);
/// `None` if the name cannot be parsed or there is no such type. A name without a schema stands for one of PostgreSQL's
/// own types, whatever search_path is.
pub fn resolve(name: &str) -> Option<(Oid, i32)> {
    // A search through the list is faster than a hash table, as there are few types in it. It is done for each column.
    let find_known = |types: &Vec<(String, (Oid, i32))>| {
        types.iter().find(|(known_name, _)| known_name == name).map(|(_, known)| *known)
    };
    if let Some(known) = SYSTEM_TYPES.with_borrow(|types| find_known(types)) {
        return Some(known);
    }
    let found = none_on_error(|| look_up(name))?;
    if found.0 < oids::FIRST_USER_OID {
        SYSTEM_TYPES.with_borrow_mut(|types| types.push((name.to_owned(), found)));
    }
    Some(found)
}

/// Looks up a type in the catalogs. Raises an error if the name cannot be parsed; `None` if there is no such type.
fn look_up(name: &str) -> Option<(Oid, i32)> {
    // SAFETY: the name is NUL-terminated. The parser returns a valid TypeName, whose list of names has at least one
    // item, or raises an error, which the caller catches. With `missing_ok` a type that does not exist is null; any
    // other is a row of the catalog cache, which is released after its oid was read.
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
