//! What a refused statement would have changed, and what it leaves as it was.

use super::conversion::describe;
use super::plan::{Change, Wish};
use super::step::{LEAVE_OUT, Site, Step};
use super::subject::Subject;
use crate::facts::{AttrNumber, Column, Relation};
use crate::rule::{ColumnEdit, Edit, Fix, RelationEdit};
use crate::sql::{comment, on_one_line, quote};

/// Whether the object of an edit was there before the refused statement just as it is after it.
pub fn is_unchanged(edit: &Edit, change: Change<'_>) -> bool {
    if Subject::of(edit) == Subject::Other {
        return !matches!(edit, Edit::KeepUnderAnotherName(_) | Edit::DoTheRest(_));
    }
    let Some(before) = change.before else { return false };
    let after = change.after;
    match edit {
        Edit::Column(number, edit) => is_unchanged_column(*number, edit, before, after),
        Edit::Constraint(oid, _) => {
            before.constraint(*oid).map(|old| &old.name) == after.constraint(*oid).map(|new| &new.name)
        }
        Edit::Index(oid, _) => before.indexes.iter().any(|index| index.oid == *oid),
        Edit::Relation(RelationEdit::Name) => before.name == after.name,
        Edit::Relation(RelationEdit::Logged) => before.unlogged,
        _ => true,
    }
}

/// Whether an edit is about a column whose type the refused statement changes, and not the column.
pub fn follows_a_type(edit: &Edit, change: Change<'_>) -> bool {
    let Edit::Column(number, ColumnEdit::Type(_)) = edit else { return false };
    let old = change.before.and_then(|before| before.column(*number));
    let (Some(old), Some(new)) = (old, change.after.column(*number)) else { return false };
    let is_same = (old.data_type.oid, old.data_type.modifier) == (new.data_type.oid, new.data_type.modifier);
    is_same && old.data_type.component_types != new.data_type.component_types
}

/// Whether a column was there before as far as an edit changes it.
fn is_unchanged_column(number: AttrNumber, edit: &ColumnEdit, before: &Relation, after: &Relation) -> bool {
    let (Some(old), Some(new)) = (before.column(number), after.column(number)) else { return false };
    match edit {
        ColumnEdit::Type(_) => old.data_type == new.data_type,
        ColumnEdit::Enum { check, .. } => old.data_type == new.data_type && before.constraint(*check).is_some(),
        ColumnEdit::Name => old.name == new.name,
        // The statement has given it its sequence.
        ColumnEdit::Identity(_) => false,
        _ => *old == Column { has_using: false, ..new.clone() },
    }
}

/// Whether the refused statement would have made the object of an edit.
pub fn is_added(edit: &Edit, change: Change<'_>) -> bool {
    let Some(before) = change.before else { return true };
    match edit {
        Edit::Column(number, _) => before.column(*number).is_none(),
        Edit::Constraint(oid, _) => before.constraint(*oid).is_none(),
        Edit::Index(oid, _) => !before.indexes.iter().any(|index| index.oid == *oid),
        Edit::AddColumn(_) | Edit::AddKey(_) => true,
        Edit::OneOf(edits) => edits.first().is_some_and(|edit| is_added(edit, change)),
        _ => false,
    }
}

/// Statements as subcommands of the refused ALTER TABLE, where they are such statements.
pub fn as_elements(step: Step, site: &Site<'_>) -> Step {
    let head = format!("{} ", site.alter());
    let strip = |statement: &String| match statement.strip_prefix(&head).and_then(|rest| rest.strip_suffix(';')) {
        Some(subcommands) => Some(subcommands.to_owned()),
        None => statement.starts_with("CREATE TYPE ").then(|| statement.clone()),
    };
    match step.statements.iter().map(strip).collect::<Option<Vec<String>>>() {
        Some(statements) => Step { statements, ..step },
        None => step,
    }
}

/// Where all that is to be done is to leave something out, says what, since the HINT lists it among other fixes.
pub fn name_what_to_leave_out(fix: Fix, wish: &Wish, site: &Site<'_>) -> Fix {
    if fix.lines != [comment(LEAVE_OUT)] {
        return fix;
    }
    let relation = site.after;
    let what = wish.edits.first().and_then(|edit| match edit {
        Edit::Column(number, _) => Some(format!("what changes {}", describe(relation.column(*number)?, site))),
        Edit::Constraint(oid, _) => Some(format!("constraint {}", quote(&relation.constraint(*oid)?.name))),
        Edit::Index(oid, _) => {
            let index = relation.indexes.iter().find(|index| index.oid == *oid)?;
            Some(format!("index {}", quote(&index.name)))
        }
        Edit::Relation(RelationEdit::Logged) => Some("UNLOGGED".to_owned()),
        _ => None,
    });
    match what {
        Some(what) => Fix::by_hand(&on_one_line(&format!("Leave out {what}."))),
        None => fix,
    }
}
