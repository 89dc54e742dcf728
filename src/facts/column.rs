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
    /// The statement that gives it its type says how its values are had from the old ones (`USING`).
    pub has_using: bool,
}

impl Column {
    /// Whether it may be a serial column, as far as the column itself tells: it is an integer with a default.
    pub fn may_be_serial(&self) -> bool {
        self.has_default && !self.identity && !self.generated && oids::INTEGERS.contains(&self.data_type.oid)
    }
}

/// What the default of a column gives, before PostgreSQL converts it to the type of the column, as far as a time zone is
/// concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultTime {
    /// A moment: `now()`.
    Moment,
    /// A date.
    Date,
    /// A time of day, with or without a time zone.
    TimeOfDay,
    /// A timestamp without a time zone that is always the same, or that is written in UTC.
    Fixed,
    /// A timestamp of which nobody can tell the time zone, or something else.
    #[default]
    Unknown,
}
