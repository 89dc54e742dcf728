//! What a table loses with temporary objects, this session's or another one's. They are dropped at the end of their
//! session, or by DISCARD TEMP, for which PostgreSQL calls no event trigger.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use pgrx::pg_sys;

use super::depend::{INTERNAL, Object, dependencies, dependents, dependents_of_parts};
use super::dependents::{column_names, table_or_type_of};
use super::reader::Reader;
use crate::facts::{AttrNumber, ObjectAddress, Oid, Relation, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgConstraint, PgNamespace, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, scan};
use crate::rule::Catalog;

/// Whether there may be temporary objects in the database.
pub fn may_exist(now: &Reader) -> bool {
    now.sees_temporary_objects(some_session_has_temporary_objects)
}

/// Whether a table or type is temporary itself: it stands in the schema of a session.
pub fn is_temporary(object: ObjectAddress, reader: &Reader) -> bool {
    let schema = match object {
        ObjectAddress::Relation(oid) => reader.table_name(oid).map(|name| name.schema),
        ObjectAddress::Type(oid) => {
            reader.find_type(oid, |row| row.oid(PgType::typnamespace)).map(|schema| reader.schema_name(schema))
        }
    };
    schema.is_some_and(|schema| schema.starts_with("pg_temp"))
}

/// A table without the columns, constraints and indexes that go with a temporary object.
pub fn without_what_is_lost<'a>(table: &'a Relation, now: &Reader) -> Cow<'a, Relation> {
    let mut kept = Cow::Borrowed(table);
    if table.kind.is_table() && may_exist(now) {
        remove_what_is_lost(kept.to_mut(), now);
    }
    kept
}

fn remove_what_is_lost(table: &mut Relation, now: &Reader) {
    let search = Search { now };
    if search.is_lost(Object::whole(PgClass::CATALOG, table.oid)) {
        // The table goes as a whole, with whatever is wrong with it.
        return;
    }
    let is_lost =
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

/// Whether an object that is not temporary itself goes with a temporary one.
pub fn is_lost(catalog: Oid, object: Oid, now: &Reader) -> bool {
    let (search, whole) = (Search { now }, Object::whole(catalog, object));
    let is_temporary = || match catalog {
        PgClass::CATALOG => is_temporary(ObjectAddress::Relation(object), now),
        PgType::CATALOG => is_temporary(ObjectAddress::Type(object), now),
        _ => dependencies(now, whole).into_iter().any(|(other, _)| search.is_temporary_schema(other)),
    };
    may_exist(now) && search.is_lost(whole) && !is_temporary()
}

/// The tables that stay and lose something if an object, or a column of it, goes with a temporary one: those that it is built
/// into, directly and indirectly. None if it stays.
pub fn tables_that_lose_something_with(catalog: Oid, object: Oid, now: &Reader) -> BTreeSet<ObjectAddress> {
    let mut tables = BTreeSet::new();
    if !may_exist(now) {
        return tables;
    }
    let search = Search { now };
    let columns = if catalog == PgClass::CATALOG { column_names(now, object) } else { BTreeMap::new() };
    let parts = std::iter::once(0).chain(columns.into_keys()).map(|column| Object {
        catalog,
        oid: object,
        column: column.into(),
    });
    let mut waiting: Vec<Object> = parts.filter(|part| search.is_lost(*part)).collect();
    let mut lost: BTreeSet<Object> = waiting.iter().copied().collect();
    while let Some(object) = waiting.pop() {
        let owner = table_or_type_of(now, object.catalog, object.oid);
        tables.extend(owner.filter(|owner| !is_temporary(*owner, now)));
        waiting.extend(search.takes_along(object).into_iter().filter(|other| lost.insert(*other)));
    }
    tables
}

/// The columns of a table that have defaults, with the oids of these.
fn defaults(table: Oid, now: &Reader) -> Vec<(AttrNumber, Oid)> {
    let mut defaults = Vec::new();
    scan(now.snapshot(), index::ATTRDEF_RELATION_NUMBER, &[(PgAttrdef::adrelid, Key::Oid(table))], |row| {
        defaults.push((row.i16(PgAttrdef::adnum), row.oid(PgAttrdef::oid)));
    });
    defaults
}

/// Whether this session has a schema for temporary objects, or another one that is connected to the same database.
fn some_session_has_temporary_objects() -> bool {
    let (mut schema, mut toast_schema) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
    // SAFETY: writes two oids to the variables above.
    unsafe { pg_sys::GetTempNamespaceState(&mut schema, &mut toast_schema) };
    schema != pg_sys::InvalidOid || another_session_has_temporary_objects()
}

fn another_session_has_temporary_objects() -> bool {
    // SAFETY: the array of all sessions stays where it is in shared memory as long as the server runs, and has that many
    // entries. What another session writes there is read without a lock, as PostgreSQL does: these are single numbers,
    // which may be those of a moment ago.
    unsafe {
        let sessions = &*pg_sys::ProcGlobal;
        (0..sessions.allProcCount as usize).any(|at| {
            let session = sessions.allProcs.add(at);
            (&raw const (*session).databaseId).read_volatile() == pg_sys::MyDatabaseId
                && (&raw const (*session).tempNamespaceId).read_volatile() != pg_sys::InvalidOid
                // The entry of a session that has ended keeps its numbers until another one gets it.
                && pg_sys::BackendPidGetProc((&raw const (*session).pid).read_volatile()) == session
        })
    }
}

/// Finds out what goes with a temporary object.
struct Search<'a> {
    now: &'a Reader,
}

impl Search<'_> {
    /// Whether an object is dropped together with a temporary one: it stands in a temporary schema, or what it depends
    /// on, directly or indirectly, does.
    fn is_lost(&self, object: Object) -> bool {
        let mut found = BTreeSet::from([object]);
        let mut waiting = vec![object];
        while let Some(object) = waiting.pop() {
            if object.oid < oids::FIRST_USER_OID || self.now.lasting.borrow().contains(&object) {
                continue;
            }
            if object.catalog == PgNamespace::CATALOG {
                if self.is_temporary_schema(object) {
                    return true;
                }
                continue;
            }
            waiting.extend(self.taken_along_by(object).into_iter().filter(|other| found.insert(*other)));
        }
        self.now.lasting.borrow_mut().extend(found);
        false
    }

    fn is_temporary_schema(&self, object: Object) -> bool {
        object.catalog == PgNamespace::CATALOG && self.now.schema_name(object.oid).starts_with("pg_temp")
    }

    /// The objects that take this one along when they are dropped.
    fn taken_along_by(&self, object: Object) -> Vec<Object> {
        let mut others: Vec<Object> = dependencies(self.now, object).into_iter().map(|(other, _)| other).collect();
        if object.catalog == PgClass::CATALOG {
            if object.column != 0 {
                others.push(Object { column: 0, ..object });
            }
            // What is a part of the relation takes it along: the rule of a view, the expression of a generated column.
            let parts = dependents(self.now, object).into_iter().filter(|(_, kind)| *kind == INTERNAL);
            others.extend(parts.map(|(part, _)| part));
        }
        others
    }

    /// The objects that this one takes along when it is dropped; [`Self::taken_along_by`] the other way round.
    fn takes_along(&self, object: Object) -> Vec<Object> {
        let is_whole_relation = object.catalog == PgClass::CATALOG && object.column == 0;
        let direct = if is_whole_relation { dependents_of_parts } else { dependents };
        let dependents = direct(self.now, object).into_iter().map(|(other, _)| other);
        let is_relation = |(other, kind): &(Object, char)| *kind == INTERNAL && other.catalog == PgClass::CATALOG;
        let part_of = dependencies(self.now, object).into_iter().filter(is_relation).map(|(other, _)| other);
        dependents.chain(part_of).collect()
    }
}
