//! The names that a fix gives.

use crate::facts::{Constraint, ConstraintKind, NameOrigin, QualifiedName, Relation};
use crate::rule::{Finding, FixContext, Object};
use crate::sql::{constraint_prefix, plain_name, suggest_name};

/// A name for a constraint for which the statement gave none: `fk_orders_customer_id`. Several such constraints of one
/// table get different names.
pub fn suggest_constraint_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let suggest = |constraint: &Constraint, chosen: &[String]| {
        let columns = match constraint.kind {
            ConstraintKind::PrimaryKey => Vec::new(),
            _ => relation.column_names(&constraint.columns),
        };
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        free_constraint_name(constraint.kind, &columns, chosen, context)
    };
    let mut chosen: Vec<String> = Vec::new();
    let unnamed = relation.constraints.iter().filter(|other| other.name_origin == NameOrigin::MadeUp);
    for earlier in unnamed.filter(|other| other.oid < constraint.oid) {
        chosen.push(suggest(earlier, &chosen));
    }
    suggest(constraint, &chosen)
}

/// The name of a constraint or, where PostgreSQL made it up, one to give instead.
pub fn keep_or_suggest_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    match constraint.name_origin {
        NameOrigin::MadeUp => suggest_constraint_name(constraint, context),
        _ => constraint.name.clone(),
    }
}

/// The name of a constraint that is made again in `renamed`, its table with another name or with a column that has
/// another name. A name that PostgreSQL made up has the old name in it, so it is replaced.
pub fn name_in_renamed(constraint: &Constraint, renamed: &Relation, context: &FixContext<'_>) -> String {
    match renamed == context.relation {
        true => constraint.name.clone(),
        false => keep_or_suggest_name(constraint, &FixContext { relation: renamed, ..*context }),
    }
}

/// A free name for a constraint that a fix adds: `ck_orders_note_length`.
pub fn suggest_added_name(kind: ConstraintKind, words: &[&str], context: &FixContext<'_>) -> String {
    free_constraint_name(kind, words, &[], context)
}

fn free_constraint_name(kind: ConstraintKind, words: &[&str], chosen: &[String], context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let mut parts = vec![constraint_prefix(kind), &relation.name.name];
    parts.extend(words);
    suggest_name(&parts, |name| {
        chosen.iter().any(|other| other == name)
            || relation.has_part_named(name)
            || (kind.has_index() && is_taken(name, context))
    })
}

/// A free name for an index over these columns, other than those chosen already: `ix_orders_customer_id`.
pub fn suggest_index_name(columns: &[String], chosen: &[String], context: &FixContext<'_>) -> String {
    let parts = ["ix", &context.relation.name.name, &columns.join("_")];
    suggest_name(&parts, |name| {
        chosen.iter().any(|other| other == name) || context.relation.has_part_named(name) || is_taken(name, context)
    })
}

/// This name or, where an index or a constraint of the table has it or is about to get it, the next free one. The name
/// of an index must also be free in the schema.
pub fn free_part_name(name: &str, is_index: bool, chosen: &[String], context: &FixContext<'_>) -> String {
    let is_part = |name: &str| {
        chosen.iter().any(|other| other == name)
            || current_and_restored(context).any(|relation| relation.has_part_named(name))
    };
    suggest_name(&[name], |name| is_part(name) || (is_index && is_taken(name, context)))
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
        Object::Constraint { name, .. } => free_part_name(&plain_name(name, "_", "ck_"), false, &[], context),
        Object::Index { name, .. } => free_part_name(&plain_name(name, "_", "ix_"), true, &[], context),
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
