//! Pieces of SQL that the fixes of several rules are made from.

use crate::facts::{Column, Constraint, ForeignKey, Relation};
use crate::rule::FixContext;
use crate::sql::{constraint_prefix, quote, quote_list, quote_qualified, suggest_name};

/// `ALTER TABLE public.orders `, or `ALTER FOREIGN TABLE …`.
pub fn alter(relation: &Relation) -> String {
    use crate::facts::RelationKind::*;
    let what = match relation.kind {
        Table | PartitionedTable => "TABLE",
        ForeignTable => "FOREIGN TABLE",
        CompositeType => "TYPE",
        Domain => "DOMAIN",
    };
    format!("ALTER {what} {} ", quote_qualified(&relation.name))
}

/// Adds a constraint in place of a refused statement: together with the columns that the same statement added to
/// a table that was there before.
pub fn add_constraint(constraint: &Constraint, definition: &str, context: &FixContext<'_>) -> String {
    let mut parts: Vec<String> = new_columns(&constraint.columns, context)
        .map(|column| add_column(column, &column_type(column, context), context))
        .collect();
    parts.push(format!("ADD {definition}"));
    format!("{}{};", alter(context.relation), parts.join(", "))
}

/// `ADD COLUMN a integer DEFAULT 1 NOT NULL`.
pub fn add_column(column: &Column, data_type: &str, context: &FixContext<'_>) -> String {
    let clauses = context.catalog.column_clauses(context.relation.oid, column.number);
    format!("ADD COLUMN {} {data_type}{clauses}", quote(&column.name))
}

/// A column's type as SQL.
pub fn column_type(column: &Column, context: &FixContext<'_>) -> String {
    context.catalog.type_sql(column.data_type.oid, column.data_type.modifier)
}

/// Those of these columns that a table which was there before has got by this change.
fn new_columns<'a>(numbers: &'a [i16], context: &'a FixContext<'_>) -> impl Iterator<Item = &'a Column> {
    let before = context.before;
    numbers
        .iter()
        .filter_map(|n| context.relation.column(*n))
        .filter(move |column| before.is_some_and(|before| before.column(column.number).is_none()))
}

/// `CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.t (id) ON DELETE RESTRICT`.
pub fn foreign_key(name: &str, constraint: &Constraint, key: &ForeignKey, context: &FixContext<'_>) -> String {
    use crate::facts::Action;
    let catalog = context.catalog;
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
    if !key.enforced {
        add(" NOT ENFORCED");
    } else if !constraint.validated {
        add(" NOT VALID");
    }
    sql
}

/// A name for a constraint that has none of its own: `fk_orders_customer_id`.
pub fn constraint_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    use crate::facts::ConstraintKind::PrimaryKey;
    let relation = context.relation;
    let columns = match constraint.kind {
        PrimaryKey => String::new(),
        _ => relation.column_names(&constraint.columns).join("_"),
    };
    let parts = [constraint_prefix(constraint.kind), &relation.name.name, &columns];
    suggest_name(&parts, |name| {
        relation.has_part_named(name) || (constraint.kind.has_index() && is_taken(name, context))
    })
}

/// A name for an index over these columns: `ix_orders_customer_id`.
pub fn index_name(columns: &[String], context: &FixContext<'_>) -> String {
    let parts = ["ix", &context.relation.name.name, &columns.join("_")];
    suggest_name(&parts, |name| context.relation.has_part_named(name) || is_taken(name, context))
}

fn is_taken(name: &str, context: &FixContext<'_>) -> bool {
    let schema = context.relation.name.schema.clone();
    context.catalog.relation_exists(&crate::facts::QualifiedName { schema, name: name.to_owned() })
}
