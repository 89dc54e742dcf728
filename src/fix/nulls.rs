//! NOT NULL as SQL.

use crate::facts::Relation;
use crate::rule::{Finding, FixContext};
use crate::{fix, sql};

/// SQL that makes the column of a finding NOT NULL. Before that, rows without a value get the column's default or,
/// where it has none and is newer than the rows, `filler`. Otherwise the value that they need is unknown, and the SQL
/// leaves them as they are.
pub fn set_not_null(finding: &Finding, filler: Option<&str>, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(column) = finding.find_column(relation) else { return String::new() };
    let (alter, name) = (fix::alter(relation), sql::quote(&column.name));
    let is_new = |before: &Relation| before.column(column.number).is_none();
    let value = match context.before {
        None => None,
        Some(_) if column.has_default => Some("DEFAULT"),
        Some(before) => filler.filter(|_| is_new(before)),
    };
    let fill = value.map_or(String::new(), |value| fix::fill_null(&name, value, relation));
    format!("{fill}{alter}ALTER COLUMN {name} SET NOT NULL;")
}

/// SQL that gives a column a value in the rows where it is NULL, with a space after it. `column` is quoted already.
pub fn fill_null(column: &str, value: &str, relation: &Relation) -> String {
    let table = sql::quote_qualified(&relation.name);
    format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL; ")
}
