//! What uses a column, a row type, an index or a constraint, mostly as pg_depend knows it. All of it is as of now.

mod column;
mod dropped;
mod names;
mod referencing;
mod row_type;
#[cfg(feature = "pg_test")]
mod tests;

pub use column::{column_uses, descendants_have_column, same_column_of_heirs};
pub use dropped::{constraint_uses, domain_uses, index_uses, sequence_uses};
pub use referencing::{references, referencing_columns};
pub use row_type::{row_type, row_type_uses};

use std::collections::BTreeSet;

use super::depend::Object;
use super::inheritance::descendants;
use super::reader::{Reader, keep};
use crate::facts::{AttrNumber, Oid, Use, UseKind};
use crate::pg::scan::schema::{
    PgClass, PgConstraint, PgDepend, PgPolicy, PgProc, PgPublicationRel, PgRewrite, PgStatisticExt, PgTrigger, PgType,
    index,
};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};
use crate::sql;

/// How many uses of a kind are listed.
const MAX_OF_A_KIND: usize = 20;

/// The uses that have been found, each once.
#[derive(Default)]
struct Uses {
    found: Vec<Use>,
}

impl Uses {
    /// Adds a use, unless enough of its kind are known.
    fn add(&mut self, kind: UseKind, name: impl FnOnce() -> String) {
        if self.found.iter().filter(|other| other.kind == kind).count() < MAX_OF_A_KIND {
            let new = Use { kind, name: sql::on_one_line(&name()).into_owned() };
            if !self.found.contains(&new) {
                self.found.push(new);
            }
        }
    }

    /// Adds an object that depends on something, if it is of a kind that is the same use whatever it depends on. What a
    /// partition has from its parent is left out.
    fn add_dependent(&mut self, reader: &Reader, object: Object) {
        match object.catalog {
            PgRewrite::CATALOG => self.add(UseKind::View, || names::of_rule(reader, object.oid)),
            PgPolicy::CATALOG => self.add(UseKind::Policy, || names::of_policy(reader, object.oid)),
            PgProc::CATALOG => self.add(UseKind::Function, || names::of_function(reader, object.oid)),
            PgPublicationRel::CATALOG => {
                self.add(UseKind::Publication, || names::of_publication_of_table(reader, object.oid));
            }
            PgStatisticExt::CATALOG => self.add(UseKind::Statistics, || names::of_statistics(reader, object.oid)),
            PgTrigger::CATALOG => {
                let key = [(PgTrigger::oid, Key::Oid(object.oid))];
                let is_own = |row: &Row<PgTrigger>| {
                    !row.bool(PgTrigger::tgisinternal, false) && row.oid(PgTrigger::tgparentid) == 0
                };
                if find(reader.snapshot(), index::TRIGGER_OID, &key, is_own) == Some(true) {
                    self.add(UseKind::Trigger, || names::of_trigger(reader, object.oid));
                }
            }
            _ => self.add(UseKind::Other, || names::of_any(reader, object)),
        }
    }

    /// Adds a foreign key that refers to something, unless a partition has it from its parent.
    fn add_referencing_key(&mut self, reader: &Reader, key: &DependentConstraint) {
        if key.parent == 0 {
            self.add(UseKind::ReferencingKey, || key.full_name(reader, "foreign key"));
        }
    }
}

/// A constraint that depends on something.
struct DependentConstraint {
    name: String,
    /// `pg_constraint.contype`.
    kind: char,
    /// 0 for that of a domain.
    table: Oid,
    domain: Oid,
    columns: Vec<AttrNumber>,
    referenced_table: Oid,
    referenced_columns: Vec<AttrNumber>,
    /// The constraint of a partitioned table from which it comes; 0 if it stands for itself.
    parent: Oid,
    /// Its table has it from a parent.
    inherited: bool,
    /// Its table has it for itself, too.
    is_local: bool,
}

impl DependentConstraint {
    fn read(reader: &Reader, oid: Oid) -> Option<Self> {
        find(reader.snapshot(), index::CONSTRAINT_OID, &[(PgConstraint::oid, Key::Oid(oid))], |row| Self {
            name: row.name(PgConstraint::conname),
            kind: row.char(PgConstraint::contype),
            table: row.oid(PgConstraint::conrelid),
            domain: row.oid(PgConstraint::contypid),
            columns: row.numbers(PgConstraint::conkey),
            referenced_table: row.oid(PgConstraint::confrelid),
            referenced_columns: row.numbers(PgConstraint::confkey),
            parent: row.oid(PgConstraint::conparentid),
            inherited: row.i16(PgConstraint::coninhcount) > 0,
            is_local: row.bool(PgConstraint::conislocal, true),
        })
    }

    /// Whether it is one of those that PostgreSQL adds to a foreign key for the partitions of the referenced table.
    fn is_helper(&self, reader: &Reader) -> bool {
        self.parent != 0 && Self::read(reader, self.parent).is_some_and(|parent| parent.table == self.table)
    }

    fn full_name(&self, reader: &Reader, noun: &str) -> String {
        match self.table {
            0 => format!("{noun} {} of {}", sql::quote(&self.name), names::of_domain(reader, self.domain)),
            table => names::of_part(reader, noun, &self.name, table),
        }
    }
}

/// A table or composite type, and the tables to which a change of its columns goes on: descendants and, of a type, the
/// tables that are made OF it.
fn with_followers(reader: &Reader, relation: Oid) -> Vec<Oid> {
    keep(&reader.followers, relation, || find_with_followers(reader, relation))
}

fn find_with_followers(reader: &Reader, relation: Oid) -> Vec<Oid> {
    let mut known = BTreeSet::from([relation]);
    let mut followers = vec![relation];
    for root in std::iter::once(relation).chain(typed_tables(reader, relation)) {
        followers.extend(std::iter::once(root).chain(descendants(reader, root)).filter(|table| known.insert(*table)));
    }
    followers
}

/// The tables that are made OF a composite type.
pub fn typed_tables(reader: &Reader, relation: Oid) -> Vec<Oid> {
    let of_class = |oid: Oid| {
        let key = [(PgClass::oid, Key::Oid(oid))];
        let facts =
            |row: &Row<PgClass>| (row.char(PgClass::relkind), row.oid(PgClass::reltype), row.oid(PgClass::reloftype));
        find(reader.snapshot(), index::CLASS_OID, &key, facts)
    };
    let Some(('c', row_type, _)) = of_class(relation) else { return Vec::new() };
    let mut dependents = Vec::new();
    let keys = [(PgDepend::refclassid, Key::Oid(PgType::CATALOG)), (PgDepend::refobjid, Key::Oid(row_type))];
    scan(reader.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
        if row.oid(PgDepend::classid) == PgClass::CATALOG && row.i32(PgDepend::objsubid) == 0 {
            dependents.push(row.oid(PgDepend::objid));
        }
    });
    dependents.retain(|oid| of_class(*oid).is_some_and(|(_, _, type_of_table)| type_of_table == row_type));
    dependents
}
