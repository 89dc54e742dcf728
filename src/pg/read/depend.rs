//! pg_depend: which object depends on which.

use super::reader::Reader;
use crate::facts::Oid;
use crate::pg::scan::schema::{PgDepend, index};
use crate::pg::scan::{Key, scan};

/// An object, or one of its columns, as pg_depend names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    pub catalog: Oid,
    pub oid: Oid,
    /// 0 stands for the object as a whole.
    pub column: i32,
}

impl Object {
    /// An object as a whole.
    pub fn whole(catalog: Oid, oid: Oid) -> Self {
        Self { catalog, oid, column: 0 }
    }
}

/// The kind of dependency because of which an object cannot be dropped without CASCADE.
pub const NORMAL: char = 'n';
/// The kind of dependency that a part of an object has on the object.
pub const INTERNAL: char = 'i';

/// What depends on an object, each with the kind of the dependency (`pg_depend.deptype`), in the order in which it was
/// made. What depends on a column of a table does not depend on the table as a whole.
pub fn dependents(reader: &Reader, object: Object) -> Vec<(Object, char)> {
    scan_dependents(reader, object, &[(PgDepend::refobjsubid, Key::Int4(object.column))])
}

/// The same for an object as a whole and all of its columns.
pub fn dependents_of_parts(reader: &Reader, object: Object) -> Vec<(Object, char)> {
    scan_dependents(reader, object, &[])
}

fn scan_dependents(reader: &Reader, object: Object, column: &[(PgDepend, Key<'_>)]) -> Vec<(Object, char)> {
    let mut dependents = Vec::new();
    let object = [(PgDepend::refclassid, Key::Oid(object.catalog)), (PgDepend::refobjid, Key::Oid(object.oid))];
    let keys: Vec<_> = object.into_iter().chain(column.iter().copied()).collect();
    scan(reader.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
        let dependent = Object {
            catalog: row.oid(PgDepend::classid),
            oid: row.oid(PgDepend::objid),
            column: row.i32(PgDepend::objsubid),
        };
        dependents.push((dependent, row.char(PgDepend::deptype)));
    });
    dependents.sort_unstable();
    dependents
}

/// What an object depends on, each with the kind of the dependency.
pub fn dependencies(reader: &Reader, object: Object) -> Vec<(Object, char)> {
    let mut dependencies = Vec::new();
    let keys = [
        (PgDepend::classid, Key::Oid(object.catalog)),
        (PgDepend::objid, Key::Oid(object.oid)),
        (PgDepend::objsubid, Key::Int4(object.column)),
    ];
    scan(reader.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
        let referenced = Object {
            catalog: row.oid(PgDepend::refclassid),
            oid: row.oid(PgDepend::refobjid),
            column: row.i32(PgDepend::refobjsubid),
        };
        dependencies.push((referenced, row.char(PgDepend::deptype)));
    });
    dependencies
}
