//! Constraints of tables.

use super::{AttrNumber, CommandId, Oid};

/// The kinds of constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    ForeignKey,
    Check,
    Exclusion,
    /// Known only where it is NOT VALID, which PostgreSQL has from version 18 on.
    NotNull,
}

impl ConstraintKind {
    /// Every kind that has a name of the user's choosing, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::PrimaryKey, Self::Unique, Self::ForeignKey, Self::Check, Self::Exclusion];

    /// As it stands in a setting: `primary key`.
    pub fn words(self) -> &'static str {
        match self {
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Exclusion => "exclusion",
            Self::NotNull => "not null",
        }
    }

    /// As it stands in a sentence: `unique constraint`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique constraint",
            Self::ForeignKey => "foreign key",
            Self::Check => "check constraint",
            Self::Exclusion => "exclusion constraint",
            Self::NotNull => "NOT NULL constraint",
        }
    }

    /// Whether an index of the same name stands behind it.
    pub fn has_index(self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Exclusion)
    }
}

/// Where a constraint's name comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameOrigin {
    /// It was there before the statement, or nobody can tell any more.
    #[default]
    Unknown,
    /// The statement gave the name.
    Given,
    /// The statement gave no name and PostgreSQL made one up.
    MadeUp,
    /// Nobody saw the statement, but the name is one that PostgreSQL makes up.
    LooksMadeUp,
}

impl NameOrigin {
    /// Whether PostgreSQL has made the name up, certainly or as far as one can tell.
    pub fn is_made_up(self) -> bool {
        matches!(self, Self::MadeUp | Self::LooksMadeUp)
    }
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    // Which one it is.
    /// `pg_constraint.oid`.
    pub oid: Oid,
    pub name: String,
    pub kind: ConstraintKind,
    pub columns: Vec<AttrNumber>,

    // Where it comes from.
    pub name_origin: NameOrigin,
    /// The statement writes it in the definition of its column.
    pub is_inline: bool,
    /// The command of this transaction that wrote its catalog row; `None` where another transaction did.
    pub written_at: Option<CommandId>,
    /// Its table has the constraint from a partitioned table or an inheritance parent.
    pub inherited: bool,

    // What it does.
    /// It was not left NOT VALID. A constraint that is not enforced has nothing to validate.
    pub validated: bool,
    /// PostgreSQL checks new rows against it.
    pub enforced: bool,
    /// The index that enforces a primary key, unique or exclusion constraint; for a foreign key, the index over the
    /// referenced columns; otherwise 0.
    pub index: Oid,
    pub foreign_key: Option<ForeignKey>,
}

/// What only a foreign key has.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKey {
    // What it refers to.
    pub referenced_table: Oid,
    pub referenced_columns: Vec<AttrNumber>,
    /// For each column, the operator that compares the referenced column with it.
    pub operators: Vec<Oid>,

    // What happens to the referencing rows.
    pub on_delete: Action,
    pub on_update: Action,
    /// The columns of `ON DELETE SET NULL (…)`; empty where none were listed.
    pub on_delete_columns: Vec<AttrNumber>,

    // How it is checked.
    pub match_full: bool,
    pub deferrable: bool,
    pub initially_deferred: bool,
    /// A temporal key (`PERIOD`), for which PostgreSQL has no action but NO ACTION.
    pub period: bool,
}

/// How PostgreSQL's own query compares a column of a foreign key when it looks for referencing rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyComparison {
    /// The operator that compares the column with the referenced value.
    pub operator: Oid,
    /// The collation of the comparison; 0 where it has none.
    pub collation: Oid,
    /// A function converts the column first, so that no index over the column itself can be used.
    pub converts: bool,
}

/// What happens to the referencing row.
#[allow(clippy::enum_variant_names, reason = "NO ACTION is what SQL calls it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    /// Every action, in the order in which they are suggested.
    pub const ALL: [Self; 5] = [Self::Restrict, Self::Cascade, Self::SetNull, Self::SetDefault, Self::NoAction];

    /// As it stands in a setting: `set null`.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }

    /// As it stands in SQL: `SET NULL`.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// What a check constraint says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckShape {
    /// It does nothing but list the strings that this column may have.
    pub lists_strings: Option<(AttrNumber, Vec<String>)>,
    /// It bounds the length of these columns.
    pub bounds_length: Vec<AttrNumber>,
    /// It refuses NULL in these columns.
    pub not_null: Vec<AttrNumber>,
}
