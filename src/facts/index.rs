//! Indexes of tables.

use super::{AttrNumber, Oid};

/// How an index finds its rows. Only the access methods that a rule distinguishes have a value of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMethod {
    Btree,
    Hash,
    Gist,
    Other,
}

/// Which rows an index covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Every row.
    None,
    /// The rows in which all of these columns are not null.
    NotNull(Vec<AttrNumber>),
    /// The rows for which some other condition holds.
    Other,
}

/// An index of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    // Which one it is.
    pub oid: Oid,
    pub name: String,

    // What it finds.
    pub method: AccessMethod,
    /// The key columns in order, without INCLUDE columns; `None` for an expression.
    pub key: Vec<Option<AttrNumber>>,
    pub predicate: Predicate,
    /// It is valid, ready and live.
    pub usable: bool,
    pub unique: bool,
    pub definition: IndexDefinition,

    // Where it comes from.
    /// Its table has the index from a partitioned table.
    pub inherited: bool,
    /// What follows ON in the statement, for an index that is yet to be built CONCURRENTLY.
    pub statement: Option<String>,
}

/// What else distinguishes one index from another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IndexDefinition {
    // Each key column.
    /// An operator class for each key column.
    pub operator_classes: Vec<Oid>,
    /// A collation for each key column, or 0.
    pub collations: Vec<Oid>,
    /// ASC or DESC and where nulls go, for each key column.
    pub orders: Vec<i16>,

    // The index as a whole.
    /// `pg_class.relam`.
    pub access_method: Oid,
    /// The INCLUDE columns.
    pub included: Vec<AttrNumber>,
    /// The stored expressions, as text to compare.
    pub expressions: Option<String>,
    /// The stored condition, as text to compare.
    pub condition: Option<String>,
    /// NULLS NOT DISTINCT (PostgreSQL 15 and later).
    pub nulls_not_distinct: bool,
    /// It enforces a constraint that can be deferred.
    pub deferrable: bool,
}
