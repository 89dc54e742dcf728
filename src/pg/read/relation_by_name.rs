//! Looks up a table or type, and the parts of it, by names that a person has written.

use std::ffi::c_char;
use std::ptr::null_mut;

use pgrx::{PgList, pg_sys};

use super::Reader;
use crate::facts::{ObjectAddress, QualifiedName, Relation};
use crate::pg::{backend, text};
use crate::rule::Catalog;
use crate::sql;

/// What a name stands for.
pub struct Named {
    pub name: QualifiedName,
    /// The table or type as it is now; `None` where there is none yet, or it is something that is never checked (a view).
    pub relation: Option<Relation>,
}

/// Why a name stands for no table or type.
pub enum Unusable {
    /// It has no schema, and there is none in which it would be created.
    NoSchema,
    /// Temporary tables are never checked.
    Temporary,
    /// It is the name of an index or a sequence.
    WrongKind(QualifiedName),
    /// It has more parts than a schema and a name.
    TooManyParts,
}

/// A name as it was read: the schema, if it has one, and the name in it.
type Parts = (Option<String>, String);

/// Whether there is a relation of this name, of any kind.
pub fn exists(name: &QualifiedName) -> bool {
    backend::check_for_interrupts();
    // SAFETY: look-ups in the catalog cache; `to_server` returns NUL-terminated strings. A schema or relation that
    // does not exist has the invalid oid, for which there is no relation.
    unsafe {
        let schema = pg_sys::get_namespace_oid(text::to_server(&name.schema), true);
        pg_sys::get_relname_relid(text::to_server(&name.name), schema) != pg_sys::InvalidOid
    }
}

/// Finds the table or type of a name: as SQL reads it; if there is none, of the text as it is, with or without a schema. If
/// there is neither, the name is that of something that is still to be made. A name without a schema is looked up, and
/// would be created, by the search_path of the current role.
pub fn resolve(text: &str) -> Result<Named, Unusable> {
    let parsed = split_identifiers(text).map(qualified);
    let as_sql = parsed.as_ref().and_then(Option::as_ref);
    let as_text = || literal_readings(text);
    if let Some(found) = as_sql.and_then(look_up).or_else(|| as_text().iter().find_map(look_up)) {
        return found.read();
    }
    let (schema, name) = match &parsed {
        Some(None) => return Err(Unusable::TooManyParts),
        Some(Some(parts)) => parts.clone(),
        None => {
            let in_schema = |(schema, _): &Parts| schema.as_deref().is_some_and(|schema| schema_oid(schema).is_some());
            as_text().into_iter().find(in_schema).unwrap_or((None, sql::truncate(text).to_owned()))
        }
    };
    let schema = schema.or_else(creation_schema).ok_or(Unusable::NoSchema)?;
    match is_temporary(&schema) {
        true => Err(Unusable::Temporary),
        false => Ok(Named { name: QualifiedName { schema, name }, relation: None }),
    }
}

/// The name of a column, a constraint or an index: the text as it is if there is one of that name; else as SQL reads it if
/// there is one of that name; else without the quotes that it has around it.
pub fn resolve_part(text: &str, relation: Option<&Relation>) -> String {
    let has = |name: &str| relation.is_some_and(|relation| has_part(relation, name));
    let read = split_identifiers(text).and_then(|mut parts| parts.pop().filter(|_| parts.is_empty()));
    let is_meant = |read: &String| !has(text) && (has(read) || text.trim_start().starts_with('"'));
    read.filter(is_meant).unwrap_or_else(|| sql::truncate(text).to_owned())
}

fn has_part(relation: &Relation, name: &str) -> bool {
    relation.columns.iter().any(|column| column.name == name)
        || relation.constraints.iter().any(|constraint| constraint.name == name)
        || relation.indexes.iter().any(|index| index.name == name)
}

/// Splits a text into identifiers at its dots, as SQL reads them: folded to small letters where they have no quotes, and cut
/// to the length that PostgreSQL keeps. `None` where it cannot be read like that.
fn split_identifiers(text: &str) -> Option<Vec<String>> {
    let mut names = null_mut();
    // SAFETY: the function gets a copy of its own, which it changes and which the names in the list point into; both live in
    // the current memory context. The names are NUL-terminated.
    let names = unsafe {
        if !pg_sys::SplitIdentifierString(text::to_server(text), b'.' as c_char, &mut names) {
            return None;
        }
        PgList::<c_char>::from_pg(names).iter_ptr().map(|name| text::from_server(name)).collect::<Vec<String>>()
    };
    (!names.is_empty()).then_some(names)
}

/// Identifiers as the name of a relation; `None` if there are too many of them. The first of three is that of the database.
fn qualified(mut names: Vec<String>) -> Option<Parts> {
    let name = names.pop()?;
    let schema = names.pop();
    let is_own_database = names.pop().is_none_or(|database| database == database_name());
    (names.is_empty() && is_own_database).then_some((schema, name))
}

/// What a text can mean if it is taken as it is: a schema and a name, wherever the dot between them is, or a name.
fn literal_readings(text: &str) -> Vec<Parts> {
    let split = text.match_indices('.').map(|(at, _)| (Some(text[..at].to_owned()), text[at + 1..].to_owned()));
    let fits = |name: &str| !name.is_empty() && name.len() <= sql::MAX_NAME_BYTES;
    let is_name = |(schema, name): &Parts| fits(name) && schema.as_deref().is_none_or(fits);
    split.chain([(None, text.to_owned())]).filter(is_name).collect()
}

/// A relation or a type that exists.
#[derive(Clone, Copy)]
enum Found {
    Relation(pg_sys::Oid),
    Type(pg_sys::Oid),
}

/// The relation of this name; if there is none, the type.
fn look_up((schema, name): &Parts) -> Option<Found> {
    let name = text::to_server(name);
    let is_valid = |oid: &pg_sys::Oid| *oid != pg_sys::InvalidOid;
    // SAFETY: looks into the catalog caches, for which a transaction is open; the name is NUL-terminated.
    let (relation, data_type) = unsafe {
        match schema {
            Some(schema) => {
                let schema = schema_oid(schema)?;
                let cache = pg_sys::SysCacheIdentifier::TYPENAMENSP as _;
                let column = pg_sys::Anum_pg_type_oid as pg_sys::AttrNumber;
                let none = pg_sys::Datum::null();
                let data_type = pg_sys::GetSysCacheOid(cache, column, name.into(), schema.into(), none, none);
                (pg_sys::get_relname_relid(name, schema), data_type)
            }
            None => (pg_sys::RelnameGetRelid(name), pg_sys::TypenameGetTypid(name)),
        }
    };
    Some(relation).filter(is_valid).map(Found::Relation).or_else(|| Some(data_type).filter(is_valid).map(Found::Type))
}

impl Found {
    /// Its name and what is known about it.
    fn read(self) -> Result<Named, Unusable> {
        let reader = Reader::now();
        let (name, address) = match self {
            Self::Relation(oid) => {
                (reader.table_name(oid.to_u32()).unwrap_or_default(), ObjectAddress::Relation(oid.to_u32()))
            }
            Self::Type(oid) => (reader.type_name(oid.to_u32()), ObjectAddress::Type(oid.to_u32())),
        };
        match self {
            _ if is_temporary(&name.schema) => Err(Unusable::Temporary),
            // SAFETY: looks into the catalog cache, for which a transaction is open; any oid may be asked for.
            Self::Relation(oid) if b"iISt".contains(&(unsafe { pg_sys::get_rel_relkind(oid) } as u8)) => {
                Err(Unusable::WrongKind(name))
            }
            _ => Ok(Named { name, relation: reader.read(address) }),
        }
    }
}

/// The schema of this name, if there is one.
fn schema_oid(name: &str) -> Option<pg_sys::Oid> {
    // SAFETY: looks into the catalog cache, for which a transaction is open; `to_server` returns a NUL-terminated string.
    let oid = unsafe { pg_sys::get_namespace_oid(text::to_server(name), true) };
    (oid != pg_sys::InvalidOid).then_some(oid)
}

/// The schema in which the current role creates what it gives no schema for.
fn creation_schema() -> Option<String> {
    // SAFETY: a transaction is open. The list is a copy; the name of a schema that exists is a palloc'ed string.
    unsafe {
        let schemas = PgList::<pg_sys::Oid>::from_pg(pg_sys::fetch_search_path(false));
        let name = pg_sys::get_namespace_name(schemas.get_oid(0)?);
        (!name.is_null()).then(|| text::from_server(name))
    }
}

/// Whether a schema, by its name, is one of temporary objects. No other schema may have such a name.
fn is_temporary(schema: &str) -> bool {
    schema.starts_with("pg_temp")
}

fn database_name() -> String {
    // SAFETY: the database that the backend is connected to exists, so its name is a palloc'ed string.
    unsafe { text::from_server(pg_sys::get_database_name(pg_sys::MyDatabaseId)) }
}
