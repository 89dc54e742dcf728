//! What a rule wants to be different, as values over the facts. `fix` turns them into SQL.

use crate::facts::{Action, AttrNumber, ConstraintKind, DroppedData, Oid};

/// One thing that should be different in the relation of a finding. Columns, constraints and indexes are those of the
/// relation as it was checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    // What is there.
    Column(AttrNumber, ColumnEdit),
    Constraint(Oid, ConstraintEdit),
    Index(Oid, IndexEdit),
    Relation(RelationEdit),
    /// The same in another relation.
    Elsewhere(Oid, Box<Edit>),
    /// The first of these that can be made.
    OneOf(Vec<Edit>),
    /// What is about to be dropped is kept, with another name.
    KeepUnderAnotherName(DroppedData),
    /// What else the refused statement does beside dropping what is to be kept.
    DoTheRest(Rest),

    // What is to come.
    AddColumn(NewColumn),
    AddKey(NewKey),
    /// A check that bounds the length of a column's strings.
    AddLengthCheck {
        column: AttrNumber,
        limit: u32,
    },
    AddIndex(NewIndex),

    /// Only a person can make it right: what there is to do, as sentences.
    ByHand(String),
}

impl Edit {
    /// Whether it chooses a name that other edits may choose as well, or that follows other names.
    pub fn chooses_name(&self) -> bool {
        match self {
            Self::Column(_, ColumnEdit::Name | ColumnEdit::Enum { .. })
            | Self::Constraint(_, ConstraintEdit::Name)
            | Self::Index(_, IndexEdit::Name)
            | Self::Relation(RelationEdit::Name)
            | Self::AddKey(_)
            | Self::AddIndex(_)
            | Self::AddLengthCheck { .. } => true,
            Self::Elsewhere(_, edit) => edit.chooses_name(),
            Self::OneOf(edits) => edits.iter().any(Self::chooses_name),
            _ => false,
        }
    }
}

/// What remains of a statement that is refused for what it would drop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// What may be dropped.
    pub dropped: Vec<DroppedData>,
    /// The tables that are kept, with their columns.
    pub kept: Vec<Oid>,
    /// It has subcommands that drop nothing.
    pub does_more: bool,
}

/// What should be different in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnEdit {
    Type(WantedType),
    /// An enum of these labels in the place of the strings, and of the check that lists them.
    Enum {
        labels: Vec<String>,
        check: Oid,
    },
    /// NOT NULL. Where the column was added to rows that were there already and has no default, they get `filler`.
    NotNull {
        filler: Option<&'static str>,
    },
    /// A default: an expression as SQL.
    Default(&'static str),
    /// An identity (`GENERATED … AS IDENTITY`) in the place of a serial column's default.
    Identity(String),
    /// A name that fits.
    Name,
    /// A comment with this text.
    Comment(String),
}

/// The type that a column should have.
#[derive(Clone, Debug, PartialEq)]
pub enum WantedType {
    /// A type as SQL, and how it is had from the old values.
    Other(String, Conversion),
    /// The type that it has, with time zones in the place of timestamps without.
    WithTimeZones,
}

/// How the values of a new type are had from the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// To a wider number: PostgreSQL converts it by itself, and constraints and indexes can remain.
    Widen,
    /// To shorter strings, in the same way. It fails if a value is longer.
    Shorten,
    /// To the type of the column that a foreign key references, and that has the same values.
    AsReferenced,
    /// An explicit cast.
    Cast,
    /// A cast of the text.
    CastText,
    /// `timestamp` as UTC.
    AsUtc,
    /// `time with time zone` as a time of today.
    Today,
    /// Each row gets a new value, so there must be no rows yet: an expression.
    New(&'static str),
    /// PostgreSQL cannot convert them.
    Impossible,
}

/// What should be different in a constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintEdit {
    /// A name that fits.
    Name,
    /// One of these ON DELETE actions.
    OnDelete(Vec<Action>),
    Validate,
    Drop,
}

/// What should be different in an index.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexEdit {
    /// A name that fits.
    Name,
    Drop,
    /// It is not valid, and should be built anew.
    Rebuild,
}

/// What should be different in a relation as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationEdit {
    /// A name that fits.
    Name,
    Logged,
    RowSecurity,
    /// A comment with this text.
    Comment(String),
}

/// A column to add.
#[derive(Clone, Debug, PartialEq)]
pub struct NewColumn {
    pub name: String,
    /// What follows the name: type, default, NOT NULL.
    pub definition: String,
    /// It is NOT NULL without a default, so there must be no rows yet.
    pub needs_value: bool,
}

/// A primary key or a unique constraint to add.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKey {
    pub kind: ConstraintKind,
    /// The names of its columns; a column that is added with it may be among them.
    pub columns: Vec<String>,
    /// The unique index that it can take over.
    pub index: Option<Oid>,
}

/// An index to add.
#[derive(Clone, Debug, PartialEq)]
pub struct NewIndex {
    pub columns: Vec<AttrNumber>,
    /// For each column, the collation that it needs where that is not the column's own, as SQL.
    pub collations: Vec<Option<String>>,
}
