//! The elements of constraints.

use super::{Form, Instead, caution, push};
use crate::facts::{Constraint, ConstraintKind, NameOrigin, Oid, Relation};
use crate::fix::constraint::{choose_action, choose_by_hand, chooses, with_action};
use crate::fix::element::definition_without_name;
use crate::fix::foreign_key::foreign_key;
use crate::fix::step::{Attempt, Step};
use crate::rule::ConstraintEdit;
use crate::sql::quote;

impl Instead<'_> {
    /// The element of a constraint, and of what it may be written with.
    pub fn write_constraint(&self, oid: Oid) -> Attempt {
        let relation = self.site.after;
        let Some(constraint) = relation.constraint(oid) else { return Err(String::new()) };
        // A constraint over one column may be written in the definition of the column, which is then another one, too.
        match constraint.columns.as_slice() {
            [number] if self.form == Form::Create || self.is_added(*number) => self.write_column(*number),
            _ => {
                let mut written = Step::default();
                self.add_constraint(constraint, &mut written)?;
                Ok(written)
            }
        }
    }

    /// Adds the element of a constraint.
    pub fn add_constraint(&self, constraint: &Constraint, written: &mut Step) -> Result<(), String> {
        let is_written_inline_only = constraint.kind == ConstraintKind::NotNull;
        if self.is_dropped(constraint.oid) || is_written_inline_only {
            return Ok(());
        }
        let (site, relation) = (&self.site, self.site.after);
        let edits = self.constraints.get(&constraint.oid).map_or(&[][..], Vec::as_slice);
        let is_named = edits.contains(&&ConstraintEdit::Name);
        let name = if is_named { site.names.rename_constraint(relation, constraint) } else { constraint.name.clone() };
        let definition = match &constraint.foreign_key {
            Some(key) => {
                let on_delete = edits.iter().find_map(|edit| match edit {
                    ConstraintEdit::OnDelete(allowed) => Some(allowed),
                    _ => None,
                });
                let action = on_delete.map(|allowed| {
                    let action = choose_action(constraint, allowed, relation);
                    action.ok_or_else(|| choose_by_hand(constraint, allowed, site))
                });
                let key = match action.transpose()? {
                    Some(action) => {
                        caution(written, &chooses(action, key));
                        with_action(key, action)
                    }
                    None => key.clone(),
                };
                foreign_key(&name, constraint, &key, &self.renamed_relation(), site)
            }
            None => {
                let is_expression = matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::Exclusion);
                let definition = site.catalog().constraint_definition(constraint.oid);
                format!("CONSTRAINT {} {}", quote(&name), self.adapt(&definition, is_expression))
            }
        };
        let is_unnamed = constraint.name_origin == NameOrigin::MadeUp && !is_named;
        let definition = if is_unnamed { definition_without_name(&definition, &name) } else { definition };
        push(
            written,
            match self.form {
                Form::Alter => format!("ADD {definition}"),
                _ => definition,
            },
        );
        Ok(())
    }

    /// The relation with the names that its columns should have.
    fn renamed_relation(&self) -> Relation {
        let mut relation = self.site.after.clone();
        for column in &mut relation.columns {
            column.name = self.new_name(column);
        }
        relation
    }
}
