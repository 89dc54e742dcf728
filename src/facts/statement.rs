//! What statements and transactions do.

use std::collections::BTreeSet;

use super::{AttrNumber, Column, Constraint, ConstraintKind, Oid, QualifiedName, Relation};

/// A position in the sequence of a transaction's changes (PostgreSQL's command id).
pub type CommandId = u32;

/// The object that facts are read about, as PostgreSQL addresses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectAddress {
    /// A table or a composite type, by `pg_class.oid`.
    Relation(Oid),
    /// A domain, an enum or a range, by `pg_type.oid`.
    Type(Oid),
}

impl ObjectAddress {
    /// The `pg_class.oid` of a table or composite type.
    pub fn relation(self) -> Option<Oid> {
        if let Self::Relation(oid) = self { Some(oid) } else { None }
    }
}

/// What a statement is about to do, as far as its parse tree tells. The closures look into the catalogs or into the text
/// of the command, so they run only when a rule asks.
#[derive(Clone)]
pub struct Intent<'a> {
    /// The command tag, `DROP INDEX` for example.
    pub command: String,
    /// The session's application_name.
    pub application: String,
    /// The relations that the statement is about, without temporary ones; `None` where it is about something else.
    pub relations: &'a dyn Fn() -> Option<Vec<QualifiedName>>,
    /// The names that the statement gives and that are longer than PostgreSQL keeps.
    pub long_names: &'a dyn Fn() -> Vec<LongName>,
    /// The tables and columns that the statement names to be dropped. Their rows are counted up to the number that is
    /// given.
    pub dropped_data: &'a dyn Fn(f64) -> Vec<DroppedData>,
}

impl Default for Intent<'_> {
    fn default() -> Self {
        Self {
            command: String::new(),
            application: String::new(),
            relations: &|| None,
            long_names: &Vec::new,
            dropped_data: &|_| Vec::new(),
        }
    }
}

/// A name that PostgreSQL has cut.
#[derive(Clone, Debug, PartialEq)]
pub struct LongName {
    pub written: String,
    pub kept: String,
}

/// A table or a column that is about to be dropped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DroppedData {
    pub oid: Oid,
    pub table: QualifiedName,
    /// The column; `None` where the whole table is dropped.
    pub column: Option<String>,
    /// The column's number; 0 where the whole table is dropped.
    pub number: AttrNumber,
    /// The names of all of the table's columns.
    pub table_columns: Vec<String>,
    /// The statement drops it with CASCADE.
    pub cascade: bool,
    /// The statement also does something else than to drop columns.
    pub does_more: bool,
    /// How many rows are lost, or how many rows with a value in the column: counted, or estimated where the table is
    /// big.
    pub rows: f64,
}

/// What a transaction has done.
pub struct Transaction<'a> {
    /// The tables that it created, changed or dropped, without exempt ones; looked up only when a rule asks.
    pub changed_tables: &'a dyn Fn() -> Vec<QualifiedName>,
}

/// What a CREATE TABLE with LIKE writes itself, beside what LIKE copies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    pub columns: Vec<String>,
    /// Its primary keys, unique and exclusion constraints, with their columns.
    pub keys: Vec<(ConstraintKind, Vec<String>)>,
}

impl Written {
    /// Whether the statement writes this column.
    pub fn has_column(&self, column: &Column) -> bool {
        self.columns.contains(&column.name)
    }

    /// Whether the statement writes this constraint, one of the table that it has made. LIKE copies no foreign keys, and
    /// checks only as `copied_checks`.
    pub fn has_constraint(&self, constraint: &Constraint, table: &Relation, copied_checks: &BTreeSet<Oid>) -> bool {
        match constraint.kind {
            ConstraintKind::ForeignKey => true,
            ConstraintKind::Check => !copied_checks.contains(&constraint.oid),
            kind => {
                let columns = table.column_names(&constraint.columns);
                self.keys.iter().any(|(other, names)| *other == kind && *names == columns)
            }
        }
    }
}
