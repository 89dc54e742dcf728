//! What an edit is about, and how much it changes.

use crate::facts::{AttrNumber, ConstraintKind, Oid};
use crate::rule::{ColumnEdit, ConstraintEdit, Conversion, Edit, IndexEdit, RelationEdit, WantedType};

/// What an edit is about. Two edits that are about the same cannot both be made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    Column(AttrNumber, &'static str),
    Constraint(Oid, &'static str),
    Index(Oid, &'static str),
    Relation(&'static str),
    Elsewhere(Oid, Box<Subject>),
    AddColumn(String),
    AddKey(ConstraintKind),
    AddLengthCheck(AttrNumber),
    AddIndex(Vec<AttrNumber>),
    Other,
}

impl Subject {
    /// What an edit is about.
    pub fn of(edit: &Edit) -> Self {
        match edit {
            Edit::Column(number, edit) => Self::Column(
                *number,
                match edit {
                    ColumnEdit::Type(_) | ColumnEdit::Enum { .. } => "type",
                    ColumnEdit::NotNull { .. } => "not null",
                    ColumnEdit::Default(_) => "default",
                    ColumnEdit::Identity(_) => "identity",
                    ColumnEdit::Name => "name",
                    ColumnEdit::Comment(_) => "comment",
                },
            ),
            Edit::Constraint(oid, edit) => Self::Constraint(
                *oid,
                match edit {
                    ConstraintEdit::Name => "name",
                    ConstraintEdit::OnDelete(_) => "on delete",
                    ConstraintEdit::Validate => "validate",
                    ConstraintEdit::Drop => "drop",
                },
            ),
            Edit::Index(oid, IndexEdit::Name) => Self::Index(*oid, "name"),
            Edit::Index(oid, IndexEdit::Drop) => Self::Index(*oid, "drop"),
            Edit::Index(oid, IndexEdit::Rebuild) => Self::Index(*oid, "rebuild"),
            Edit::Relation(edit) => Self::Relation(match edit {
                RelationEdit::Name => "name",
                RelationEdit::Logged => "logged",
                RelationEdit::RowSecurity => "row security",
                RelationEdit::Comment(_) => "comment",
            }),
            Edit::Elsewhere(oid, edit) => Self::Elsewhere(*oid, Box::new(Self::of(edit))),
            Edit::AddColumn(new) => Self::AddColumn(new.name.clone()),
            Edit::AddKey(new) => Self::AddKey(new.kind),
            Edit::AddLengthCheck { column, .. } => Self::AddLengthCheck(*column),
            Edit::AddIndex(new) => Self::AddIndex(new.columns.clone()),
            Edit::OneOf(edits) => match edits.first().map_or(Self::Other, Self::of) {
                // One of several indexes, and not just this one.
                Self::Index(oid, "drop") => Self::Index(oid, "drop one"),
                first => first,
            },
            Edit::ByHand(_) | Edit::KeepUnderAnotherName(_) | Edit::DoTheRest(_) => Self::Other,
        }
    }
}

/// Whether an edit gives an existing object another name.
pub fn renames(edit: &Edit) -> bool {
    matches!(edit, Edit::Column(_, ColumnEdit::Name) | Edit::Relation(RelationEdit::Name))
}

/// Whether an edit gives a column new values, which are not made from the old ones.
pub fn gives_new_values(edit: &Edit) -> bool {
    matches!(edit, Edit::Column(_, ColumnEdit::Type(WantedType::Other(_, Conversion::New(_)))))
}

/// Whether an edit is more than what its own violation asks of an element that has other violations.
pub fn redesigns(edit: &Edit) -> bool {
    renames(edit) || matches!(edit, Edit::Column(_, ColumnEdit::Enum { .. }))
}
