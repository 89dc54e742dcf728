//! Names that a fix gives.

use crate::facts::{Constraint, ConstraintKind, NameOrigin, QualifiedName, Relation};
use crate::rule::{Finding, FixContext, Object};
use crate::sql::{constraint_prefix, plain_name, suggest_name};

/// A name for a constraint that has none of its own: `fk_orders_customer_id`. Those that got no name by the same
/// statement get different ones.
pub fn constraint_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let name_of = |one: &Constraint, chosen: &[String]| {
        let columns = match one.kind {
            ConstraintKind::PrimaryKey => Vec::new(),
            _ => relation.column_names(&one.columns),
        };
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        free_name_for(one.kind, &columns, chosen, context)
    };
    let mut chosen: Vec<String> = Vec::new();
    let unnamed = relation.constraints.iter().filter(|one| one.name_origin == NameOrigin::MadeUp);
    for one in unnamed.filter(|one| one.oid < constraint.oid) {
        chosen.push(name_of(one, &chosen));
    }
    name_of(constraint, &chosen)
}

/// The name of a constraint that is made anew when its table or a column has got another name. One that PostgreSQL
/// made up has the old name in it.
pub fn name_anew(constraint: &Constraint, renamed: &Relation, context: &FixContext<'_>) -> String {
    match constraint.name_origin {
        NameOrigin::MadeUp if renamed != context.relation => {
            constraint_name(constraint, &FixContext { relation: renamed, ..*context })
        }
        _ => constraint.name.clone(),
    }
}

/// A name for a constraint that is to be made: `ck_orders_note_length`.
pub fn name_for(kind: ConstraintKind, words: &[&str], context: &FixContext<'_>) -> String {
    free_name_for(kind, words, &[], context)
}

fn free_name_for(kind: ConstraintKind, words: &[&str], chosen: &[String], context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let mut parts = vec![constraint_prefix(kind), &relation.name.name];
    parts.extend(words);
    suggest_name(&parts, |name| {
        chosen.iter().any(|other| other == name)
            || relation.has_part_named(name)
            || (kind.has_index() && is_taken(name, context))
    })
}

/// A name for an index over these columns: `ix_orders_customer_id`, other than those chosen already.
pub fn index_name(columns: &[String], chosen: &[String], context: &FixContext<'_>) -> String {
    let parts = ["ix", &context.relation.name.name, &columns.join("_")];
    suggest_name(&parts, |name| {
        chosen.iter().any(|other| other == name) || context.relation.has_part_named(name) || is_taken(name, context)
    })
}

/// This name, or where an index or a constraint of the table has it, or is to get it, the next free one.
pub fn free_part_name(name: &str, needs_index: bool, chosen: &[String], context: &FixContext<'_>) -> String {
    let is_part = |name: &str| {
        chosen.iter().any(|other| other == name) || states(context).any(|relation| relation.has_part_named(name))
    };
    suggest_name(&[name], |name| is_part(name) || (needs_index && is_taken(name, context)))
}

/// A plain name near that of the object of a finding, in the shape that a pattern gives it where there is one, and
/// free.
pub fn free_plain_name(finding: &Finding, context: &FixContext<'_>, shape: impl Fn(&str) -> Option<String>) -> String {
    // The plain name may be the object's own and so be taken, which it is not any more in another shape.
    let free = |plain: &str, is_taken: &dyn Fn(&str) -> bool| {
        shape(plain).filter(|name| !is_taken(name)).unwrap_or_else(|| {
            let plain = suggest_name(&[plain], is_taken);
            shape(&plain).unwrap_or(plain)
        })
    };
    match &finding.object {
        Object::Relation => {
            // The fault is the name itself; a relation that is refused has the one it had before.
            free(&plain_name(&finding.cause, "s", "t_"), &|name| {
                is_taken(name, context) || states(context).any(|relation| relation.name.name == name)
            })
        }
        Object::Column { name, .. } => {
            let columns = || states(context).flat_map(|relation| &relation.columns);
            free(&plain_name(name, "_", "c_"), &|name| columns().any(|column| column.name == name))
        }
        Object::Constraint { name, .. } => free_part_name(&plain_name(name, "_", "ck_"), false, &[], context),
        Object::Index { name, .. } => free_part_name(&plain_name(name, "_", "ix_"), true, &[], context),
    }
}

/// The relation, and where a statement is refused what it will be again.
fn states<'a>(context: &'a FixContext<'_>) -> impl Iterator<Item = &'a Relation> {
    std::iter::once(context.relation).chain(context.before.filter(|_| context.refused))
}

/// Whether another relation of the schema has this name.
pub fn is_taken(name: &str, context: &FixContext<'_>) -> bool {
    let schema = context.relation.name.schema.clone();
    context.base.catalog.relation_exists(&QualifiedName { schema, name: name.to_owned() })
}
