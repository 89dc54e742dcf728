//! Pieces of SQL that the fixes of several rules are made from.

use crate::facts::{AttrNumber, Column, Constraint, ConstraintKind, ForeignKey, NameOrigin, Relation};
use crate::rule::{Finding, FixContext, Object};
use crate::sql::{constraint_prefix, plain_name, quote, quote_list, quote_qualified, rename_identifier, suggest_name};

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
    let wanted = |column: &&Column| columns.contains(&column.number) || !context.at_fault.contains(&column.number);
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
    let clauses = context.catalog.column_clauses(context.relation.oid, column.number);
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
    let (catalog, table) = (context.catalog, context.relation.oid);
    let serial = match column.data_type.oid {
        20 => "bigserial",
        21 => "smallserial",
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
        None => format!("CONSTRAINT {} {}", quote(name), context.catalog.constraint_definition(constraint.oid)),
    }
}

/// A column's type as SQL.
pub fn column_type(column: &Column, context: &FixContext<'_>) -> String {
    context.catalog.type_sql(column.data_type.oid, column.data_type.modifier)
}

/// The columns that a table which was there before has got by this change.
fn new_columns<'a>(context: &'a FixContext<'_>) -> impl Iterator<Item = &'a Column> {
    let is_new = |before: &Relation, column: &Column| before.column(column.number).is_none();
    context.relation.columns.iter().filter(move |column| context.before.is_some_and(|before| is_new(before, column)))
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
    if !constraint.enforced {
        add(" NOT ENFORCED");
    } else if !constraint.validated {
        add(" NOT VALID");
    }
    sql
}

/// A name for a constraint that has none of its own: `fk_orders_customer_id`. Those that got no name by the same
/// statement get different ones.
pub fn constraint_name(constraint: &Constraint, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let name_of = |one: &Constraint, chosen: &[String]| {
        let columns = match one.kind {
            ConstraintKind::PrimaryKey => Vec::new(),
            _ => relation.column_names(&one.columns),
        };
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        free_name_for(one.kind, &columns, chosen, context)
    };
    let mut chosen: Vec<String> = Vec::new();
    let unnamed = relation.constraints.iter().filter(|one| one.name_origin == NameOrigin::MadeUp);
    for one in unnamed.filter(|one| one.oid < constraint.oid) {
        chosen.push(name_of(one, &chosen));
    }
    name_of(constraint, &chosen)
}

/// The name of a constraint that is made anew when its table or a column has got another name. One that PostgreSQL
/// made up has the old name in it.
pub fn name_anew(constraint: &Constraint, renamed: &Relation, context: &FixContext<'_>) -> String {
    match constraint.name_origin {
        NameOrigin::MadeUp if renamed != context.relation => {
            constraint_name(constraint, &FixContext { relation: renamed, ..*context })
        }
        _ => constraint.name.clone(),
    }
}

/// A name for a constraint that is to be made: `ck_orders_note_length`.
pub fn name_for(kind: ConstraintKind, words: &[&str], context: &FixContext<'_>) -> String {
    free_name_for(kind, words, &[], context)
}

fn free_name_for(kind: ConstraintKind, words: &[&str], chosen: &[String], context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let mut parts = vec![constraint_prefix(kind), &relation.name.name];
    parts.extend(words);
    suggest_name(&parts, |name| {
        chosen.iter().any(|other| other == name)
            || relation.has_part_named(name)
            || (kind.has_index() && is_taken(name, context))
    })
}

/// A name for an index over these columns: `ix_orders_customer_id`, other than those chosen already.
pub fn index_name(columns: &[String], chosen: &[String], context: &FixContext<'_>) -> String {
    let parts = ["ix", &context.relation.name.name, &columns.join("_")];
    suggest_name(&parts, |name| {
        chosen.iter().any(|other| other == name) || context.relation.has_part_named(name) || is_taken(name, context)
    })
}

/// This name, or where an index or a constraint of the table has it, or is to get it, the next free one.
pub fn free_part_name(name: &str, needs_index: bool, chosen: &[String], context: &FixContext<'_>) -> String {
    let is_part = |name: &str| {
        chosen.iter().any(|other| other == name) || states(context).any(|relation| relation.has_part_named(name))
    };
    suggest_name(&[name], |name| is_part(name) || (needs_index && is_taken(name, context)))
}

/// A plain name near that of the object of a finding, in the shape that a pattern gives it where there is one, and free.
pub fn free_plain_name(finding: &Finding, context: &FixContext<'_>, shape: impl Fn(&str) -> Option<String>) -> String {
    // The plain name may be the object's own and so be taken, which it is not any more in another shape.
    let free = |plain: &str, is_taken: &dyn Fn(&str) -> bool| {
        shape(plain).filter(|name| !is_taken(name)).unwrap_or_else(|| {
            let plain = suggest_name(&[plain], is_taken);
            shape(&plain).unwrap_or(plain)
        })
    };
    match &finding.object {
        Object::Relation => {
            // The fault is the name itself; a relation that is refused has the one it had before.
            free(&plain_name(&finding.fault, "s", "t_"), &|name| {
                is_taken(name, context) || states(context).any(|relation| relation.name.name == name)
            })
        }
        Object::Column { name, .. } => {
            let columns = || states(context).flat_map(|relation| &relation.columns);
            free(&plain_name(name, "_", "c_"), &|name| columns().any(|column| column.name == name))
        }
        Object::Constraint { name, .. } => free_part_name(&plain_name(name, "_", "ck_"), false, &[], context),
        Object::Index { name, .. } => free_part_name(&plain_name(name, "_", "ix_"), true, &[], context),
    }
}

/// The relation, and where a statement is refused what it will be again.
fn states<'a>(context: &'a FixContext<'_>) -> impl Iterator<Item = &'a Relation> {
    std::iter::once(context.relation).chain(context.before.filter(|_| context.refused))
}

/// Whether another relation of the schema has this name.
pub fn is_taken(name: &str, context: &FixContext<'_>) -> bool {
    let schema = context.relation.name.schema.clone();
    context.catalog.relation_exists(&crate::facts::QualifiedName { schema, name: name.to_owned() })
}
