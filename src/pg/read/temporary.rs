//! What a table loses with the session's temporary objects. They are dropped at the end of the session, or by DISCARD
//! TEMP, for which PostgreSQL calls no event trigger.

use std::borrow::Cow;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid, Relation, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgConstraint, PgDepend, PgNamespace, PgProc, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};

/// A table without the columns, constraints and indexes that depend on a temporary object.
pub fn without_what_is_lost<'a>(table: &'a Relation, now: &Reader) -> Cow<'a, Relation> {
    let mut kept = Cow::Borrowed(table);
    if table.kind.is_table() && session_has_temporary_objects() {
        remove_what_is_lost(kept.to_mut(), now);
    }
    kept
}

fn remove_what_is_lost(table: &mut Relation, now: &Reader) {
    let mut columns: Vec<AttrNumber> = Vec::new();
    for reference in references(PgClass::CATALOG, table.oid, now) {
        if reference.depender_column != 0 && is_temporary(&reference, now) {
            columns.push(reference.depender_column as AttrNumber);
        }
    }
    let uses_lost_column = |reference: &Reference| {
        reference.is_column_of(table.oid) && columns.contains(&(reference.column as AttrNumber))
    };
    let is_lost = |catalog: Oid, part: Oid| {
        let references = references(catalog, part, now);
        references.iter().any(|reference| uses_lost_column(reference) || is_temporary(reference, now))
    };
    let mut lost_keys = Vec::new();
    table.constraints.retain(|constraint| {
        let is_lost = is_lost(PgConstraint::CATALOG, constraint.oid);
        lost_keys.extend(is_lost.then_some(constraint.index));
        !is_lost
    });
    table.indexes.retain(|index| !lost_keys.contains(&index.oid) && !is_lost(PgClass::CATALOG, index.oid));
    table.columns.retain(|column| !columns.contains(&column.number));
    for (column, default) in defaults(table.oid, now) {
        if references(PgAttrdef::CATALOG, default, now).iter().any(|reference| is_temporary(reference, now)) {
            let losers = table.columns.iter_mut().filter(|other| other.number == column);
            losers.for_each(|column| column.has_default = false);
        }
    }
}

/// The columns of a table that have defaults, with the oids of these.
fn defaults(table: Oid, now: &Reader) -> Vec<(AttrNumber, Oid)> {
    let mut defaults = Vec::new();
    scan(now.snapshot(), index::ATTRDEF_RELATION_NUMBER, &[(PgAttrdef::adrelid, Key::Oid(table))], |row| {
        defaults.push((row.i16(PgAttrdef::adnum), row.oid(PgAttrdef::oid)));
    });
    defaults
}

/// Whether the session has a schema for temporary objects.
fn session_has_temporary_objects() -> bool {
    let (mut schema, mut toast_schema) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
    // SAFETY: writes two oids to the variables above.
    unsafe { pg_sys::GetTempNamespaceState(&mut schema, &mut toast_schema) };
    schema != pg_sys::InvalidOid
}

/// That an object, or one of its columns, depends on another.
struct Reference {
    depender_column: i32,
    catalog: Oid,
    object: Oid,
    column: i32,
}

impl Reference {
    fn is_column_of(&self, table: Oid) -> bool {
        self.catalog == PgClass::CATALOG && self.object == table && self.column != 0
    }
}

/// What an object depends on.
fn references(catalog: Oid, object: Oid, now: &Reader) -> Vec<Reference> {
    let mut references = Vec::new();
    let keys = [(PgDepend::classid, Key::Oid(catalog)), (PgDepend::objid, Key::Oid(object))];
    scan(now.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
        references.push(Reference {
            depender_column: row.i32(PgDepend::objsubid),
            catalog: row.oid(PgDepend::refclassid),
            object: row.oid(PgDepend::refobjid),
            column: row.i32(PgDepend::refobjsubid),
        });
    });
    references
}

/// Whether what is referred to is temporary: it stands in a temporary schema, or is a domain, an array or a range over
/// something that does.
fn is_temporary(reference: &Reference, now: &Reader) -> bool {
    if reference.object < oids::FIRST_USER_OID {
        return false;
    }
    let is_in_temporary_schema = |schema: Oid| now.schema_name(schema).starts_with("pg_temp");
    match reference.catalog {
        PgClass::CATALOG => {
            let schema = |row: &Row<PgClass>| row.oid(PgClass::relnamespace);
            let key = [(PgClass::oid, Key::Oid(reference.object))];
            find(now.snapshot(), index::CLASS_OID, &key, schema).is_some_and(is_in_temporary_schema)
        }
        PgProc::CATALOG => {
            let schema = |row: &Row<PgProc>| row.oid(PgProc::pronamespace);
            let key = [(PgProc::oid, Key::Oid(reference.object))];
            find(now.snapshot(), index::PROC_OID, &key, schema).is_some_and(is_in_temporary_schema)
        }
        PgNamespace::CATALOG => is_in_temporary_schema(reference.object),
        PgType::CATALOG => {
            let schema = |oid: &Oid| now.find_type(*oid, |row| row.oid(PgType::typnamespace));
            let components = super::type_structure::component_types(now, reference.object);
            let mut types = std::iter::once(&reference.object).chain(components.iter());
            types.any(|oid| schema(oid).is_some_and(is_in_temporary_schema))
        }
        _ => false,
    }
}
