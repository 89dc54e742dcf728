//! What changes along with the objects that a statement is about: what is built on them, refers to them or inherits from
//! them.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::Touched;
use crate::facts::{AttrNumber, Constraint, ConstraintKind, ObjectAddress, Oid, QualifiedName, Relation, RelationKind};
use crate::guard::foundations::Foundation;
use crate::guard::frames::Frame;
use crate::judge::exemptions::{exempts_name, exempts_schema};
use crate::pg::read::uses::typed_tables;
use crate::pg::read::{Reader, dependents};
use crate::rule::Catalog;
use crate::settings::Settings;
use crate::settings::shared::MIGRATION_TABLES;

impl Touched {
    /// Adds the tables and types that are built on the rows of a relation, where the statement has changed its row type.
    pub fn add_users_of_row_type(&mut self, object: ObjectAddress, now: &Reader) {
        if let ObjectAddress::Relation(relation) = object
            && self.changed_row_types.contains(&object)
        {
            self.add_users(Foundation::RowType(relation), true, now);
        }
    }

    /// If a relation or its columns have another name, other patterns may match it: as the type of a column, and as what
    /// foreign keys refer to or tables inherit from.
    pub(super) fn add_users_of_name(&mut self, relation: Oid, now: &Reader, before: &Reader, settings: &Settings) {
        self.add_users(Foundation::RowType(relation), false, now);
        let (Some(old), Some(new)) = (before.table_name(relation), now.table_name(relation)) else { return };
        if standing(&old, settings) != standing(&new, settings) {
            self.add_dependents(vec![relation], now);
        } else if old == new {
            self.add_users_of_column_names(relation, now, before);
        }
    }

    /// The children of a table have its columns' new names, too. Columns that refer to such a column are checked if it is
    /// not, which its name may say.
    fn add_users_of_column_names(&mut self, table: Oid, now: &Reader, before: &Reader) {
        let children = dependents::descendants(now, table);
        for table in std::iter::once(table).chain(children.iter().copied()) {
            self.add_users_of_columns(table, dependents::renamed_columns(now, before, table), now);
        }
        self.changed_along.extend(children.into_iter().map(ObjectAddress::Relation));
    }

    /// If a table has lost or got a foreign key, what refers to the key's columns refers to something else, too.
    pub fn add_users_of_references(&mut self, table: &Relation, frame: &Frame, now: &Reader, before: &Reader) {
        let is_noted = |constraint: &&Constraint| {
            constraint.kind == ConstraintKind::ForeignKey && self.noted_constraints.contains(&constraint.oid)
        };
        let noted: Vec<&Constraint> = table.constraints.iter().filter(is_noted).collect();
        let has_lost = frame.lost_something.contains(&table.address());
        if self.creates(table.address()) || noted.is_empty() && !has_lost {
            return;
        }
        if has_lost {
            self.add_users_of_columns(table.oid, dependents::redirected_columns(now, before, table.oid), now);
        } else {
            // Only a column of a unique key can be referred to, which saves most of them a search.
            let is_key =
                |column: &AttrNumber| table.indexes.iter().any(|it| it.unique && it.key.contains(&Some(*column)));
            let columns: BTreeSet<AttrNumber> = noted.iter().flat_map(|key| key.columns.iter().copied()).collect();
            self.add_users_of_columns(table.oid, columns.into_iter().filter(is_key), now);
        }
        if table.kind == RelationKind::PartitionedTable {
            for partition in dependents::descendants(now, table.oid) {
                self.add_users_of_columns(partition, dependents::redirected_columns(now, before, partition), now);
            }
        }
    }

    /// Adds the tables with columns that refer to these. Others can make such tables meanwhile that refer to the columns
    /// through those that are there.
    fn add_users_of_columns(&mut self, table: Oid, columns: impl IntoIterator<Item = AttrNumber>, now: &Reader) {
        for foundation in columns.into_iter().map(|column| Foundation::Column(table, column)) {
            let users = foundation.users(now);
            let is_foundation = !users.is_empty() && foundation.is_known_to_others(now);
            self.changed_along.extend(users);
            self.foundations.extend(is_foundation.then_some(foundation));
        }
    }

    /// If a schema has another name, other patterns may match what is in it.
    pub(super) fn add_renamed_schema(&mut self, schema: Oid, now: &Reader, before: &Reader, settings: &Settings) {
        let (old, new) = (before.schema_name(schema), now.schema_name(schema));
        if old.is_empty() || old == new {
            return;
        }
        self.add_users(Foundation::Schema(schema), exempts_schema(settings, &old), now);
        let standing_in = |schema: &String, name: &str| standing(&QualifiedName::new(schema, name), settings);
        let tables = dependents::objects_in_schema(schema, now).into_iter().filter_map(ObjectAddress::relation);
        let differs = |table: &Oid| {
            let name = now.table_name(*table).unwrap_or_default().name;
            standing_in(&old, &name) != standing_in(&new, &name)
        };
        self.add_dependents(tables.filter(differs).collect(), now);
    }

    /// Adds what refers to tables or inherits from them.
    fn add_dependents(&mut self, tables: Vec<Oid>, now: &Reader) {
        let children = tables.iter().flat_map(|table| dependents::descendants(now, *table)).collect::<Vec<_>>();
        for table in tables.iter().chain(&children) {
            self.add_users_of_columns(*table, dependents::column_names(now, *table).into_keys(), now);
        }
        let along = dependents::referencing_tables(now, tables).into_iter().chain(children);
        self.changed_along.extend(along.map(ObjectAddress::Relation));
    }

    /// Notes the tables that inherit from a table which the statement has changed together with them. Those that may have
    /// kept what their parent lost have it for themselves now; a partition keeps nothing.
    pub fn add_children(&mut self, table: &Relation, now: &Reader) {
        let parent = table.address();
        if !table.has_children || !self.changed_with_children.contains(&parent) {
            return;
        }
        let children = dependents::descendants(now, table.oid).into_iter().map(ObjectAddress::Relation);
        if self.leaving_to_children.contains(&parent) && table.kind != RelationKind::PartitionedTable {
            children.for_each(|child| self.add(child, false));
        } else {
            self.changed_along.extend(children);
        }
    }

    /// The tables of a composite type change with it, and what inherits from them changes with them.
    pub(super) fn add_typed_tables(&mut self, composite: ObjectAddress, now: &Reader, before: &dyn Fn() -> Reader) {
        let leaves = self.leaving_to_children.contains(&composite);
        let typed = composite.relation().map_or_else(Vec::new, |composite| typed_tables(now, composite));
        let before = LazyCell::new(before);
        for typed in &typed {
            self.add_users_of_column_names(*typed, now, &before);
        }
        for typed in typed.into_iter().map(ObjectAddress::Relation) {
            self.changed_with_children.insert(typed);
            self.leaving_to_children.extend(leaves.then_some(typed));
            self.add(typed, true);
        }
    }

    pub(super) fn add_users(&mut self, foundation: Foundation, is_changed: bool, now: &Reader) {
        foundation.users(now).into_iter().for_each(|user| self.add(user, is_changed));
        self.foundations.extend(foundation.is_known_to_others(now).then_some(foundation));
    }
}

/// Whether tables of this name are exempt, and whether they are those of a migration tool.
fn standing(name: &QualifiedName, settings: &Settings) -> (bool, bool) {
    (exempts_name(settings, name), settings.option(&MIGRATION_TABLES).matches_relation(name))
}
