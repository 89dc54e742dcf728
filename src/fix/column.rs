//! Changes of columns, as statements.

use super::conversion::{NewType, change_type, describe};
use super::defaults::must_have_same_default;
use super::domains::recreate_domain;
use super::enums;
use super::followers::rename_followers;
use super::step::{Attempt, Phase, Site, Step, unless_used};
use crate::facts::{
    Column, Constraint, ConstraintKind, Index, Predicate, QualifiedName, Relation, RelationKind, Use, UseKind,
};
use crate::rule::{ColumnEdit, NewColumn, WantedType};
use crate::settings::Level;
use crate::sql::{literal, quote, quote_qualified};

/// The statements that change a column.
pub fn change(column: &Column, edit: &ColumnEdit, site: &Site<'_>) -> Attempt {
    match edit {
        ColumnEdit::Type(wanted) => set_type(column, wanted, site),
        ColumnEdit::Enum { labels, check } => enums::make_enum(column, labels, *check, site),
        ColumnEdit::NotNull { filler } => set_not_null(column, *filler, site),
        ColumnEdit::Default(default) => {
            must_have_same_default(&format!("Give {} the default {default}", describe(column, site)), column, site)?;
            let statement = format!("{} {} SET DEFAULT {default};", site.alter(), site.alter_column(column));
            Ok(Step::new(Phase::Columns, statement))
        }
        ColumnEdit::Identity(clause) => make_identity(column, clause, site),
        ColumnEdit::Name => rename(column, site),
        ColumnEdit::Comment(text) => {
            let statement = comment_on(&column.name, text, site);
            Ok(Step::new(Phase::Columns, statement).caution_if(true, PLACEHOLDER))
        }
    }
}

fn comment_on(column: &str, text: &str, site: &Site<'_>) -> String {
    format!("COMMENT ON COLUMN {}.{} IS {};", site.name(), quote(column), literal(text))
}

/// The caution of a comment that a person has to write.
pub const PLACEHOLDER: &str = "the text is a placeholder";

fn set_type(column: &Column, wanted: &WantedType, site: &Site<'_>) -> Attempt {
    let checked = site.after.column(column.number).unwrap_or(column);
    let new = NewType::of(checked, wanted, site)?.from(column, checked);
    match site.relation.kind {
        RelationKind::Domain => recreate_domain(column, &new, site),
        _ => change_type(column, &new, &[], site),
    }
}

/// Makes a column NOT NULL. Where it has rows without a value, they get its default, or `filler` where the column is
/// newer than the rows.
fn set_not_null(column: &Column, filler: Option<&'static str>, site: &Site<'_>) -> Attempt {
    let catalog = site.catalog();
    let set = format!("{} {} SET NOT NULL;", site.alter(), site.alter_column(column));
    let (holds_null, name) = (catalog.holds_null(site.relation.oid, column.number), quote(&column.name));
    if holds_null == Some(false) {
        return Ok(Step::new(Phase::Columns, set));
    }
    let is_new = |before: &Relation| before.column(column.number).is_none();
    let value = match site.before {
        None => None,
        Some(_) if column.has_default && !column.identity && !column.generated => {
            Some("DEFAULT").filter(|_| !catalog.heirs_have_other_default(site.relation.oid, column.number))
        }
        Some(before) => filler.filter(|_| is_new(before)),
    };
    let can_update = !may_be_refused(column, site.relation) && !catalog.update_is_refused(site.relation.oid);
    if let Some(value) = value.filter(|_| can_update) {
        let fill = format!("UPDATE {} SET {name} = {value} WHERE {name} IS NULL;", site.name());
        let caution = format!("writes {value} where it is NULL, which fires triggers");
        return Ok(Step {
            phase: Phase::Columns,
            statements: vec![fill, set],
            cautions: vec![caution],
            ..Step::default()
        });
    }
    match holds_null {
        Some(_) => Err(format!("Give {} a value where it is NULL, then run: {set}", describe(column, site))),
        None => Ok(Step::new(Phase::Columns, set).caution_if(true, "fails if a row holds NULL")),
    }
}

/// Whether rows may be refused the same value in a column: another row may have it, or the table that it refers to may not.
fn may_be_refused(column: &Column, relation: &Relation) -> bool {
    let is_over = |index: &Index| {
        let has_expressions = index.key.contains(&None) || index.predicate != Predicate::None;
        has_expressions || index.key.contains(&Some(column.number))
    };
    let may_refuse = |constraint: &Constraint| match constraint.kind {
        ConstraintKind::ForeignKey => constraint.columns.contains(&column.number),
        kind => kind == ConstraintKind::Exclusion,
    };
    relation.constraints.iter().any(may_refuse) || relation.indexes.iter().any(|index| index.unique && is_over(index))
}

/// Fails where an identity column would not be passed on to children or partitions.
pub fn must_not_have_heirs(change: &str, site: &Site<'_>) -> Result<(), String> {
    let relation = site.relation;
    if relation.has_children && relation.kind == RelationKind::Table {
        return Err(format!("{change}. Its inheritance children would be left without a default."));
    }
    if relation.kind == RelationKind::PartitionedTable && !site.catalog().partitions_have_identity() {
        return Err(format!("{change}. Its partitions would be left without a default."));
    }
    Ok(())
}

/// Turns a serial column into an identity column that goes on counting where its sequence has stopped.
fn make_identity(column: &Column, clause: &str, site: &Site<'_>) -> Attempt {
    let (catalog, relation) = (site.catalog(), site.relation);
    let change = format!("Make {} {clause}", describe(column, site));
    must_not_have_heirs(&change, site)?;
    must_have_same_default(&change, column, site)?;
    let Some(sequence) = catalog.serial_sequence(relation.oid, column.number) else {
        return Err(format!("{change}. It has no sequence of its own."));
    };
    unless_used(&change, &catalog.sequence_uses(relation.oid, column.number))?;
    if !column.not_null && catalog.holds_null(relation.oid, column.number) != Some(false) {
        return Err(format!("{change}. It may hold NULL."));
    }
    let (alter, edit, old) = (site.alter(), site.alter_column(column), quote_qualified(&sequence));
    let aside = QualifiedName { name: site.names.name_type(&sequence.schema, &[&sequence.name, "old"]), ..sequence };
    let not_null = if column.not_null { String::new() } else { format!("{edit} SET NOT NULL, ") };
    let statements = vec![
        format!("{alter} {edit} DROP DEFAULT;"),
        format!("ALTER SEQUENCE {old} OWNED BY NONE;"),
        format!("ALTER SEQUENCE {old} RENAME TO {};", quote(&aside.name)),
        format!("{alter} {not_null}{edit} ADD {clause}{};", catalog.sequence_options(relation.oid, column.number)),
        // Somebody else's setval(text, ...) would fit better than PostgreSQL's own, wherever search_path leads to it.
        format!(
            "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({}, {}), last_value, is_called) FROM {};",
            literal(&site.name()),
            literal(&column.name),
            quote_qualified(&aside)
        ),
        format!("DROP SEQUENCE {};", quote_qualified(&aside)),
    ];
    let step = Step { phase: Phase::Columns, statements, ..Step::default() };
    let loses = catalog.sequence_has_belongings(relation.oid, column.number);
    Ok(step.caution_if(loses, "loses the privileges and the comment of the sequence"))
}

fn rename(column: &Column, site: &Site<'_>) -> Attempt {
    let (catalog, relation) = (site.catalog(), site.relation);
    let checked = site.after.column(column.number).unwrap_or(column);
    let new = site.names.rename_column(relation, checked);
    let change = format!("Rename {} to {}", describe(column, site), quote(&new));
    let is_other_parent = |each: &Use| each.kind == UseKind::OtherParent;
    let mut uses: Vec<Use> =
        catalog.column_uses(relation.oid, column.number).into_iter().filter(is_other_parent).collect();
    uses.extend(site.type_in_the_way());
    unless_used(&change, &uses)?;
    let (noun, cascade) = match relation.kind {
        RelationKind::CompositeType => ("ATTRIBUTE", " CASCADE"),
        _ => ("COLUMN", ""),
    };
    let mut statements = rename_followers(Some(column.number), site);
    let (alter, old) = (site.alter(), quote(&column.name));
    statements.push(format!("{alter} RENAME {noun} {old} TO {}{cascade};", quote(&new)));
    Ok(Step { phase: Phase::PartNames, statements, cautions: vec![RENAMES.to_owned()], ..Step::default() })
}

/// The caution of a fix that renames what clients name in their SQL.
pub const RENAMES: &str = "renames what applications may use";

/// Adds a column.
pub fn add(new: &NewColumn, site: &Site<'_>) -> Attempt {
    let relation = site.relation;
    let change = format!("Add column {} {} to table {}", quote(&new.name), new.definition, site.name());
    let mut uses = site.catalog().row_type_uses(relation.oid);
    uses.extend(site.type_in_the_way());
    unless_used(&change, &uses)?;
    if new.needs_value && site.may_have_rows() {
        return Err(format!("{change}. Its rows need a value first."));
    }
    let statement = format!("{} ADD COLUMN {} {};", site.alter(), quote(&new.name), new.definition);
    let mut statements = vec![statement];
    if site.base.settings.level("column_without_comment") != Level::Off {
        statements.push(comment_on(&new.name, &format!("What {} means", new.name), site));
    }
    let step = Step { phase: Phase::Columns, statements, ..Step::default() };
    Ok(step.caution_if(site.may_have_rows(), "gives existing rows its default"))
}
