//! The names that a fix gives.

use std::collections::{BTreeMap, HashSet};

use crate::facts::{Constraint, ConstraintKind, NameOrigin, Oid, QualifiedName, Relation};
use crate::rule::{Finding, FixContext, Object};
use crate::sql::{NameChooser, constraint_prefix, plain_name, suggest_name};

/// A name for a constraint for which the statement gave none: `fk_orders_customer_id`. Several such constraints of one
/// table get different names.
pub fn suggest_constraint_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    let names = context.chosen_names.get("constraints without a name", || suggest_constraint_names(context));
    names.get(&constraint.oid).cloned().unwrap_or_else(|| constraint.name.clone())
}

/// Names for all constraints of the relation for which the statement gave none.
fn suggest_constraint_names(context: &FixContext<'_>) -> BTreeMap<Oid, String> {
    let mut names = PartNames::of(context);
    let unnamed = context.relation.constraints.iter().filter(|other| other.name_origin == NameOrigin::MadeUp);
    let suggest = |constraint: &Constraint| {
        let columns = match constraint.kind {
            ConstraintKind::PrimaryKey => Vec::new(),
            _ => context.relation.column_names(&constraint.columns),
        };
        let mut words: Vec<&str> = columns.iter().map(String::as_str).collect();
        if words.is_empty() && constraint.kind != ConstraintKind::PrimaryKey {
            // Over expressions alone. A name without another word would not fit the patterns.
            words.push("expr");
        }
        (constraint.oid, names.choose_constraint_name(constraint.kind, &words))
    };
    unnamed.map(suggest).collect()
}

/// The name of a constraint or, where PostgreSQL made it up, one to give instead.
pub fn keep_or_suggest_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    match constraint.name_origin {
        NameOrigin::MadeUp => suggest_constraint_name(constraint, context),
        _ => constraint.name.clone(),
    }
}

/// A free name for a constraint that a fix adds: `ck_orders_note_length`.
pub fn suggest_added_name(kind: ConstraintKind, words: &[&str], context: &FixContext<'_>) -> String {
    PartNames::of(context).choose_constraint_name(kind, words)
}

/// A free name for an index over these columns: `ix_orders_customer_id`.
pub fn suggest_index_name(columns: &[String], context: &FixContext<'_>) -> String {
    PartNames::of(context).choose_index_name(columns)
}

/// Chooses names for constraints and indexes of a relation, each only once.
pub struct PartNames<'a> {
    context: &'a FixContext<'a>,
    /// The names that its constraints and indexes have, or will have again where the statement is refused.
    existing: HashSet<&'a str>,
    chooser: NameChooser,
}

impl<'a> PartNames<'a> {
    /// Chooses names other than those of the relation as it is checked.
    pub fn of(context: &'a FixContext<'a>) -> Self {
        Self { context, existing: context.relation.part_names().collect(), chooser: NameChooser::default() }
    }

    /// Chooses names other than those of the relation as it is checked and, where the statement is refused, as it will
    /// be again.
    pub fn of_current_and_restored(context: &'a FixContext<'a>) -> Self {
        let existing = current_and_restored(context).flat_map(Relation::part_names).collect();
        Self { existing, ..Self::of(context) }
    }

    /// A name for a constraint: its kind, the table and these words.
    pub fn choose_constraint_name(&mut self, kind: ConstraintKind, words: &[&str]) -> String {
        let mut parts = vec![constraint_prefix(kind), &self.context.relation.name.name];
        parts.extend(words);
        self.choose(&parts, kind.has_index())
    }

    /// A name for an index over these columns.
    pub fn choose_index_name(&mut self, columns: &[String]) -> String {
        self.choose(&["ix", &self.context.relation.name.name, &columns.join("_")], true)
    }

    /// The name that these parts make or the next free one. The name of an index must also be free in the schema.
    pub fn choose(&mut self, parts: &[&str], is_index: bool) -> String {
        let is_existing = |name: &str| self.existing.contains(name) || (is_index && is_taken(name, self.context));
        self.chooser.choose(parts, is_existing)
    }
}

/// This name or, where an index or a constraint of the table has it or is about to get it, the next free one.
fn free_part_name(name: &str, is_index: bool, context: &FixContext<'_>) -> String {
    PartNames::of_current_and_restored(context).choose(&[name], is_index)
}

/// A free name that needs no quotes, as near as possible to the name of a finding's object. Where there is a pattern
/// for such names, `shape` gives a plain name the shape of the pattern.
pub fn free_plain_name(finding: &Finding, context: &FixContext<'_>, shape: impl Fn(&str) -> Option<String>) -> String {
    // The plain name may be the name that the object has, and so be taken, while the shaped name is free.
    let free = |plain: &str, is_taken: &dyn Fn(&str) -> bool| {
        shape(plain).filter(|name| !is_taken(name)).unwrap_or_else(|| {
            let plain = suggest_name(&[plain], is_taken);
            shape(&plain).unwrap_or(plain)
        })
    };
    match &finding.object {
        // The name is taken from the finding: where a renaming is refused, the relation has its old name again.
        Object::Relation => free(&plain_name(&finding.cause, "s", "t_"), &|name| {
            is_taken(name, context) || current_and_restored(context).any(|relation| relation.name.name == name)
        }),
        Object::Column { name, .. } => {
            let columns = || current_and_restored(context).flat_map(|relation| &relation.columns);
            free(&plain_name(name, "_", "c_"), &|name| columns().any(|column| column.name == name))
        }
        Object::Constraint { name, .. } => free_part_name(&plain_name(name, "_", "ck_"), false, context),
        Object::Index { name, .. } => free_part_name(&plain_name(name, "_", "ix_"), true, context),
    }
}

/// The relation as it is checked and, where the statement is refused, as it will be again.
fn current_and_restored<'a>(context: &'a FixContext<'_>) -> impl Iterator<Item = &'a Relation> {
    std::iter::once(context.relation).chain(context.before.filter(|_| context.refused))
}

/// Whether another relation of the schema has this name.
fn is_taken(name: &str, context: &FixContext<'_>) -> bool {
    let schema = context.relation.name.schema.clone();
    context.base.catalog.relation_exists(&QualifiedName { schema, name: name.to_owned() })
}
