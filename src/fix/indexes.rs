//! SQL that removes indexes.

use crate::facts::Index;
use crate::rule::FixContext;
use crate::{fix, sql};

/// Drops an index, or the constraint that it backs; CONCURRENTLY where the statement is a CREATE INDEX CONCURRENTLY.
pub fn drop_index(index: &Index, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let name = sql::quote(&index.name);
    let concurrently = if relation.indexes.iter().any(Index::is_yet_to_be_built) { "CONCURRENTLY " } else { "" };
    match relation.constraint_backed_by(index) {
        Some(_) => format!("{}DROP CONSTRAINT {name};", fix::alter(relation)),
        None => format!("DROP INDEX {concurrently}{}.{name};", sql::quote(&relation.name.schema)),
    }
}
