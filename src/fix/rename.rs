//! SQL that gives the object of a finding another name. An object that exists is renamed; an object that a refused
//! statement would have made is made under the new name.

use crate::facts::{Column, Constraint, Index, QualifiedName, Relation, RelationKind};
use crate::fix;
use crate::rule::{ChosenNames, Finding, FixContext, Object};
use crate::settings::name_pattern::{NamePattern, Placeholders};
use crate::sql::{self, quote, quote_qualified};

/// SQL that gives the object of a finding this name.
pub fn rename(finding: &Finding, new: &str, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let renamed = match &finding.object {
        Object::Relation => Some(rename_relation(new, context)),
        Object::Column { .. } => finding.find_column(relation).map(|column| rename_column(column, new, context)),
        Object::Constraint { .. } => {
            finding.find_constraint(relation).map(|constraint| rename_constraint(constraint, new, context))
        }
        Object::Index { .. } => finding.find_index(relation).map(|index| rename_index(index, new, context)),
    };
    renamed.unwrap_or_default()
}

/// SQL that gives the object of a finding a free name that fits the pattern for its kind.
pub fn rename_to_fit(
    finding: &Finding,
    pattern: &NamePattern,
    placeholders: &Placeholders<'_>,
    context: &FixContext<'_>,
) -> String {
    let name = fix::free_plain_name(finding, context, |plain| pattern.suggest(placeholders, plain));
    rename(finding, &name, context)
}

/// The relation as it is when the SQL is run, with the object in it. `None` where a refused statement would have made
/// the object, so that there is nothing to rename.
fn find_existing<'a, T>(
    context: &FixContext<'a>,
    find: impl Fn(&'a Relation) -> Option<&'a T>,
) -> Option<(&'a Relation, &'a T)> {
    let relation = if context.refused { context.before? } else { context.relation };
    Some((relation, find(relation)?))
}

fn rename_relation(new: &str, context: &FixContext<'_>) -> String {
    if context.refused
        && context.before.is_none()
        && let Some(creation) = create(context.relation, new, context)
    {
        return creation;
    }
    let existing = context.before.filter(|_| context.refused).unwrap_or(context.relation);
    format!("{}RENAME TO {};", fix::alter(existing), quote(new))
}

fn rename_column(column: &Column, new: &str, context: &FixContext<'_>) -> String {
    let is_type = context.relation.kind == RelationKind::CompositeType;
    if let Some((relation, old)) = find_existing(context, |relation| relation.column(column.number)) {
        let kind = if is_type { "ATTRIBUTE" } else { "COLUMN" };
        return format!("{}RENAME {kind} {} TO {};", fix::alter(relation), quote(&old.name), quote(new));
    }
    if is_type {
        let data_type = fix::column_type(column, context);
        return format!("{}ADD ATTRIBUTE {} {data_type};", fix::alter(context.relation), quote(new));
    }
    fix::add_column_with_constraints(column, new, &fix::column_definition(column, context), context)
}

fn rename_constraint(constraint: &Constraint, new: &str, context: &FixContext<'_>) -> String {
    if let Some((relation, old)) = find_existing(context, |relation| relation.constraint(constraint.oid)) {
        return format!("{}RENAME CONSTRAINT {} TO {};", fix::alter(relation), quote(&old.name), quote(new));
    }
    fix::add_constraint(&fix::constraint_definition(new, constraint, context), &constraint.columns, context)
}

fn rename_index(index: &Index, new: &str, context: &FixContext<'_>) -> String {
    let is_same = |other: &&Index| other.oid == index.oid && index.oid != 0;
    if let Some((relation, old)) = find_existing(context, |relation| relation.indexes.iter().find(is_same)) {
        let old = QualifiedName::new(&relation.name.schema, &old.name);
        return format!("ALTER INDEX {} RENAME TO {};", quote_qualified(&old), quote(new));
    }
    if index.is_yet_to_be_built() && !context.refused {
        let old = QualifiedName::new(&context.relation.name.schema, &index.name);
        return format!("ALTER INDEX {} RENAME TO {};", quote_qualified(&old), quote(new));
    }
    create_index(index, new, context)
}

/// The statement that makes an index under this name.
pub fn create_index(index: &Index, name: &str, context: &FixContext<'_>) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    if let Some(rest) = &index.statement {
        return format!("CREATE {unique}INDEX CONCURRENTLY {} ON {rest};", quote(name));
    }
    // On a partitioned table, an index that is not valid was made with ONLY.
    let only = if context.relation.kind == RelationKind::PartitionedTable && !index.usable { "ONLY " } else { "" };
    let definition = context.base.catalog.index_definition(index.oid);
    let rest = sql::index_parts(&definition).map_or(definition.as_str(), |(_, rest)| rest);
    format!("CREATE {unique}INDEX {} ON {only}{rest};", quote(name))
}

/// The statement that makes a relation under this name, with the names that its columns have in `relation`, which may be
/// other ones than in the relation that is checked; `None` for a foreign table, and for a partition whose parent is
/// not known.
pub fn create(relation: &Relation, name: &str, context: &FixContext<'_>) -> Option<String> {
    let catalog = context.base.catalog;
    let qualified = quote_qualified(&QualifiedName::new(&relation.name.schema, name));
    let define_attribute = |column: &Column| format!("{} {}", quote(&column.name), fix::column_type(column, context));
    Some(match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => return create_table(relation, name, context),
        RelationKind::ForeignTable => return None,
        RelationKind::CompositeType => {
            let attributes: Vec<String> = relation.columns.iter().map(define_attribute).collect();
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

/// Replaces the names of columns in a definition by those that they have in `renamed`.
fn rename_columns(definition: &str, renamed: &Relation, context: &FixContext<'_>) -> String {
    let pairs = context.relation.columns.iter().zip(&renamed.columns).filter(|(old, new)| old.name != new.name);
    pairs.fold(definition.to_owned(), |text, (old, new)| sql::rename_identifier(&text, &old.name, &new.name))
}

/// The statement that makes a table under this name, with its columns and constraints. Constraints that PostgreSQL
/// named after the table get names after the new one, and foreign keys to the table itself refer to the new name.
fn create_table(relation: &Relation, name: &str, context: &FixContext<'_>) -> Option<String> {
    let renamed = Relation { name: QualifiedName::new(&relation.name.schema, name), ..relation.clone() };
    let qualified = quote_qualified(&renamed.name);
    let define_column = |column: &Column| {
        let definition = fix::column_definition(column, context);
        let definition = if column.generated { rename_columns(&definition, relation, context) } else { definition };
        format!("{} {definition}", quote(&column.name))
    };
    let old_reference = format!("REFERENCES {} ", quote_qualified(&relation.name));
    let new_reference = format!("REFERENCES {qualified} ");
    // Names that PostgreSQL made up have the old name of the table or of a column in them.
    let is_renamed = renamed != *context.relation;
    let no_names = ChosenNames::default();
    let renamed_context = FixContext { relation: &renamed, chosen_names: &no_names, ..*context };
    let define_constraint = |constraint: &Constraint| {
        let name = match is_renamed {
            true => fix::keep_or_suggest_name(constraint, &renamed_context),
            false => constraint.name.clone(),
        };
        let of_renamed = FixContext { relation, ..*context };
        let definition =
            fix::constraint_definition(&name, constraint, &of_renamed).replace(&old_reference, &new_reference);
        let is_over_own_columns =
            constraint.foreign_key.as_ref().is_none_or(|key| key.referenced_table == relation.oid);
        if is_over_own_columns { rename_columns(&definition, relation, context) } else { definition }
    };
    let columns = relation.columns.iter().filter(|column| !column.inherited).map(define_column);
    let constraints = relation.constraints.iter().filter(|constraint| !constraint.inherited).map(define_constraint);
    let parts = columns.chain(constraints).collect::<Vec<_>>().join(", ");

    let family = context.base.catalog.family(relation.oid);
    let parents: Vec<String> = family.parents.iter().map(quote_qualified).collect();
    let partition_key = family.partition_key.map(|key| rename_columns(&key, relation, context));
    let partition_by = partition_key.map(|key| format!(" PARTITION BY {key}")).unwrap_or_default();
    Some(match (family.bound, parents.as_slice()) {
        (Some(bound), [parent]) => {
            let parts = if parts.is_empty() { parts } else { format!(" ({parts})") };
            format!("CREATE TABLE {qualified} PARTITION OF {parent}{parts} {bound}{partition_by};")
        }
        (None, []) => format!("CREATE TABLE {qualified} ({parts}){partition_by};"),
        (None, parents) => {
            format!("CREATE TABLE {qualified} ({parts}) INHERITS ({}){partition_by};", parents.join(", "))
        }
        _ => return None,
    })
}
