//! Indexes to be removed, as SQL.

use crate::facts::Index;
use crate::rule::FixContext;
use crate::{fix, sql};

/// Drops an index, or the constraint that it enforces. What a refused statement would have made need not be there.
pub fn drop_index(index: &Index, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let was_there = context.before.is_some_and(|before| before.indexes.iter().any(|one| one.oid == index.oid));
    let if_exists = if context.refused && !was_there { "IF EXISTS " } else { "" };
    let name = sql::quote(&index.name);
    match relation.constraint_backed_by(index) {
        Some(_) => format!("{}DROP CONSTRAINT {if_exists}{name};", fix::alter(relation)),
        None => format!("DROP INDEX {if_exists}{}.{name};", sql::quote(&relation.name.schema)),
    }
}
