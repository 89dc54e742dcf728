//! What uses a column.

use std::collections::BTreeSet;

use pgrx::{PgMemoryContexts, pg_sys};

use super::{DependentConstraint, Uses, names, with_followers};
use crate::facts::{AttrNumber, Oid, Use, UseKind};
use crate::pg::backend;
use crate::pg::read::depend::{INTERNAL, Object, dependencies, dependents};
use crate::pg::read::expression::reads_column;
use crate::pg::read::inheritance::{parents, partition_columns};
use crate::pg::read::reader::Reader;
use crate::pg::scan::schema::{PgAttrdef, PgAttribute, PgClass, PgConstraint, PgIndex, PgStatisticExt, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find};

/// What uses a table's column or a composite type's attribute, here and in the tables to which a change of it goes on.
pub fn column_uses(reader: &Reader, relation: Oid, column: AttrNumber) -> Vec<Use> {
    let mut uses = Uses::default();
    let Some(name) = reader.find_column(relation, column, |row| row.name(PgAttribute::attname)) else {
        return Vec::new();
    };
    let relations = with_followers(reader, relation);
    let family: BTreeSet<Oid> = relations.iter().copied().collect();
    let not_null = not_null_name(reader, relation, column);
    for table in relations {
        backend::check_for_interrupts();
        // A column may have another number in each child.
        let found = if table == relation { Some((column, 0)) } else { find_by_name(reader, table, &name) };
        let Some((number, times_inherited)) = found else { continue };
        let column =
            UsedColumn { reader, table, number, is_followed: table != relation, not_null: not_null.as_deref() };
        if column.is_followed && times_inherited > parents_within(reader, table, &family) {
            uses.add(UseKind::OtherParent, || names::of_relation(reader, table));
        }
        if column.is_partition_key() {
            uses.add(UseKind::PartitionKey, || format!("the partition key of {}", names::of_relation(reader, table)));
        }
        for (object, _) in dependents(reader, column.object()) {
            column.add_dependent(object, &mut uses);
        }
    }
    uses.found
}

/// Whether a partition or an inheritance child of a table has a column of this name.
pub fn descendants_have_column(reader: &Reader, table: Oid, name: &str) -> bool {
    let mut descendants = with_followers(reader, table).into_iter().filter(|other| *other != table);
    descendants.any(|descendant| find_by_name(reader, descendant, name).is_some())
}

/// The name of a column's NOT NULL constraint (PostgreSQL 18 and later).
fn not_null_name(reader: &Reader, table: Oid, column: AttrNumber) -> Option<String> {
    let object = Object { catalog: PgClass::CATALOG, oid: table, column: column.into() };
    let constraints =
        dependents(reader, object).into_iter().filter(|(other, _)| other.catalog == PgConstraint::CATALOG);
    let mut constraints = constraints.filter_map(|(other, _)| DependentConstraint::read(reader, other.oid));
    constraints.find(|constraint| constraint.kind == 'n' && constraint.table == table).map(|constraint| constraint.name)
}

/// The same column of the tables to which a change of it goes on, each with its table.
pub fn same_column_of_heirs(reader: &Reader, relation: Oid, column: AttrNumber) -> Vec<(Oid, AttrNumber)> {
    let name = reader.find_column(relation, column, |row| row.name(PgAttribute::attname));
    let Some(name) = name else { return Vec::new() };
    let heirs = with_followers(reader, relation).into_iter().filter(|table| *table != relation);
    heirs.filter_map(|table| Some((table, find_by_name(reader, table, &name)?.0))).collect()
}

/// The number of the column of this name, and how many parents have it.
fn find_by_name(reader: &Reader, table: Oid, name: &str) -> Option<(AttrNumber, usize)> {
    let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attname, Key::Name(name))];
    let facts = |row: &Row<PgAttribute>| (row.i16(PgAttribute::attnum), row.i16(PgAttribute::attinhcount) as usize);
    find(reader.snapshot(), index::ATTRIBUTE_RELATION_NAME, &keys, facts)
}

/// How many of a table's parents belong to a family of tables.
fn parents_within(reader: &Reader, table: Oid, family: &BTreeSet<Oid>) -> usize {
    parents(reader, table).iter().filter(|parent| family.contains(parent)).count()
}

/// A column whose uses are looked for.
struct UsedColumn<'a> {
    reader: &'a Reader,
    table: Oid,
    number: AttrNumber,
    /// It follows the column of another table, with which it is changed.
    is_followed: bool,
    /// The name of that column's NOT NULL constraint.
    not_null: Option<&'a str>,
}

impl UsedColumn<'_> {
    fn object(&self) -> Object {
        Object { catalog: PgClass::CATALOG, oid: self.table, column: self.number.into() }
    }

    /// Whether the column is part of its table's partition key or is read by an expression of it. PostgreSQL notes that
    /// the column is a part of the table, so that it cannot be dropped by itself.
    fn is_partition_key(&self) -> bool {
        let table = Object::whole(PgClass::CATALOG, self.table);
        !partition_columns(self.reader, self.table).is_empty()
            && dependencies(self.reader, self.object()).contains(&(table, INTERNAL))
    }

    /// Adds an object that depends on the column. What a descendant has from its parent is found there.
    fn add_dependent(&self, object: Object, uses: &mut Uses) {
        match object.catalog {
            // Up to PostgreSQL 14 it is the generated column that depends, not its expression.
            PgClass::CATALOG if object.column != 0 => {
                self.add_other_column(object.oid, object.column as AttrNumber, uses);
            }
            PgClass::CATALOG => self.add_index(object.oid, uses),
            PgConstraint::CATALOG => self.add_constraint(object.oid, uses),
            PgAttrdef::CATALOG => self.add_default(object.oid, uses),
            PgStatisticExt::CATALOG if !self.is_in_expression_of_statistics(object.oid) => {}
            _ => uses.add_dependent(self.reader, object),
        }
    }

    /// Adds an index; the other relations that may depend on a column are the sequences that it owns.
    fn add_index(&self, oid: Oid, uses: &mut Uses) {
        let key = [(PgIndex::indexrelid, Key::Oid(oid))];
        let found = find(self.reader.snapshot(), index::INDEX_OID, &key, |row| IndexUse::read(row, self));
        let key = [(PgClass::oid, Key::Oid(oid))];
        let facts = |row: &Row<PgClass>| {
            (row.name(PgClass::relname), row.oid(PgClass::relam), row.bool(PgClass::relispartition, false))
        };
        let facts = find(self.reader.snapshot(), index::CLASS_OID, &key, facts);
        let (Some(found), Some((name, method, has_parent))) = (found, facts) else { return };
        if has_parent && self.is_followed {
            return;
        }
        match (found.in_expression, found.excludes) {
            // The constraint has the name of its index.
            (true, true) => {
                uses.add(UseKind::Exclusion, || names::of_part(self.reader, "exclusion constraint", &name, found.table))
            }
            (true, false) => uses.add(UseKind::IndexExpression, || names::of_relation(self.reader, oid)),
            (false, _) => {}
        }
        if found.positions.iter().any(|position| found.has_own_class(self, oid, method, *position)) {
            uses.add(UseKind::IndexClass, || names::of_relation(self.reader, oid));
        }
    }

    fn add_constraint(&self, oid: Oid, uses: &mut Uses) {
        let Some(constraint) = DependentConstraint::read(self.reader, oid) else { return };
        // PostgreSQL would make it anew, beside the one that the column has from its parent, and fails.
        let is_other_not_null = self.not_null.is_some_and(|name| constraint.kind == 'n' && constraint.name != name);
        if is_other_not_null && self.is_followed && constraint.inherited && constraint.is_local {
            uses.add(UseKind::NotNullOfHeir, || constraint.full_name(self.reader, "NOT NULL constraint"));
        }
        let has_parent = constraint.inherited || constraint.parent != 0;
        if has_parent && self.is_followed || constraint.is_helper(self.reader) {
            return;
        }
        let name = |noun| constraint.full_name(self.reader, noun);
        match constraint.kind {
            'c' => uses.add(UseKind::Check, || name("check constraint")),
            'x' => uses.add(UseKind::Exclusion, || name("exclusion constraint")),
            'f' => {
                if constraint.table == self.table && constraint.columns.contains(&self.number) {
                    uses.add(UseKind::ForeignKey, || name("foreign key"));
                }
                if constraint.referenced_table == self.table && constraint.referenced_columns.contains(&self.number) {
                    uses.add_referencing_key(self.reader, &constraint);
                }
            }
            _ => {}
        }
    }

    /// Adds the column to which a default or generation expression belongs.
    fn add_default(&self, oid: Oid, uses: &mut Uses) {
        let key = [(PgAttrdef::oid, Key::Oid(oid))];
        let column = |row: &Row<PgAttrdef>| (row.oid(PgAttrdef::adrelid), row.i16(PgAttrdef::adnum));
        if let Some((table, number)) = find(self.reader.snapshot(), index::ATTRDEF_OID, &key, column) {
            self.add_other_column(table, number, uses);
        }
    }

    /// Adds another column whose expression reads this one.
    fn add_other_column(&self, table: Oid, number: AttrNumber, uses: &mut Uses) {
        if (table, number) == (self.table, self.number) {
            return;
        }
        let facts = |row: &Row<PgAttribute>| {
            (row.char(PgAttribute::attgenerated) != '\0', row.bool(PgAttribute::attislocal, true))
        };
        match self.reader.find_column(table, number, facts) {
            Some((true, is_local)) if is_local || !self.is_followed => {
                uses.add(UseKind::GeneratedColumn, || names::of_column(self.reader, "generated column", table, number));
            }
            // A default may read a field of a composite value.
            Some((false, _)) => {
                uses.add(UseKind::Other, || names::of_column(self.reader, "the default of column", table, number));
            }
            _ => {}
        }
    }

    fn is_in_expression_of_statistics(&self, oid: Oid) -> bool {
        let key = [(PgStatisticExt::oid, Key::Oid(oid))];
        let reads = |row: &Row<PgStatisticExt>| expression_reads(row, PgStatisticExt::stxexprs, self.number);
        find(self.reader.snapshot(), index::STATISTIC_EXT_OID, &key, reads).unwrap_or_default()
    }
}

/// Whether a stored expression reads a column. What that takes is freed at once: an expression can be long, and each column
/// that it reads asks.
fn expression_reads<C: CatalogColumn>(row: &Row<C>, tree: C, column: AttrNumber) -> bool {
    let reads = || row.text(tree).is_some_and(|tree| reads_column(tree, column));
    // SAFETY: nothing that is allocated in the new context outlives it.
    unsafe { PgMemoryContexts::new("pg_guardrail expression").switch_to(|_| reads()) }
}

/// How an index uses a column.
struct IndexUse {
    table: Oid,
    /// An expression or the condition of the index reads it.
    in_expression: bool,
    /// The index enforces an exclusion constraint.
    excludes: bool,
    /// The positions at which it is a plain column of the key.
    positions: Vec<usize>,
    operator_classes: Vec<Oid>,
    collations: Vec<Oid>,
}

impl IndexUse {
    fn read(row: &Row<PgIndex>, column: &UsedColumn<'_>) -> Self {
        let table = row.oid(PgIndex::indrelid);
        let is_of_its_table = table == column.table;
        let reads = |tree| expression_reads(row, tree, column.number);
        let key = row.numbers(PgIndex::indkey).into_iter().take(row.i16(PgIndex::indnkeyatts) as usize);
        let positions = key.enumerate().filter(|(_, number)| is_of_its_table && *number == column.number);
        Self {
            table,
            // The index of another table can read an attribute only in an expression.
            in_expression: !is_of_its_table || reads(PgIndex::indexprs) || reads(PgIndex::indpred),
            excludes: row.bool(PgIndex::indisexclusion, false),
            positions: positions.map(|(position, _)| position).collect(),
            operator_classes: row.oids(PgIndex::indclass),
            collations: row.oids(PgIndex::indcollation),
        }
    }

    /// Whether the definition of the index names an operator class or a collation for the column at a position. When the
    /// index is built again for another type, PostgreSQL keeps what is named.
    fn has_own_class(&self, column: &UsedColumn<'_>, oid: Oid, method: Oid, position: usize) -> bool {
        let facts = |row: &Row<PgAttribute>| (row.oid(PgAttribute::atttypid), row.oid(PgAttribute::attcollation));
        let (data_type, own_collation) =
            column.reader.find_column(column.table, column.number, facts).unwrap_or_default();
        // SAFETY: a look-up in the catalogs. A type that does not exist has no operator class.
        let default_class = unsafe { pg_sys::GetDefaultOpClass(data_type.into(), method.into()).to_u32() };
        let collation = self.collations.get(position).copied().unwrap_or_default();
        let has_options = |row: &Row<PgAttribute>| row.datum(PgAttribute::attoptions).is_some();
        self.operator_classes.get(position) != Some(&default_class)
            || (collation != 0 && collation != own_collation)
            || column.reader.find_column(oid, position as AttrNumber + 1, has_options) == Some(true)
    }
}
