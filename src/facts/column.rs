//! Columns of relations.

use super::{AttrNumber, DataType, Oid, oids};

/// A column of a table, an attribute of a composite type, or the value of a domain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    // Which one it is.
    pub number: AttrNumber,
    pub name: String,
    pub data_type: DataType,
    /// `pg_attribute.attcollation`; 0 for a type without collations.
    pub collation: Oid,

    // What fills it.
    pub not_null: bool,
    /// It has a default, an identity or a generation expression.
    pub has_default: bool,
    /// It is an identity column.
    pub identity: bool,
    /// It is a generated column.
    pub generated: bool,

    // Where it comes from.
    /// Its table has the column from a partitioned table or an inheritance parent.
    pub inherited: bool,
}

impl Column {
    /// Whether it may be a serial column, as far as the column itself tells: it is an integer with a default.
    pub fn may_be_serial(&self) -> bool {
        self.has_default && !self.identity && !self.generated && oids::INTEGERS.contains(&self.data_type.oid)
    }
}
