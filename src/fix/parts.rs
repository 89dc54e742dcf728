//! Pieces of SQL from which the fixes of several rules are made.

use super::{PartNames, foreign_key};
use crate::facts::{AttrNumber, Column, Constraint, ConstraintKind, NameOrigin, Relation, RelationKind, oids};
use crate::rule::FixContext;
use crate::sql::{quote, quote_qualified, rename_identifier};

/// `ALTER TABLE public.orders `, `ALTER FOREIGN TABLE …`, `ALTER TYPE …` or `ALTER DOMAIN …`, with a space at the end.
pub fn alter(relation: &Relation) -> String {
    let kind = match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => "TABLE",
        RelationKind::ForeignTable => "FOREIGN TABLE",
        RelationKind::CompositeType | RelationKind::Enum | RelationKind::Range => "TYPE",
        RelationKind::Domain => "DOMAIN",
    };
    format!("ALTER {kind} {} ", quote_qualified(&relation.name))
}

/// Adds a constraint over these columns in place of a refused statement. The columns that the statement would have
/// added are added as well, except for columns that the constraint is not over and that the fix of another violation
/// adds.
pub fn add_constraint(definition: &str, columns: &[AttrNumber], context: &FixContext<'_>) -> String {
    let has_fix = |number: &AttrNumber| context.columns_with_fixes.binary_search(number).is_ok();
    let is_added_here = |number: &&AttrNumber| columns.contains(number) || !has_fix(number);
    let added = context.added_columns.iter().filter(is_added_here);
    let mut parts: Vec<String> = added
        .filter_map(|number| context.relation.column(*number))
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

/// Adds a column in place of a refused statement, under this name and with this definition (what follows the name),
/// together with the constraints over this column alone.
pub fn add_column_with_constraints(column: &Column, name: &str, definition: &str, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let mut parts = vec![format!("ADD COLUMN {} {definition}", quote(name))];
    let is_over_it = |constraint: &&Constraint| constraint.columns == [column.number] && !constraint.inherited;
    let mut constraints = relation.constraints.iter().filter(is_over_it).peekable();
    // A name that PostgreSQL made up has the old name of the column in it, so it is replaced.
    let mut names = constraints.peek().filter(|_| name != column.name).map(|_| PartNames::of(context));
    for constraint in constraints {
        let words = if constraint.kind == ConstraintKind::PrimaryKey { &[][..] } else { &[name] };
        let new_name = match &mut names {
            Some(names) if constraint.name_origin == NameOrigin::MadeUp => {
                names.choose_constraint_name(constraint.kind, words)
            }
            _ => constraint.name.clone(),
        };
        let definition = constraint_definition(&new_name, constraint, context);
        parts.push(format!("ADD {}", rename_identifier(&definition, &column.name, name)));
    }
    format!("{}{};", alter(relation), parts.join(", "))
}

/// What follows a column's name in its definition. A column with a sequence of its own is written as serial.
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

/// Whether a column exists when the SQL is run. Where the statement is refused, only the columns from before it do.
pub fn column_exists(column: &Column, context: &FixContext<'_>) -> bool {
    !context.refused || context.before.is_some_and(|before| before.column(column.number).is_some())
}
