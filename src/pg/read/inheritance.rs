//! Inheritance and partitioning of tables.

use std::collections::BTreeSet;
use std::rc::Rc;

use pgrx::pg_sys;

use super::asking::call_for_text;
use super::reader::{Reader, keep};
use crate::facts::{AttrNumber, Family, ObjectAddress, Oid, Relation};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgConstraint, PgInherits, PgPartitionedTable, index};
use crate::pg::scan::{Key, Row, find, scan};
use crate::rule::Catalog;

/// The tables that inherit from a table, directly and indirectly.
pub fn descendants(reader: &Reader, table: Oid) -> Vec<Oid> {
    let mut known = BTreeSet::from([table]);
    let mut descendants = vec![table];
    let mut next = 0;
    while let Some(parent) = descendants.get(next).copied() {
        next += 1;
        descendants.extend(children(reader, parent).into_iter().filter(|child| known.insert(*child)));
    }
    descendants.split_off(1)
}

/// The tables that inherit directly from a table, or its partitions.
pub fn children(reader: &Reader, table: Oid) -> Vec<Oid> {
    let mut children = Vec::new();
    scan(reader.snapshot(), index::INHERITS_PARENT, &[(PgInherits::inhparent, Key::Oid(table))], |row| {
        children.push(row.oid(PgInherits::inhrelid));
    });
    children
}

/// The tables from which a table inherits directly.
pub fn parents(reader: &Reader, table: Oid) -> Vec<Oid> {
    let mut parents = Vec::new();
    scan(reader.snapshot(), index::INHERITS_CHILD, &[(PgInherits::inhrelid, Key::Oid(table))], |row| {
        parents.push(row.oid(PgInherits::inhparent));
    });
    parents
}

/// The facts about these tables; they are kept.
pub fn read_parents(reader: &Reader, table: Oid) -> Rc<[Relation]> {
    let known = reader.parents.borrow().get(&table).cloned();
    known.unwrap_or_else(|| {
        let parents = parents(reader, table).into_iter();
        let parents = parents.filter_map(|parent| reader.read(ObjectAddress::Relation(parent)));
        let parents: Rc<[Relation]> = parents.collect();
        reader.parents.borrow_mut().insert(table, parents.clone());
        parents
    })
}

/// The names of the constraints that the tables have that inherit from a table, directly and indirectly.
pub fn names_of_descendants_constraints(reader: &Reader, table: Oid) -> Vec<String> {
    let mut names = BTreeSet::new();
    for descendant in descendants(reader, table) {
        let key = [(PgConstraint::conrelid, Key::Oid(descendant))];
        scan(reader.snapshot(), index::CONSTRAINT_RELATION, &key, |row| {
            names.insert(row.name(PgConstraint::conname));
        });
    }
    names.into_iter().collect()
}

/// The parents of a table, the bound that makes it a partition, and the key by which it is partitioned itself.
pub fn family(reader: &Reader, table: Oid) -> Family {
    let key = [(PgClass::oid, Key::Oid(table))];
    let facts = find(reader.snapshot(), index::CLASS_OID, &key, |row| {
        let bound = row.datum(PgClass::relpartbound).and_then(|tree| {
            // SAFETY: pg_get_expr takes a stored expression and the oid of its table, and returns a text.
            reader.ask_about(table, || unsafe { call_for_text(pg_sys::pg_get_expr, &[tree, table.into()]) })
        });
        (bound, row.char(PgClass::relkind))
    });
    let (bound, kind) = facts.unwrap_or_default();
    // SAFETY: pg_get_partkeydef takes the oid of a table and returns a text.
    let key = || unsafe { call_for_text(pg_sys::pg_get_partkeydef, &[table.into()]) };
    let partition_key = (kind == 'p').then(|| reader.ask_about(table, key)).flatten();
    let parents = parents(reader, table).into_iter().filter_map(|parent| reader.table_name(parent)).collect();
    Family { parents, bound, partition_key }
}

/// The columns by which a table is partitioned, `None` for an expression; empty for a table that is not partitioned.
pub fn partition_columns(reader: &Reader, table: Oid) -> Vec<Option<AttrNumber>> {
    keep(&reader.partition_columns, table, || {
        let key = [(PgPartitionedTable::partrelid, Key::Oid(table))];
        let numbers = |row: &Row<PgPartitionedTable>| row.numbers(PgPartitionedTable::partattrs);
        let numbers = find(reader.snapshot(), index::PARTITIONED_TABLE, &key, numbers).unwrap_or_default();
        numbers.into_iter().map(|number| (number != 0).then_some(number)).collect()
    })
}

/// The columns by which partitions of a table are partitioned in turn, as columns of the table, `None` for an expression.
pub fn partition_columns_below(reader: &Reader, table: Oid) -> Vec<Option<AttrNumber>> {
    keep(&reader.partition_columns_below, table, || {
        let mut columns = BTreeSet::new();
        for partition in descendants(reader, table) {
            // A column may have another number in each partition.
            let number = |column: AttrNumber| {
                let name = reader.find_column(partition, column, |row| row.name(PgAttribute::attname))?;
                let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attname, Key::Name(&name))];
                let number = |row: &Row<PgAttribute>| row.i16(PgAttribute::attnum);
                find(reader.snapshot(), index::ATTRIBUTE_RELATION_NAME, &keys, number)
            };
            columns.extend(partition_columns(reader, partition).into_iter().map(|column| column.and_then(number)));
        }
        columns.into_iter().collect()
    })
}
