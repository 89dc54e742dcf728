//! Which constraints of a transaction have a name that PostgreSQL made up. Only the statement that makes a constraint tells.

use std::collections::BTreeMap;

use super::session;
use crate::facts::{Constraint, NameOrigin, Oid, Relation};
use crate::judge::exemptions::exempts_name;
use crate::predicates::tables::is_migration_table;
use crate::rule::Context;

/// Remembers until the commit which names PostgreSQL made up, as `unnamed_constraint` reports them. Where a table is not
/// checked yet nobody reports them, and what the table is called in the end has to answer for its constraints.
pub fn note(relation: &Relation, context: &Context<'_>) {
    let is_made_up = |constraint: &&Constraint| constraint.name_origin == NameOrigin::MadeUp;
    let mut made_up = relation.constraints.iter().filter(is_made_up).peekable();
    let is_checked = || !exempts_name(context.settings, &relation.name) && !is_migration_table(relation, context);
    if made_up.peek().is_some() && is_checked() {
        let names = made_up.map(|constraint| (constraint.oid, constraint.name.clone()));
        session::with(|session| session.made_up_names.extend(names));
    }
}

/// What a statement says about the constraints that it makes and about its columns is not true of the transaction.
pub fn forget(relation: &mut Relation) {
    relation.columns.iter_mut().for_each(|column| column.has_using = false);
    for constraint in &mut relation.constraints {
        (constraint.name_origin, constraint.is_inline) = (NameOrigin::Unknown, false);
    }
}

/// Marks the constraints whose names PostgreSQL made up in this transaction.
pub fn restore(relation: &mut Relation, made_up: &BTreeMap<Oid, String>) {
    for constraint in &mut relation.constraints {
        if made_up.get(&constraint.oid) == Some(&constraint.name) {
            constraint.name_origin = NameOrigin::MadeUp;
        }
    }
}
