//! What relies on an index or a constraint, so that it cannot be dropped or should not be.

use std::collections::BTreeSet;

use super::{DependentConstraint, Uses, names};
use crate::facts::{AttrNumber, Oid, Use, UseKind};
use crate::pg::backend;
use crate::pg::read::depend::{INTERNAL, NORMAL, Object, dependencies, dependents};
use crate::pg::read::reader::Reader;
use crate::pg::read::serial::sequence_and_default;
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgConstraint, PgIndex, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find};

/// What relies on an index, also the constraint that it enforces.
pub fn index_uses(reader: &Reader, oid: Oid) -> Vec<Use> {
    let mut uses = Uses::default();
    let index = Object::whole(PgClass::CATALOG, oid);
    for (object, kind) in dependencies(reader, index) {
        if kind == INTERNAL && object.catalog == PgConstraint::CATALOG {
            add_enforced_constraint(reader, object.oid, &mut uses);
        }
    }
    add_what_relies_on(reader, index, &mut uses);
    uses.found
}

/// What relies on a constraint, or on the index that enforces it.
pub fn constraint_uses(reader: &Reader, oid: Oid) -> Vec<Use> {
    let mut uses = Uses::default();
    add_what_relies_on(reader, Object::whole(PgConstraint::CATALOG, oid), &mut uses);
    uses.found
}

/// What uses the sequence of a serial column, apart from the column's own default.
pub fn sequence_uses(reader: &Reader, table: Oid, column: AttrNumber) -> Vec<Use> {
    let mut uses = Uses::default();
    let Some((sequence, default)) = sequence_and_default(reader, table, column) else { return Vec::new() };
    for (object, kind) in dependents(reader, Object::whole(PgClass::CATALOG, sequence)) {
        if kind == NORMAL && (object.catalog, object.oid) != (PgAttrdef::CATALOG, default) {
            uses.add(UseKind::Other, || names::of_any(reader, object));
        }
    }
    uses.found
}

/// What uses a domain: columns, functions, other domains.
pub fn domain_uses(reader: &Reader, domain: Oid) -> Vec<Use> {
    let mut uses = Uses::default();
    let mut waiting = vec![domain];
    while let Some(data_type) = waiting.pop() {
        for (object, kind) in dependents(reader, Object::whole(PgType::CATALOG, data_type)) {
            match (kind, object.catalog) {
                // The type of its arrays.
                (INTERNAL, PgType::CATALOG) => waiting.push(object.oid),
                (NORMAL, _) => uses.add(UseKind::RowType, || names::of_any(reader, object)),
                _ => {}
            }
        }
    }
    uses.found
}

fn add_enforced_constraint(reader: &Reader, oid: Oid, uses: &mut Uses) {
    let Some(constraint) = DependentConstraint::read(reader, oid) else { return };
    let noun = match constraint.kind {
        'p' => "primary key",
        'u' => "unique constraint",
        _ => "exclusion constraint",
    };
    uses.add(UseKind::Constraint, || constraint.full_name(reader, noun));
}

/// Adds what relies on an object and on the parts that are dropped together with it: its index, the indexes and
/// constraints of partitions, its triggers.
fn add_what_relies_on(reader: &Reader, object: Object, uses: &mut Uses) {
    let mut dropped = BTreeSet::from([object]);
    let mut waiting = vec![object];
    let mut relying = Vec::new();
    while let Some(object) = waiting.pop() {
        backend::check_for_interrupts();
        if object.catalog == PgClass::CATALOG {
            add_marks_of_index(reader, object.oid, uses);
        }
        for (dependent, kind) in dependents(reader, object) {
            match kind {
                NORMAL => relying.push(dependent),
                _ if dropped.insert(dependent) => waiting.push(dependent),
                _ => {}
            }
        }
    }
    for object in relying.into_iter().filter(|object| !dropped.contains(object)) {
        match object.catalog {
            PgConstraint::CATALOG => {
                if let Some(key) = DependentConstraint::read(reader, object.oid) {
                    uses.add_referencing_key(reader, &key);
                }
            }
            _ => uses.add_dependent(reader, object),
        }
    }
}

/// Adds what a table has chosen an index for.
fn add_marks_of_index(reader: &Reader, oid: Oid, uses: &mut Uses) {
    let key = [(PgIndex::indexrelid, Key::Oid(oid))];
    let marks = |row: &Row<PgIndex>| {
        let marks = [row.bool(PgIndex::indisreplident, false), row.bool(PgIndex::indisclustered, false)];
        (row.oid(PgIndex::indrelid), marks)
    };
    let Some((table, [identifies, orders])) = find(reader.snapshot(), index::INDEX_OID, &key, marks) else { return };
    if identifies {
        uses.add(UseKind::ReplicaIdentity, || format!("the replica identity of {}", names::of_relation(reader, table)));
    }
    if orders {
        uses.add(UseKind::Cluster, || format!("CLUSTER of {}", names::of_relation(reader, table)));
    }
}
