//! SQL that turns serial columns into identity columns.

use crate::facts::Column;
use crate::rule::FixContext;
use crate::{fix, sql};

/// Turns a serial column into an identity column that goes on counting after the highest existing value.
/// `identity_clause` is `GENERATED … AS IDENTITY`.
pub fn make_identity(column: &Column, identity_clause: &str, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    if !fix::column_exists(column, context) {
        let definition = format!("{} {identity_clause}", fix::column_type(column, context));
        return fix::add_column_with_constraints(column, &column.name, &definition, context);
    }
    let (alter, name) = (fix::alter(relation), sql::quote(&column.name));
    let table = sql::quote_qualified(&relation.name);
    let sequence = context.base.catalog.serial_sequence(relation.oid, column.number).filter(|_| !context.refused);
    let drop = sequence.map_or(String::new(), |name| format!("DROP SEQUENCE {}; ", sql::quote_qualified(&name)));
    let not_null = if column.not_null { String::new() } else { format!("SET NOT NULL, ALTER COLUMN {name} ") };
    format!(
        "{alter}ALTER COLUMN {name} DROP DEFAULT; {drop}{alter}ALTER COLUMN {name} {not_null}ADD {identity_clause}; \
         SELECT setval(pg_get_serial_sequence({}, {}), max({name})) FROM {table};",
        sql::literal(&table),
        sql::literal(&column.name)
    )
}
