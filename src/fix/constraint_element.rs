//! The definition of a constraint as an element of CREATE TABLE.

use super::constraint::{choose_action, choose_by_hand, chooses, with_action};
use super::foreign_key::foreign_key;
use super::new_columns::NewColumns;
use super::settle::is_in_expression;
use super::step::Site;
use crate::facts::{Constraint, ConstraintKind, ForeignKey, NameOrigin};
use crate::rule::ConstraintEdit;
use crate::sql::{comment, on_one_line, quote};

/// The definition of a constraint with everything that should be different in it, and what to know before it is used.
pub fn constraint_element(
    constraint: &Constraint,
    edits: &[&ConstraintEdit],
    columns: &NewColumns<'_>,
    site: &Site<'_>,
) -> (String, Option<String>) {
    let relation = site.after;
    let is_named = edits.contains(&&ConstraintEdit::Name);
    let name = if is_named { site.names.rename_constraint(relation, constraint) } else { constraint.name.clone() };
    let (definition, caution) = match &constraint.foreign_key {
        Some(key) => {
            let (key, caution) = choose_key(constraint, key, edits, site);
            (foreign_key(&name, constraint, &key, columns.renamed_relation(), site), caution)
        }
        None => {
            let definition = site.catalog().constraint_definition(constraint.oid);
            let is_check = constraint.kind == ConstraintKind::Check;
            let adapted = columns.adapt(&definition, !is_check, |number| is_in_expression(constraint, number, site));
            (format!("CONSTRAINT {} {adapted}", quote(&name)), None)
        }
    };
    let is_unnamed = constraint.name_origin == NameOrigin::MadeUp && !is_named;
    let head = format!("CONSTRAINT {} ", quote(&name));
    let unnamed = definition.strip_prefix(&head).filter(|_| is_unnamed).map(str::to_owned);
    (unnamed.unwrap_or(definition), caution)
}

/// A foreign key with the action that it should have, if it can have it.
fn choose_key(
    constraint: &Constraint,
    key: &ForeignKey,
    edits: &[&ConstraintEdit],
    site: &Site<'_>,
) -> (ForeignKey, Option<String>) {
    let allowed = edits.iter().find_map(|edit| match edit {
        ConstraintEdit::OnDelete(allowed) => Some(allowed),
        _ => None,
    });
    match allowed.and_then(|allowed| choose_action(constraint, allowed, site.after)) {
        Some(action) => (with_action(key, action), Some(chooses(action, key))),
        None => (key.clone(), None),
    }
}

/// What a person has to do about an edit of a constraint that cannot be written.
pub fn by_hand(constraint: &Constraint, edit: &ConstraintEdit, site: &Site<'_>) -> Option<String> {
    let ConstraintEdit::OnDelete(allowed) = edit else { return None };
    let cannot = choose_action(constraint, allowed, site.after).is_none();
    cannot.then(|| choose_by_hand(constraint, allowed, site))
}

/// The comment about a constraint that is not part of the column that is written anew, and that goes. One without a name is
/// known by what it says.
pub fn leave_out_constraint(constraint: &Constraint, site: &Site<'_>) -> String {
    let text = match constraint.name_origin {
        NameOrigin::MadeUp => format!("the constraint {}", site.catalog().constraint_definition(constraint.oid)),
        _ => format!("constraint {}", quote(&constraint.name)),
    };
    comment(&on_one_line(&format!("Leave out {text}.")))
}
