//! What a table loses with the session's temporary objects. They are dropped at the end of the session, or by DISCARD
//! TEMP, for which PostgreSQL calls no event trigger.

use std::borrow::Cow;
use std::collections::BTreeSet;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid, Relation, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgConstraint, PgDepend, PgNamespace, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, scan};

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

/// Whether what is referred to is temporary: it stands in a temporary schema, or is a domain, an array, a function or the
/// like that depends on something that does. A table that depends on it only loses a column.
fn is_temporary(reference: &Reference, now: &Reader) -> bool {
    let mut known = BTreeSet::new();
    let mut waiting = vec![(reference.catalog, reference.object)];
    while let Some((catalog, object)) = waiting.pop() {
        if object < oids::FIRST_USER_OID || !known.insert((catalog, object)) {
            continue;
        }
        if now.schema_name(schema_of(catalog, object)).starts_with("pg_temp") {
            return true;
        }
        if catalog == PgType::CATALOG {
            let components = super::type_structure::component_types(now, object);
            waiting.extend(components.iter().map(|component| (PgType::CATALOG, *component)));
        }
        if catalog != PgClass::CATALOG {
            let references = references(catalog, object, now);
            waiting.extend(references.iter().map(|reference| (reference.catalog, reference.object)));
        }
    }
    false
}

/// The schema that an object stands in, or that it is; 0 for an object without a schema.
fn schema_of(catalog: Oid, object: Oid) -> Oid {
    if catalog == PgNamespace::CATALOG {
        return object;
    }
    let address = pg_sys::ObjectAddress { classId: catalog.into(), objectId: object.into(), objectSubId: 0 };
    // SAFETY: a look-up in the catalog caches for an object that another depends on, so that it exists.
    unsafe { pg_sys::get_object_namespace(&address).to_u32() }
}
