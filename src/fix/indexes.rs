//! SQL that removes indexes.

use crate::facts::Index;
use crate::rule::FixContext;
use crate::{fix, sql};

/// Drops an index, or the constraint that it backs. An index that a refused statement would have made may be missing
/// when the SQL is run, which is then no error.
pub fn drop_index(index: &Index, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let if_exists = if context.refused && !index_existed_before(index, context) { "IF EXISTS " } else { "" };
    let name = sql::quote(&index.name);
    match relation.constraint_backed_by(index) {
        Some(_) => format!("{}DROP CONSTRAINT {if_exists}{name};", fix::alter(relation)),
        None => format!("DROP INDEX {if_exists}{}.{name};", sql::quote(&relation.name.schema)),
    }
}

/// Whether an index existed before the change that is being checked.
pub fn index_existed_before(index: &Index, context: &FixContext<'_>) -> bool {
    context.before.is_some_and(|before| before.indexes.iter().any(|old| old.oid == index.oid))
}
