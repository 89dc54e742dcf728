//! Pieces of SQL that the fixes of several rules are made from.

use super::{foreign_key, name_anew};
use crate::facts::{AttrNumber, Column, Constraint, Relation, oids};
use crate::rule::FixContext;
use crate::sql::{quote, quote_qualified, rename_identifier};

/// `ALTER TABLE public.orders `, or `ALTER FOREIGN TABLE …`.
pub fn alter(relation: &Relation) -> String {
    use crate::facts::RelationKind::*;
    let what = match relation.kind {
        Table | PartitionedTable => "TABLE",
        ForeignTable => "FOREIGN TABLE",
        CompositeType | Enum | Range => "TYPE",
        Domain => "DOMAIN",
    };
    format!("ALTER {what} {} ", quote_qualified(&relation.name))
}

/// Adds a constraint over these columns in place of a refused statement: together with the columns that the same
/// statement added to a table that was there before, but for those that another fix adds.
pub fn add_constraint(definition: &str, columns: &[AttrNumber], context: &FixContext<'_>) -> String {
    let wanted =
        |column: &&Column| columns.contains(&column.number) || !context.columns_with_fixes.contains(&column.number);
    let mut parts: Vec<String> = new_columns(context)
        .filter(wanted)
        .map(|column| {
            let name = quote(&column.name);
            format!("ADD COLUMN IF NOT EXISTS {name} {}", column_definition(column, context))
        })
        .collect();
    parts.push(format!("ADD {definition}"));
    format!("{}{};", alter(context.relation), parts.join(", "))
}

/// `ADD COLUMN a integer DEFAULT 1 NOT NULL`.
pub fn add_column(column: &Column, data_type: &str, context: &FixContext<'_>) -> String {
    let clauses = context.base.catalog.column_clauses(context.relation.oid, column.number);
    format!("ADD COLUMN {} {data_type}{clauses}", quote(&column.name))
}

/// Adds a column in place of a refused statement, with the constraints that are over this column alone. `definition`
/// is what follows the name.
pub fn readd_column(column: &Column, name: &str, definition: &str, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let mut parts = vec![format!("ADD COLUMN {} {definition}", quote(name))];
    let mut renamed = relation.clone();
    renamed.columns.iter_mut().filter(|one| one.number == column.number).for_each(|one| name.clone_into(&mut one.name));
    for constraint in relation.constraints.iter().filter(|c| c.columns == [column.number] && !c.inherited) {
        let definition = constraint_definition(&name_anew(constraint, &renamed, context), constraint, context);
        parts.push(format!("ADD {}", rename_identifier(&definition, &column.name, name)));
    }
    format!("{}{};", alter(relation), parts.join(", "))
}

/// What follows a column's name in its definition. A column with a sequence of its own is serial.
pub fn column_definition(column: &Column, context: &FixContext<'_>) -> String {
    let (catalog, table) = (context.base.catalog, context.relation.oid);
    let serial = match column.data_type.oid {
        oids::INT8 => "bigserial",
        oids::INT2 => "smallserial",
        _ => "serial",
    };
    match column.may_be_serial() && catalog.is_serial(table, column.number) {
        true => serial.to_owned(),
        false => format!("{}{}", column_type(column, context), catalog.column_clauses(table, column.number)),
    }
}

/// `CONSTRAINT ck CHECK (a > 0)`.
pub fn constraint_definition(name: &str, constraint: &Constraint, context: &FixContext<'_>) -> String {
    match &constraint.foreign_key {
        Some(key) => foreign_key(name, constraint, key, context),
        None => format!("CONSTRAINT {} {}", quote(name), context.base.catalog.constraint_definition(constraint.oid)),
    }
}

/// A column's type as SQL.
pub fn column_type(column: &Column, context: &FixContext<'_>) -> String {
    context.base.catalog.type_sql(column.data_type.oid, column.data_type.modifier)
}

/// The columns that a table which was there before has got by this change.
fn new_columns<'a>(context: &'a FixContext<'_>) -> impl Iterator<Item = &'a Column> {
    let is_new = |before: &Relation, column: &Column| before.column(column.number).is_none();
    context.relation.columns.iter().filter(move |column| context.before.is_some_and(|before| is_new(before, column)))
}
