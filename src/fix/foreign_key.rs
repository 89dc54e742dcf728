//! Foreign keys as SQL.

use crate::facts::{Action, Constraint, ForeignKey};
use crate::rule::FixContext;
use crate::settings::Level;
use crate::settings::shared::FK_ON_DELETE_ACTIONS;
use crate::sql::{quote, quote_list, quote_qualified};

/// The definition of a foreign key under this name:
/// `CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.t (id) ON DELETE RESTRICT`.
pub fn foreign_key(name: &str, constraint: &Constraint, key: &ForeignKey, context: &FixContext<'_>) -> String {
    let catalog = context.base.catalog;
    let referenced = catalog.table_name(key.referenced_table).unwrap_or_default();
    let mut sql = format!(
        "CONSTRAINT {} FOREIGN KEY {} REFERENCES {} {}",
        quote(name),
        quote_list(&context.relation.column_names(&constraint.columns)),
        quote_qualified(&referenced),
        quote_list(&catalog.column_names(key.referenced_table, &key.referenced_columns)),
    );
    let mut add = |part: &str| sql.push_str(part);
    if key.match_full {
        add(" MATCH FULL");
    }
    if key.on_update != Action::NoAction {
        add(&format!(" ON UPDATE {}", key.on_update.sql()));
    }
    if key.on_delete != Action::NoAction {
        add(&format!(" ON DELETE {}", key.on_delete.sql()));
    }
    if !key.on_delete_columns.is_empty() {
        add(&format!(" {}", quote_list(&context.relation.column_names(&key.on_delete_columns))));
    }
    if key.deferrable {
        add(" DEFERRABLE");
    }
    if key.initially_deferred {
        add(" INITIALLY DEFERRED");
    }
    if !constraint.enforced {
        add(" NOT ENFORCED");
    } else if !constraint.validated {
        add(" NOT VALID");
    }
    sql
}

/// As [`foreign_key`]; but where `fk_without_on_delete` is in force and does not allow the ON DELETE action, the first
/// allowed action is in its place.
pub fn allowed_foreign_key(name: &str, constraint: &Constraint, key: &ForeignKey, context: &FixContext<'_>) -> String {
    let allowed = context.base.option(&FK_ON_DELETE_ACTIONS);
    let is_checked = context.base.settings.level("fk_without_on_delete") != Level::Off && !key.period;
    if !is_checked || allowed.contains(&key.on_delete) {
        return foreign_key(name, constraint, key, context);
    }
    let on_delete = Action::ALL.into_iter().find(|action| allowed.contains(action)).unwrap_or(Action::Restrict);
    let allowed_key = ForeignKey { on_delete, on_delete_columns: Vec::new(), ..key.clone() };
    foreign_key(name, constraint, &allowed_key, context)
}
