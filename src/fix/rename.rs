//! SQL that gives what a finding is about another name: by renaming what is there, and by making what was refused
//! under the new name.

use crate::facts::{Column, Constraint, Index, QualifiedName, Relation, RelationKind};
use crate::fix;
use crate::rule::{Finding, FixContext, Object};
use crate::sql::{self, quote, quote_qualified};

/// SQL that gives the object of a finding this name.
pub fn rename(finding: &Finding, new: &str, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let renamed = match &finding.object {
        Object::Relation => Some(rename_relation(new, context)),
        Object::Column { .. } => finding.find_column(relation).map(|column| rename_column(column, new, context)),
        Object::Constraint { .. } => finding.find_constraint(relation).map(|one| rename_constraint(one, new, context)),
        Object::Index { .. } => finding.find_index(relation).map(|index| rename_index(index, new, context)),
    };
    renamed.unwrap_or_default()
}

/// Where an object can be renamed: the relation as it will be found, with the object in it. `None` where a refused
/// statement would have made the object.
fn in_place<'a, T>(
    context: &FixContext<'a>,
    find: impl Fn(&'a Relation) -> Option<&'a T>,
) -> Option<(&'a Relation, &'a T)> {
    let relation = if context.refused { context.before? } else { context.relation };
    Some((relation, find(relation)?))
}

fn rename_relation(new: &str, context: &FixContext<'_>) -> String {
    let creation = || create(context.relation, new, context).filter(|_| context.refused && context.before.is_none());
    let place = context.before.filter(|_| context.refused).unwrap_or(context.relation);
    creation().unwrap_or_else(|| format!("{}RENAME TO {};", fix::alter(place), quote(new)))
}

fn rename_column(column: &Column, new: &str, context: &FixContext<'_>) -> String {
    let is_type = context.relation.kind == RelationKind::CompositeType;
    if let Some((relation, old)) = in_place(context, |relation| relation.column(column.number)) {
        let what = if is_type { "ATTRIBUTE" } else { "COLUMN" };
        return format!("{}RENAME {what} {} TO {};", fix::alter(relation), quote(&old.name), quote(new));
    }
    if is_type {
        let data_type = fix::column_type(column, context);
        return format!("{}ADD ATTRIBUTE {} {data_type};", fix::alter(context.relation), quote(new));
    }
    fix::readd_column(column, new, &fix::column_definition(column, context), context)
}

fn rename_constraint(constraint: &Constraint, new: &str, context: &FixContext<'_>) -> String {
    if let Some((relation, old)) = in_place(context, |relation| relation.constraint(constraint.oid)) {
        return format!("{}RENAME CONSTRAINT {} TO {};", fix::alter(relation), quote(&old.name), quote(new));
    }
    fix::add_constraint(&fix::constraint_definition(new, constraint, context), &constraint.columns, context)
}

fn rename_index(index: &Index, new: &str, context: &FixContext<'_>) -> String {
    let is_same = |one: &&Index| one.oid == index.oid && index.oid != 0;
    if let Some((relation, old)) = in_place(context, |relation| relation.indexes.iter().find(is_same)) {
        let old = QualifiedName::new(&relation.name.schema, &old.name);
        return format!("ALTER INDEX {} RENAME TO {};", quote_qualified(&old), quote(new));
    }
    create_index(index, new, context)
}

/// The statement that makes an index, under this name.
pub fn create_index(index: &Index, name: &str, context: &FixContext<'_>) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    if let Some(rest) = &index.statement {
        return format!("CREATE {unique}INDEX CONCURRENTLY {} ON {rest};", quote(name));
    }
    // An index that is not yet valid on a partitioned table was made for that table ONLY.
    let only = if context.relation.kind == RelationKind::PartitionedTable && !index.usable { "ONLY " } else { "" };
    let definition = context.base.catalog.index_definition(index.oid);
    let rest = sql::index_parts(&definition).map_or(definition.as_str(), |(_, rest)| rest);
    format!("CREATE {unique}INDEX {} ON {only}{rest};", quote(name))
}

/// The statement that makes a relation, under this name; `None` for a foreign table.
pub fn create(relation: &Relation, name: &str, context: &FixContext<'_>) -> Option<String> {
    let catalog = context.base.catalog;
    let qualified = quote_qualified(&QualifiedName::new(&relation.name.schema, name));
    let attribute = |column: &Column| format!("{} {}", quote(&column.name), fix::column_type(column, context));
    Some(match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => return create_table(relation, name, context),
        RelationKind::ForeignTable => return None,
        RelationKind::CompositeType => {
            let attributes: Vec<String> = relation.columns.iter().map(attribute).collect();
            format!("CREATE TYPE {qualified} AS ({});", attributes.join(", "))
        }
        RelationKind::Domain => {
            let base = fix::column_type(relation.columns.first()?, context);
            format!("CREATE DOMAIN {qualified} AS {base}{};", catalog.domain_clauses(relation.oid))
        }
        RelationKind::Enum | RelationKind::Range => {
            format!("CREATE TYPE {qualified}{};", catalog.type_clauses(relation.oid))
        }
    })
}

fn create_table(relation: &Relation, name: &str, context: &FixContext<'_>) -> Option<String> {
    let renamed = Relation { name: QualifiedName::new(&relation.name.schema, name), ..relation.clone() };
    let qualified = quote_qualified(&renamed.name);
    let family = context.base.catalog.family(relation.oid);
    let parents: Vec<String> = family.parents.iter().map(quote_qualified).collect();
    let column = |column: &Column| format!("{} {}", quote(&column.name), fix::column_definition(column, context));
    let old = format!("REFERENCES {} ", quote_qualified(&relation.name));
    let constraint = |one: &Constraint| {
        let name = fix::name_anew(one, &renamed, context);
        fix::constraint_definition(&name, one, context).replace(&old, &format!("REFERENCES {qualified} "))
    };
    let columns = relation.columns.iter().filter(|one| !one.inherited).map(column);
    let constraints = relation.constraints.iter().filter(|one| !one.inherited).map(constraint);
    let parts = columns.chain(constraints).collect::<Vec<_>>().join(", ");
    let key = family.partition_key.map(|key| format!(" PARTITION BY {key}")).unwrap_or_default();
    Some(match (family.bound, parents.as_slice()) {
        (Some(bound), [parent]) => {
            let parts = if parts.is_empty() { parts } else { format!(" ({parts})") };
            format!("CREATE TABLE {qualified} PARTITION OF {parent}{parts} {bound}{key};")
        }
        (None, []) => format!("CREATE TABLE {qualified} ({parts}){key};"),
        (None, parents) => format!("CREATE TABLE {qualified} ({parts}) INHERITS ({}){key};", parents.join(", ")),
        _ => return None,
    })
}
