//! What a table loses with the session's temporary objects. They are dropped at the end of the session, or by DISCARD
//! TEMP, for which PostgreSQL calls no event trigger.

use std::borrow::Cow;
use std::collections::BTreeSet;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid, Relation, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgConstraint, PgDepend, PgNamespace, index};
use crate::pg::scan::{CatalogColumn, Key, scan};

/// A table without the columns, constraints and indexes that go with a temporary object.
pub fn without_what_is_lost<'a>(table: &'a Relation, now: &Reader) -> Cow<'a, Relation> {
    let mut kept = Cow::Borrowed(table);
    if table.kind.is_table() && session_has_temporary_objects() {
        remove_what_is_lost(kept.to_mut(), now);
    }
    kept
}

fn remove_what_is_lost(table: &mut Relation, now: &Reader) {
    let mut search = Search { now, kept: BTreeSet::new() };
    if search.is_lost(Object { catalog: PgClass::CATALOG, oid: table.oid, column: 0 }) {
        // The table goes as a whole, with whatever is wrong with it.
        return;
    }
    let mut is_lost =
        |catalog: Oid, oid: Oid, column: AttrNumber| search.is_lost(Object { catalog, oid, column: column.into() });
    let lost_defaults: Vec<_> = defaults(table.oid, now)
        .into_iter()
        .filter(|(_, default)| is_lost(PgAttrdef::CATALOG, *default, 0))
        .map(|(column, _)| column)
        .collect();
    table.columns.retain(|column| !is_lost(PgClass::CATALOG, table.oid, column.number));
    table.constraints.retain(|constraint| !is_lost(PgConstraint::CATALOG, constraint.oid, 0));
    table.indexes.retain(|index| !is_lost(PgClass::CATALOG, index.oid, 0));
    for column in table.columns.iter_mut().filter(|column| lost_defaults.contains(&column.number)) {
        column.has_default = false;
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

/// An object, or one of its columns, as pg_depend names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Object {
    catalog: Oid,
    oid: Oid,
    /// 0 stands for the object as a whole.
    column: i32,
}

/// Finds out what goes with a temporary object.
struct Search<'a> {
    now: &'a Reader,
    /// What is known to stay.
    kept: BTreeSet<Object>,
}

impl Search<'_> {
    /// Whether an object is dropped together with a temporary one: it stands in a temporary schema, or what it depends
    /// on, directly or indirectly, does.
    fn is_lost(&mut self, object: Object) -> bool {
        let mut found = BTreeSet::from([object]);
        let mut waiting = vec![object];
        while let Some(object) = waiting.pop() {
            if object.oid < oids::FIRST_USER_OID || self.kept.contains(&object) {
                continue;
            }
            if object.catalog == PgNamespace::CATALOG {
                if self.now.schema_name(object.oid).starts_with("pg_temp") {
                    return true;
                }
                continue;
            }
            waiting.extend(self.taken_along_by(object).into_iter().filter(|other| found.insert(*other)));
        }
        self.kept.extend(found);
        false
    }

    /// The objects that take this one along when they are dropped.
    fn taken_along_by(&self, object: Object) -> Vec<Object> {
        let mut others = Vec::new();
        let keys = [(PgDepend::classid, Key::Oid(object.catalog)), (PgDepend::objid, Key::Oid(object.oid))];
        scan(self.now.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
            if row.i32(PgDepend::objsubid) == object.column && takes_dependents_along(row.char(PgDepend::deptype)) {
                others.push(Object {
                    catalog: row.oid(PgDepend::refclassid),
                    oid: row.oid(PgDepend::refobjid),
                    column: row.i32(PgDepend::refobjsubid),
                });
            }
        });
        if object.catalog == PgClass::CATALOG {
            if object.column != 0 {
                others.push(Object { column: 0, ..object });
            }
            // What is a part of the relation takes it along: the rule of a view, the expression of a generated column.
            let keys = [
                (PgDepend::refclassid, Key::Oid(object.catalog)),
                (PgDepend::refobjid, Key::Oid(object.oid)),
                (PgDepend::refobjsubid, Key::Int4(object.column)),
            ];
            scan(self.now.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
                if row.char(PgDepend::deptype) == INTERNAL {
                    others.push(Object {
                        catalog: row.oid(PgDepend::classid),
                        oid: row.oid(PgDepend::objid),
                        column: row.i32(PgDepend::objsubid),
                    });
                }
            });
        }
        others
    }
}

/// The kind of dependency that a part of an object has on the object.
const INTERNAL: char = 'i';

/// Whether what depends on an object in this way is dropped with it. What belongs to an extension, or is dropped with
/// one, has a way of its own.
fn takes_dependents_along(kind: char) -> bool {
    !matches!(kind, 'e' | 'x')
}
