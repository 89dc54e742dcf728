//! What in a refused statement keeps a column from having the type that is wanted for it: what reads the column and cannot be
//! written for the new type, and foreign keys, which tie it to another column.

use std::collections::BTreeSet;

use super::conversion::{NewType, describe, type_oid};
use super::enums::introduce;
use super::new_columns::NewColumns;
use super::step::Site;
use crate::facts::{AttrNumber, Column, Constraint, ConstraintKind, Oid, oids};
use crate::predicates::types::STRING_TYPES;
use crate::rule::Conversion;
use crate::sql::{join_lines, quote, replace_identifiers};

/// The columns that cannot have the types that are chosen for them, each with what a person has to do.
pub fn find_hindered(columns: &NewColumns<'_>, site: &Site<'_>) -> Vec<(AttrNumber, String)> {
    if columns.with_new_types().next().is_none() {
        return Vec::new();
    }
    let mut hindered = hindered_by_keys(columns, site);
    hindered.extend(hindered_by_own_expression(columns, site));
    hindered.extend(hindered_by_generated(columns, site));
    hindered.extend(hindered_by_constraints(columns, site));
    hindered.extend(hindered_by_partition_key(columns, site));
    let mut known = BTreeSet::new();
    hindered.retain(|(number, _)| known.insert(*number));
    hindered
}

/// `Change column at of table public.t to …`.
fn change(number: AttrNumber, columns: &NewColumns<'_>, site: &Site<'_>) -> String {
    let described = site.after.column(number).map_or(String::new(), |column| describe(column, site));
    let new = columns.new_type(number).map_or(String::new(), introduce);
    format!("Change {described} to {new}")
}

/// The columns whose foreign keys would be over columns of different types.
fn hindered_by_keys(columns: &NewColumns<'_>, site: &Site<'_>) -> Vec<(AttrNumber, String)> {
    let (catalog, relation) = (site.catalog(), site.after);
    let base = |oid: Oid| catalog.base_type(oid, -1).oid;
    let own_type = |number: AttrNumber| match columns.new_type(number) {
        Some(new) => catalog.resolve_type(&new.sql).map(|(oid, _)| base(oid)),
        None => relation.column(number).map(|column| base(column.data_type.oid)),
    };
    let keeps_meaning =
        |new: &NewType| matches!(new.conversion, Conversion::Widen | Conversion::Shorten | Conversion::AsReferenced);
    let changes = |number: AttrNumber| columns.new_type(number).is_some_and(|new| !keeps_meaning(new));
    let mut hindered = Vec::new();
    for constraint in &relation.constraints {
        let Some(key) = &constraint.foreign_key else { continue };
        let is_own = key.referenced_table == relation.oid;
        for (number, referenced) in constraint.columns.iter().copied().zip(key.referenced_columns.iter().copied()) {
            let ends = if is_own { vec![number, referenced] } else { vec![number] };
            if !ends.iter().any(|number| changes(*number)) {
                continue;
            }
            let other = match is_own {
                true => own_type(referenced),
                false => catalog.column_type(key.referenced_table, referenced).map(base),
            };
            if are_alike(own_type(number), other) {
                continue;
            }
            let key = quote(&constraint.name);
            let text = |number| {
                let change = change(number, columns, site);
                format!("{change}. The columns on both sides of foreign key {key} have to be changed together.")
            };
            hindered.extend(ends.into_iter().filter(|number| changes(*number)).map(|number| (number, text(number))));
        }
    }
    hindered
}

/// Whether a foreign key can be over columns of these types without a conversion. A type that is not there yet is like no
/// other.
fn are_alike(own: Option<Oid>, other: Option<Oid>) -> bool {
    let is_text = |data_type: Option<Oid>| matches!(data_type, Some(oids::TEXT | oids::VARCHAR));
    own.is_some() && (own == other || (is_text(own) && is_text(other)))
}

/// The generated columns whose expressions cannot be converted: what is generated must always be the same, but how money is
/// written depends on a setting, a time of today on the day, and what a text means for many types on one or the other.
fn hindered_by_own_expression(columns: &NewColumns<'_>, site: &Site<'_>) -> Vec<(AttrNumber, String)> {
    let is_hindered = |(column, new): &(&Column, &NewType)| {
        let is_of_money = new.conversion == Conversion::Cast && column.data_type.contains(oids::MONEY);
        let is_read = new.conversion == Conversion::CastText && !STRING_TYPES.contains(&type_oid(new, site));
        column.generated && (is_of_money || is_read || new.conversion == Conversion::Today)
    };
    let text = |(column, _): (&Column, &NewType)| {
        let clauses = site.catalog().column_clauses(site.after.oid, column.number);
        let change = change(column.number, columns, site);
        (
            column.number,
            format!("{change}, and write its expression anew for that type: {}", join_lines(clauses.trim())),
        )
    };
    columns.with_new_types().filter(is_hindered).map(text).collect()
}

fn hindered_by_generated(columns: &NewColumns<'_>, site: &Site<'_>) -> Vec<(AttrNumber, String)> {
    let readers: BTreeSet<AttrNumber> = columns
        .with_new_types()
        .flat_map(|(column, _)| columns.generated_from(column).map(|reader| reader.number))
        .collect();
    let readers = readers.into_iter().filter_map(|number| site.after.column(number));
    let of_reader = |reader: &Column| {
        let clauses = site.catalog().column_clauses(site.after.oid, reader.number);
        let unreadable = columns.unreadable(&clauses, true, |number| number != reader.number);
        let texts = unreadable.into_iter().map(|number| {
            let (change, name) = (change(number, columns, site), quote(&reader.name));
            let clauses = join_lines(clauses.trim());
            (number, format!("{change}, and write column {name} anew, which is generated from it: {clauses}"))
        });
        texts.collect::<Vec<_>>()
    };
    readers.flat_map(of_reader).collect()
}

fn hindered_by_constraints(columns: &NewColumns<'_>, site: &Site<'_>) -> Vec<(AttrNumber, String)> {
    let replaced: BTreeSet<Oid> = columns.replaced_checks().collect();
    let has_expressions =
        |constraint: &&Constraint| matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::Exclusion);
    let is_written = |constraint: &&Constraint| !constraint.inherited && !replaced.contains(&constraint.oid);
    let mut hindered = Vec::new();
    for constraint in site.after.constraints.iter().filter(has_expressions).filter(is_written) {
        let has_new_type = |number: &AttrNumber| columns.new_type(*number).is_some();
        // The columns in the expressions of an exclusion constraint are not among its columns.
        if constraint.kind == ConstraintKind::Check && !constraint.columns.iter().any(has_new_type) {
            continue;
        }
        site.catalog().check_for_interrupts();
        let definition = site.catalog().constraint_definition(constraint.oid);
        let is_check = constraint.kind == ConstraintKind::Check;
        let mut unreadable =
            columns.unreadable(&definition, !is_check, |number| is_in_expression(constraint, number, site));
        // What is a key cannot be told from what an expression reads.
        let is_both = |(column, new): &(&Column, &NewType)| {
            let is_key = !is_check && !is_in_expression(constraint, column.number, site);
            is_key && new.conversion != Conversion::Widen && occurrences(&definition, &column.name) > 1
        };
        let keys = constraint.columns.iter().filter_map(|number| site.after.column(*number));
        let keys = keys.filter_map(|column| Some((column, columns.new_type(column.number)?)));
        unreadable.extend(keys.filter(is_both).map(|(column, _)| column.number));
        hindered.extend(unreadable.into_iter().map(|number| {
            let (change, name) = (change(number, columns, site), quote(&constraint.name));
            let definition = join_lines(definition.trim());
            (number, format!("{change}, and write constraint {name} anew, which reads it: {definition}"))
        }));
    }
    hindered
}

fn hindered_by_partition_key(columns: &NewColumns<'_>, site: &Site<'_>) -> Vec<(AttrNumber, String)> {
    let catalog = site.catalog();
    let Some(key) = catalog.family(site.after.oid).partition_key else { return Vec::new() };
    let plain = catalog.partition_columns(site.after.oid);
    let unreadable = columns.unreadable(&key, true, |number| !plain.contains(&Some(number)));
    // A bound that is a time of day is no moment.
    let has_bounds = |(column, new): &(&Column, &NewType)| {
        plain.contains(&Some(column.number)) && new.conversion == Conversion::Today
    };
    let bounded = columns.with_new_types().filter(has_bounds).map(|(column, _)| column.number);
    let text = |number| {
        let (change, key) = (change(number, columns, site), join_lines(key.trim()));
        (number, format!("{change}, and write the partition key and the bounds anew for that type: {key}"))
    };
    unreadable.into_iter().chain(bounded).map(text).collect()
}

/// Whether what the definition of a constraint says of a column is part of an expression. Only checks and exclusion
/// constraints have expressions.
pub fn is_in_expression(constraint: &Constraint, number: AttrNumber, site: &Site<'_>) -> bool {
    match constraint.kind {
        ConstraintKind::Check => true,
        ConstraintKind::Exclusion => {
            let index = site.after.indexes.iter().find(|index| index.oid == constraint.index);
            !index.is_some_and(|index| index.key.contains(&Some(number)))
        }
        _ => false,
    }
}

/// How often a definition names a column.
fn occurrences(definition: &str, column: &str) -> usize {
    let mut count = 0;
    replace_identifiers(definition, |name| {
        count += usize::from(name == column);
        None
    });
    count
}
