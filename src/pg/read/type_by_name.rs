//! Looks up data types by their names.

use std::mem::ManuallyDrop;

use pgrx::{PgList, pg_sys};

use super::reader::Reader;
use crate::facts::{Oid, oids};
use crate::pg::errors::none_on_error;
use crate::pg::memory::Kept;
use crate::pg::scan::schema::{PgType, index};
use crate::pg::scan::{Key, scan};
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

/// The same at the reader's moment, when a type that somebody has made may have had another name.
pub fn resolve_at(reader: &Reader, name: &str) -> Option<(Oid, i32)> {
    match resolve(name) {
        found if !reader.is_past => found,
        Some(found) if found.0 < oids::FIRST_USER_OID => Some(found),
        found => resolve_in_past(reader, name, found),
    }
}

/// `present` is what the name stands for now.
fn resolve_in_past(reader: &Reader, name: &str, present: Option<(Oid, i32)>) -> Option<(Oid, i32)> {
    let parts = none_on_error(|| split(name))?;
    let key = [(PgType::typname, Key::Name(&parts.name))];
    let mut found = None;
    scan(reader.snapshot(), index::TYPE_NAME, &key, |row| {
        if reader.schema_name(row.oid(PgType::typnamespace)) == parts.schema {
            found = Some(row.oid(if parts.is_array { PgType::typarray } else { PgType::oid }));
        }
    });
    let oid = found.filter(|oid| *oid != 0)?;
    let of_another_name = || (oid, none_on_error(|| modifier_in(name, oid)).unwrap_or(-1));
    Some(present.filter(|present| present.0 == oid).unwrap_or_else(of_another_name))
}

/// What the name of a type consists of.
struct Parts {
    schema: String,
    name: String,
    /// It is an array of the type with this name.
    is_array: bool,
}

/// The parts of the name of a type. Raises an error if it cannot be parsed; `None` without a schema.
fn split(name: &str) -> Option<Parts> {
    // SAFETY: the parser returns a valid TypeName, whose names are a list of strings.
    unsafe {
        let parsed = parse(name);
        let names = PgList::<pg_sys::Node>::from_pg((*parsed).names);
        let from_end = |at: usize| names.get_ptr(names.len().checked_sub(at)?);
        let part = |at| from_end(at).map(|string| text::from_server(text::string_of(string)));
        let (schema, name) = part(2).zip(part(1))?;
        Some(Parts { schema, name, is_array: !(*parsed).arrayBounds.is_null() })
    }
}

/// The modifier in the name of a type, which has this oid, and may have another name now. Raises an error if there is no
/// such type any more or the modifier is not one of it.
fn modifier_in(name: &str, oid: Oid) -> Option<i32> {
    // SAFETY: the parser returns a valid TypeName. One without names stands for the type with its oid.
    unsafe {
        let parsed = parse(name);
        (*parsed).names = std::ptr::null_mut();
        (*parsed).typeOid = oid.into();
        find(parsed).map(|(_, modifier)| modifier)
    }
}

/// Parses the name of a type; raises an error if that is not possible.
fn parse(name: &str) -> *mut pg_sys::TypeName {
    // SAFETY: the name is NUL-terminated.
    unsafe {
        let name = text::to_server(name);
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        return pg_sys::typeStringToTypeName(name);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        return pg_sys::typeStringToTypeName(name, std::ptr::null_mut());
    }
}

/// Looks up a type in the catalogs. Raises an error if the name cannot be parsed; `None` if there is no such type.
fn look_up(name: &str) -> Option<(Oid, i32)> {
    // SAFETY: the parser returns a valid TypeName, whose list of names has at least one item, or raises an error, which
    // the caller catches.
    unsafe {
        let parsed = parse(name);
        if pg_sys::list_length((*parsed).names) == 1 {
            let schema = pg_sys::makeString(text::to_server("pg_catalog"));
            (*parsed).names = pg_sys::lcons(schema.cast(), (*parsed).names);
        }
        find(parsed)
    }
}

/// The oid and the modifier of a type.
///
/// # Safety
/// `parsed` is a valid TypeName.
unsafe fn find(parsed: *mut pg_sys::TypeName) -> Option<(Oid, i32)> {
    let missing_ok = true;
    let mut modifier = -1;
    // SAFETY: the caller promises that the name is valid. With `missing_ok` a type that does not exist is null; any other
    // is a row of the catalog cache, which is released after its oid was read.
    unsafe {
        let found = pg_sys::LookupTypeName(std::ptr::null_mut(), parsed, &mut modifier, missing_ok);
        if found.is_null() {
            return None;
        }
        let oid = pg_sys::typeTypeId(found).to_u32();
        pg_sys::ReleaseSysCache(found);
        Some((oid, modifier))
    }
}
