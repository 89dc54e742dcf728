//! Finds the table or type that an object belongs to, and the tables and types that are built on another.

use std::collections::{BTreeMap, BTreeSet};

use super::Reader;
use super::depend::{Object, dependents_of_parts};
pub use super::inheritance::{descendants, parents};
use super::uses::{references, referencing_columns, row_type};
use crate::facts::{AttrNumber, ObjectAddress, Oid};
use crate::pg::scan::schema::{PgAttrdef, PgAttribute, PgClass, PgConstraint, PgDepend, PgIndex, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};

/// The table or type that an object belongs to: an index, constraint or default to its table; a table or type is one
/// itself. `None` for any other object, and for one that does not exist. `catalog` is the catalog in which the object's
/// oid stands.
pub fn table_or_type_of(reader: &Reader, catalog: Oid, object: Oid) -> Option<ObjectAddress> {
    let snapshot = reader.snapshot();
    match catalog {
        PgClass::CATALOG => {
            let key = [(PgClass::oid, Key::Oid(object))];
            match find(snapshot, index::CLASS_OID, &key, |row| row.char(PgClass::relkind))? {
                'r' | 'p' | 'f' | 'c' => Some(ObjectAddress::Relation(object)),
                'i' | 'I' => table_of_index(reader, object).map(ObjectAddress::Relation),
                _ => None,
            }
        }
        PgConstraint::CATALOG => {
            let key = [(PgConstraint::oid, Key::Oid(object))];
            find(snapshot, index::CONSTRAINT_OID, &key, |row| row.oid(PgConstraint::conrelid))
                .filter(|table| *table != 0)
                .map(ObjectAddress::Relation)
        }
        PgAttrdef::CATALOG => {
            let key = [(PgAttrdef::oid, Key::Oid(object))];
            find(snapshot, index::ATTRDEF_OID, &key, |row| row.oid(PgAttrdef::adrelid)).map(ObjectAddress::Relation)
        }
        PgType::CATALOG => {
            let key = [(PgType::oid, Key::Oid(object))];
            let kind = |row: &Row<PgType>| (row.char(PgType::typtype), row.oid(PgType::typrelid));
            match find(snapshot, index::TYPE_OID, &key, kind)? {
                ('c', relation) => Some(ObjectAddress::Relation(relation)),
                ('d' | 'e' | 'r', _) => Some(ObjectAddress::Type(object)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The table with the column that owns a sequence.
pub fn owner_of_sequence(reader: &Reader, sequence: Oid) -> Option<Oid> {
    let keys = [(PgDepend::classid, Key::Oid(PgClass::CATALOG)), (PgDepend::objid, Key::Oid(sequence))];
    let mut owner = None;
    scan(reader.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
        // Whatever else a sequence depends on (its schema, an extension) has no column.
        if row.oid(PgDepend::refclassid) == PgClass::CATALOG && row.i32(PgDepend::refobjsubid) > 0 {
            owner = Some(row.oid(PgDepend::refobjid));
        }
    });
    owner
}

/// The table of an index; `None` if there is no such index.
pub fn table_of_index(reader: &Reader, oid: Oid) -> Option<Oid> {
    let key = [(PgIndex::indexrelid, Key::Oid(oid))];
    find(reader.snapshot(), index::INDEX_OID, &key, |row| row.oid(PgIndex::indrelid))
}

/// The tables, composite types, ranges and domains that are built on a relation's row type, directly and indirectly. A
/// change of the relation's rows also changes those of the tables that inherit from it, so what is built on these is
/// found, too.
pub fn users_of_row_type(now: &Reader, relation: Oid) -> Vec<ObjectAddress> {
    let relations = std::iter::once(relation).chain(descendants(now, relation));
    users_of_types(now, relations.filter_map(|relation| row_type(now, relation)).collect())
}

/// The tables and types that are built on a type, directly and indirectly.
pub fn users_of_type(now: &Reader, oid: Oid) -> Vec<ObjectAddress> {
    users_of_types(now, vec![oid])
}

/// The tables and types that are built on the types in a schema, directly and indirectly.
pub fn users_of_types_in_schema(now: &Reader, schema: Oid) -> Vec<ObjectAddress> {
    let mut types = Vec::new();
    scan(now.snapshot(), index::NONE, &[], |row| {
        // What is built on an array is built on its elements.
        if row.oid(PgType::typnamespace) == schema && row.oid(PgType::typelem) == 0 {
            types.push(row.oid(PgType::oid));
        }
    });
    users_of_types(now, types)
}

/// The tables with foreign keys that refer to one of these tables, directly and indirectly, but for these.
pub fn referencing_tables(now: &Reader, tables: Vec<Oid>) -> Vec<Oid> {
    let mut known: BTreeSet<Oid> = tables.iter().copied().collect();
    let mut referencing = Vec::new();
    let mut waiting = tables;
    while let Some(referenced) = waiting.pop() {
        let parts = dependents_of_parts(now, Object::whole(PgClass::CATALOG, referenced));
        let constraints = parts.into_iter().filter(|(part, _)| part.catalog == PgConstraint::CATALOG);
        let owner = |(constraint, _): (Object, char)| table_or_type_of(now, constraint.catalog, constraint.oid);
        let owners = constraints.filter_map(owner).filter_map(ObjectAddress::relation);
        let new: Vec<Oid> = owners.filter(|owner| known.insert(*owner)).collect();
        referencing.extend(&new);
        waiting.extend(new);
    }
    referencing
}

/// The names of a table's columns, by number.
pub fn column_names(reader: &Reader, table: Oid) -> BTreeMap<AttrNumber, String> {
    let mut names = BTreeMap::new();
    let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attnum, Key::Above(0))];
    scan(reader.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
        names.insert(row.i16(PgAttribute::attnum), row.name(PgAttribute::attname));
    });
    names
}

/// The columns of a table that had another name at an earlier moment.
pub fn renamed_columns(now: &Reader, before: &Reader, table: Oid) -> Vec<AttrNumber> {
    let (old, new) = (column_names(before, table), column_names(now, table));
    new.into_iter().filter(|(number, name)| old.get(number).is_some_and(|old| old != name)).map(|(it, _)| it).collect()
}

/// The columns of a table that refer to other columns than at an earlier moment.
pub fn redirected_columns(now: &Reader, before: &Reader, table: Oid) -> BTreeSet<AttrNumber> {
    let targets = |reader| references(reader, table).into_iter().collect::<BTreeSet<_>>();
    targets(before).symmetric_difference(&targets(now)).map(|(column, _)| *column).collect()
}

/// The tables with columns that refer to a column, directly and indirectly.
pub fn tables_referring_to(now: &Reader, column: (Oid, AttrNumber)) -> BTreeSet<Oid> {
    let mut known = BTreeSet::from([column]);
    let mut tables = BTreeSet::new();
    let mut waiting = vec![column];
    while let Some((table, column)) = waiting.pop() {
        let referring = referencing_columns(now, table, column);
        let new: Vec<_> = referring.into_iter().filter(|column| known.insert(*column)).collect();
        tables.extend(new.iter().map(|(table, _)| *table));
        waiting.extend(new);
    }
    tables
}

fn users_of_types(now: &Reader, mut types: Vec<Oid>) -> Vec<ObjectAddress> {
    let mut users = BTreeSet::new();
    let mut known: BTreeSet<Oid> = types.iter().copied().collect();
    while let Some(oid) = types.pop() {
        let keys = [(PgDepend::refclassid, Key::Oid(PgType::CATALOG)), (PgDepend::refobjid, Key::Oid(oid))];
        let mut dependents = BTreeSet::new();
        scan(now.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
            dependents.insert((row.oid(PgDepend::classid), row.oid(PgDepend::objid)));
        });
        for (catalog, object) in dependents {
            let types_of_user: Vec<Oid> = match catalog {
                // Who inherits from a typed table has columns of the type, too.
                PgClass::CATALOG => {
                    let relations = std::iter::once(object).chain(descendants(now, object));
                    relations.filter_map(|relation| row_type(now, relation)).collect()
                }
                PgType::CATALOG => vec![object],
                _ => continue,
            };
            users.extend(table_or_type_of(now, catalog, object));
            types.extend(types_of_user.into_iter().filter(|oid| known.insert(*oid)));
        }
    }
    users.into_iter().collect()
}

/// The tables and types in a schema. No index of the catalogs begins with the schema, so pg_class and pg_type are read
/// as a whole.
pub fn objects_in_schema(schema: Oid, now: &Reader) -> Vec<ObjectAddress> {
    let mut objects = Vec::new();
    scan(now.snapshot(), index::NONE, &[], |row| {
        if row.oid(PgClass::relnamespace) == schema && matches!(row.char(PgClass::relkind), 'r' | 'p' | 'f' | 'c') {
            objects.push(ObjectAddress::Relation(row.oid(PgClass::oid)));
        }
    });
    scan(now.snapshot(), index::NONE, &[], |row| {
        if row.oid(PgType::typnamespace) == schema && matches!(row.char(PgType::typtype), 'd' | 'e' | 'r') {
            objects.push(ObjectAddress::Type(row.oid(PgType::oid)));
        }
    });
    objects
}
