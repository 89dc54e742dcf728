//! Whether a column takes its type and its values from another column.

use std::collections::BTreeMap;

use crate::facts::{AttrNumber, Column, ObjectAddress, Oid, Relation};
use crate::predicates::names::exempts_name;
use crate::predicates::tables::{foreign_keys, is_migration_table_name};
use crate::rule::Context;

/// A column of a table.
type ColumnAddress = (Oid, AttrNumber);

/// Whether a column refers to another column that is checked, so that this one need not be. A column that refers to
/// itself, directly or through other columns, takes nothing from anywhere. `is_checked` tells about the other column,
/// whose table is known to be checked.
pub fn refers_to_checked_column(
    column: &Column,
    relation: &Relation,
    context: &Context<'_>,
    is_checked: impl Fn(ColumnAddress) -> bool,
) -> bool {
    let start = (relation.oid, column.number);
    let references = collect_references(start, relation, context);
    let back = collect_sources(start, &references);
    let leads_elsewhere = |target: &ColumnAddress| !back.contains(target);
    let targets = references.values().flatten();
    targets.copied().filter(leads_elsewhere).any(|target| is_in_checked_table(target.0, context) && is_checked(target))
}

/// What a column references, directly and indirectly: for each column, the columns that it references itself.
fn collect_references(
    start: ColumnAddress,
    relation: &Relation,
    context: &Context<'_>,
) -> BTreeMap<ColumnAddress, Vec<ColumnAddress>> {
    let mut references: BTreeMap<ColumnAddress, Vec<ColumnAddress>> = BTreeMap::new();
    let mut waiting = vec![start];
    while let Some(column) = waiting.pop() {
        if references.contains_key(&column) {
            continue;
        }
        let of_table =
            if column.0 == relation.oid { own_references(relation) } else { context.catalog.references(column.0) };
        let of_column = of_table.into_iter().filter(|(number, target)| *number == column.1 && *target != column);
        let targets: Vec<_> = of_column.map(|(_, target)| target).collect();
        waiting.extend(&targets);
        references.insert(column, targets);
    }
    references
}

/// What [`crate::rule::Catalog::references`] says, from the facts about the table.
fn own_references(relation: &Relation) -> Vec<(AttrNumber, ColumnAddress)> {
    let enforced = foreign_keys(relation).filter(|constraint| constraint.enforced);
    let pairs = enforced.filter_map(|constraint| constraint.foreign_key.as_ref().map(|key| (constraint, key)));
    let columns = pairs.flat_map(|(constraint, key)| {
        let referenced = key.referenced_columns.iter().map(|number| (key.referenced_table, *number));
        constraint.columns.iter().copied().zip(referenced)
    });
    columns.collect()
}

/// A column and all columns that reference it, directly and indirectly.
fn collect_sources(
    target: ColumnAddress,
    references: &BTreeMap<ColumnAddress, Vec<ColumnAddress>>,
) -> Vec<ColumnAddress> {
    let mut sources = vec![target];
    let mut next = 0;
    while let Some(target) = sources.get(next).copied() {
        next += 1;
        for (source, targets) in references {
            if targets.contains(&target) && !sources.contains(source) {
                sources.push(*source);
            }
        }
    }
    sources
}

/// Whether a table is checked: it is not exempt and belongs to no migration tool.
fn is_in_checked_table(table: Oid, context: &Context<'_>) -> bool {
    context
        .catalog
        .table_name(table)
        .is_some_and(|name| !exempts_name(context.settings, &name) && !is_migration_table_name(&name, context))
        && !context.catalog.belongs_to_superuser_extension(ObjectAddress::Relation(table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, oids};
    use crate::testing::{FakeCatalog, column, foreign_key, settings, table};

    const OTHER: Oid = 1;
    const THIRD: Oid = 2;

    /// Whether column 1 of a table, with a foreign key to each of these columns, refers to a checked column.
    fn refers(targets: &[ColumnAddress], catalog: FakeCatalog, options: &[(&str, &str)]) -> bool {
        let mut t = table("t", vec![column(1, "a", oids::TEXT), column(2, "b", oids::TEXT)]);
        for (oid, (referenced_table, number)) in (50..).zip(targets) {
            let mut constraint = foreign_key(oid, "fk", &[1], Action::Cascade);
            let key = constraint.foreign_key.as_mut().unwrap();
            (key.referenced_table, key.referenced_columns) = (*referenced_table, vec![*number]);
            t.constraints.push(constraint);
        }
        let settings = settings(options);
        refers_to_checked_column(&t.columns[0], &t, &Context { settings: &settings, catalog: &catalog }, |_| true)
    }

    fn own() -> Oid {
        table("t", vec![]).oid
    }

    #[test]
    fn a_column_refers_to_another_one() {
        assert!(refers(&[(OTHER, 5)], FakeCatalog::new(), &[]));
        assert!(refers(&[(own(), 2)], FakeCatalog::new(), &[]), "of the same table");
        assert!(!refers(&[], FakeCatalog::new(), &[]));
        assert!(refers(&[(own(), 1), (OTHER, 5)], FakeCatalog::new(), &[]), "also to itself");
    }

    #[test]
    fn a_column_that_refers_to_itself_takes_nothing_from_anywhere() {
        assert!(!refers(&[(own(), 1)], FakeCatalog::new(), &[]));
        let back = || FakeCatalog::new().reference(OTHER, 5, (own(), 1));
        assert!(!refers(&[(OTHER, 5)], back(), &[]));
        assert!(refers(&[(OTHER, 5)], back().reference(OTHER, 5, (THIRD, 1)), &[]), "the circle has a way out");
        let longer = FakeCatalog::new().reference(OTHER, 5, (THIRD, 1)).reference(THIRD, 1, (own(), 1));
        assert!(!refers(&[(OTHER, 5)], longer, &[]));
        let of_others = FakeCatalog::new().reference(OTHER, 5, (THIRD, 1)).reference(THIRD, 1, (OTHER, 5));
        assert!(refers(&[(OTHER, 5)], of_others, &[]), "the others are checked");
    }

    #[test]
    fn the_other_table_must_be_checked() {
        for option in ["exempt_tables", "migration_tables"] {
            assert!(!refers(&[(OTHER, 5)], FakeCatalog::new(), &[(option, "parent")]), "{option}");
        }
        let member = FakeCatalog::new().extension_member(ObjectAddress::Relation(OTHER));
        assert!(!refers(&[(OTHER, 5)], member, &[]));
    }
}
