//! What to run instead of a statement that would drop data.

use super::plan::write;
use super::step::{Attempt, LEAVE_OUT, Phase, Site, Step, unless_used};
use crate::facts::{DroppedData, ForeignKey, Oid, QualifiedName, UseKind};
use crate::rule::{Edit, Rest};
use crate::sql::{comment, plain_name, quote, quote_qualified, suggest_name};

/// What one edit has in the place of such a statement.
pub fn keep_data(edit: &Edit, site: &Site<'_>) -> Attempt {
    match edit {
        Edit::KeepUnderAnotherName(lost) => keep(lost, site),
        Edit::DoTheRest(rest) => do_the_rest(rest, site),
        Edit::Elsewhere(_, added) if matches!(**added, Edit::AddColumn(_)) => write(edit, site),
        _ => Err(LEAVE_OUT.to_owned()),
    }
}

/// Renames what a statement is about to drop, in case that was meant.
fn keep(lost: &DroppedData, site: &Site<'_>) -> Attempt {
    let (table, schema) = (quote_qualified(&lost.table), &lost.table.schema);
    let statement = match &lost.column {
        Some(column) => {
            let new = suggest_name(&[&plain_name(column, "", "c_"), "old"], |name| {
                lost.table_columns.iter().any(|other| other == name)
                    || site.catalog().descendants_have_column(lost.oid, name)
            });
            let (old, new) = (quote(column), quote(&new));
            let mut uses = site.catalog().column_uses(lost.oid, lost.number);
            uses.retain(|each| each.kind == UseKind::OtherParent);
            unless_used(&format!("Rename column {old} of table {table} to {new}"), &uses)?;
            format!("ALTER TABLE {table} RENAME COLUMN {old} TO {new};")
        }
        None => {
            let is_taken = |name: &str| site.catalog().relation_exists(&QualifiedName::new(schema, name));
            let new = suggest_name(&[&plain_name(&lost.table.name, "", "t_"), "old"], is_taken);
            format!("ALTER TABLE {table} RENAME TO {};", quote(&new))
        }
    };
    Ok(Step::new(Phase::Types, statement))
}

/// What the statement does besides: it drops what holds no data, and may have other subcommands.
fn do_the_rest(rest: &Rest, site: &Site<'_>) -> Attempt {
    let (mut tables, mut columns, mut cascade, mut by_hand) = (Vec::new(), Vec::new(), "", Vec::new());
    let mut alter = String::new();
    for dropped in &rest.dropped {
        let table = quote_qualified(&dropped.table);
        let with_cascade = if dropped.cascade { " CASCADE" } else { "" };
        match &dropped.column {
            Some(column) => {
                alter = format!("ALTER TABLE {table}");
                columns.push(format!("DROP COLUMN {}{with_cascade}", quote(column)));
            }
            None if may_take_along(dropped.oid, rest, site) => by_hand
                .push(comment(&format!("Drop table {table} yourself, after what depends on it and is to be kept."))),
            None => {
                tables.push(table);
                cascade = with_cascade;
            }
        }
    }
    let mut statements = Vec::new();
    statements.extend((!tables.is_empty()).then(|| format!("DROP TABLE {}{cascade};", tables.join(", "))));
    statements.extend((!columns.is_empty()).then(|| format!("{alter} {};", columns.join(", "))));
    statements.append(&mut by_hand);
    let more = "Run the other subcommands in an ALTER TABLE of their own.";
    statements.extend(rest.does_more.then(|| comment(more)));
    // The rename comes first.
    let step = Step { phase: Phase::Drops, statements, ..Step::default() };
    Ok(step.caution_if(rest.dropped.iter().any(|dropped| dropped.rows != 0.0), "drops data, as the statement would"))
}

/// Whether to drop a table could fail because of what is kept, or drop that, too: children and foreign keys.
fn may_take_along(table: Oid, rest: &Rest, site: &Site<'_>) -> bool {
    let refers = |key: &ForeignKey| key.referenced_table == table;
    let is_referenced_by = |kept: &Oid| {
        let constraints = site.catalog().relation(*kept).map_or_else(Vec::new, |relation| relation.constraints);
        constraints.iter().filter_map(|constraint| constraint.foreign_key.as_ref()).any(refers)
    };
    let has_children = site.catalog().relation(table).is_none_or(|relation| relation.has_children);
    has_children || rest.kept.iter().any(is_referenced_by)
}
