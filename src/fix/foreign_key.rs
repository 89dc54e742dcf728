//! Foreign keys as SQL.

use super::step::Site;
use crate::facts::{Action, Constraint, ForeignKey, Relation};
use crate::sql::{quote, quote_list, quote_qualified};

/// The definition of a foreign key under this name, with the names that `relation` has for its columns:
/// `CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.t (id) ON DELETE RESTRICT`.
pub fn foreign_key(
    name: &str,
    constraint: &Constraint,
    key: &ForeignKey,
    relation: &Relation,
    site: &Site<'_>,
) -> String {
    let catalog = site.catalog();
    let is_own = key.referenced_table == relation.oid;
    let referenced = match is_own {
        true => relation.name.clone(),
        false => catalog.table_name(key.referenced_table).unwrap_or_default(),
    };
    let referenced_columns = match is_own {
        true => relation.column_names(&key.referenced_columns),
        false => catalog.column_names(key.referenced_table, &key.referenced_columns),
    };
    let mut sql = format!(
        "CONSTRAINT {} FOREIGN KEY {} REFERENCES {} {}",
        quote(name),
        quote_list(&relation.column_names(&constraint.columns)),
        quote_qualified(&referenced),
        quote_list(&referenced_columns),
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
        add(&format!(" {}", quote_list(&relation.column_names(&key.on_delete_columns))));
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
