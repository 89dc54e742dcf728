//! NOT NULL as SQL.

use crate::facts::Relation;
use crate::rule::{Finding, FixContext};
use crate::{fix, sql};

/// SQL that makes the column of a finding NOT NULL. Rows without a value get one only where it is known which:
/// the default, or `filler` where the column is newer than the rows.
pub fn refuse_null(finding: &Finding, filler: Option<&str>, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(column) = finding.find_column(relation) else { return String::new() };
    let (alter, name) = (fix::alter(relation), sql::quote(&column.name));
    let is_new = |before: &Relation| before.column(column.number).is_none();
    let value = match context.before {
        None => None,
        Some(_) if column.has_default => Some("DEFAULT"),
        Some(before) => filler.filter(|_| is_new(before)),
    };
    let table = sql::quote_qualified(&relation.name);
    let fill =
        value.map_or(String::new(), |value| format!("UPDATE {table} SET {name} = {value} WHERE {name} IS NULL; "));
    format!("{fill}{alter}ALTER COLUMN {name} SET NOT NULL;")
}
