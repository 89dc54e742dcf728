//! The objects that a statement has touched.

mod along;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::foundations::Foundation;
use super::frames::Frame;
use super::hidden;
use crate::facts::{Column, Constraint, ConstraintKind, NameOrigin, ObjectAddress, Oid, Relation};
use crate::pg::read::{Reader, dependents, temporary};
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::{PgClass, PgConstraint, PgInherits, PgNamespace, PgType};
use crate::pg::statement::collected::{self, CollectedCommand, Effect};
use crate::settings::Settings;

/// The objects to be checked, and what the statement says about them.
#[derive(Default)]
pub struct Touched {
    /// Everything that was found, and whether a part of the statement is about it.
    all: BTreeMap<ObjectAddress, bool>,
    waiting: Vec<ObjectAddress>,
    /// The tables that were changed along with another object: an inheritance parent, a referenced table, or what depends
    /// on a temporary object now. They are checked at the commit alone.
    changed_along: BTreeSet<ObjectAddress>,
    /// The tables of which PostgreSQL has made constraints or indexes anew on its own.
    remade: BTreeSet<ObjectAddress>,
    created: BTreeSet<ObjectAddress>,
    changed_with_children: BTreeSet<ObjectAddress>,
    /// The tables that may have left to their children what the statement dropped.
    leaving_to_children: BTreeSet<ObjectAddress>,
    changed_row_types: BTreeSet<ObjectAddress>,
    /// What the statement has changed of what others are named after or built on.
    foundations: Vec<Foundation>,
    /// The names that the statement gives to constraints, by the relation.
    given_names: BTreeMap<ObjectAddress, Vec<(ConstraintKind, String)>>,
    /// The constraints that are written in the definitions of columns.
    inline: BTreeMap<ObjectAddress, Vec<(ConstraintKind, String)>>,
    /// The columns that get another type with USING.
    with_using: BTreeMap<ObjectAddress, Vec<String>>,
    /// The constraints that the statement makes, and those that it renames, by their own oid or by that of their index.
    made_constraints: BTreeSet<Oid>,
    renamed: BTreeSet<Oid>,
    /// The constraints that statements inside of this one have renamed, with their new names.
    renamed_inside: BTreeMap<Oid, String>,
    /// The constraints that were made or changed while the statement ran, but not by a statement inside of it.
    noted_constraints: BTreeSet<Oid>,
}

impl Touched {
    /// Takes the objects that have lost something to the statement, those that were noted while it ran, and those that
    /// PostgreSQL says it has made or changed. Only an event trigger for `ddl_command_end` may ask. `before` reads the
    /// state before the statement.
    pub fn collect(frame: &Frame, now: &Reader, before: &dyn Fn() -> Reader, settings: &Settings) -> Self {
        let mut touched = Self::default();
        let constraints = frame.noted.iter().filter(|(catalog, _)| *catalog == PgConstraint::CATALOG);
        touched.noted_constraints.extend(constraints.map(|(_, constraint)| constraint));
        touched.renamed_inside = frame.renamed_inside.clone();
        frame.lost_something.iter().for_each(|object| touched.add(*object, true));
        let mut commands = if frame.is_hidden { hidden::guess_commands(frame) } else { collected::commands() };
        if commands.len() > 1 && !frame.is_hidden {
            // The sequence of a new column was given to it by the statement that makes the column.
            commands.retain(|command| command.effect != Effect::ChangesOwningColumn);
        }
        for command in commands {
            touched.add_command(command, now, before, settings);
        }
        touched.add_noted(frame, now, before);
        touched
    }

    /// Takes the objects that were noted while a statement ran for which PostgreSQL calls no event triggers.
    pub fn noted(frame: &Frame, now: &Reader, before: &dyn Fn() -> Reader) -> Self {
        let mut touched = Self::default();
        touched.add_noted(frame, now, before);
        touched
    }

    fn add(&mut self, object: ObjectAddress, is_changed: bool) {
        let known = self.all.entry(object).or_insert_with(|| {
            self.waiting.push(object);
            is_changed
        });
        *known |= is_changed;
    }

    fn add_command(
        &mut self,
        command: CollectedCommand,
        now: &Reader,
        before: &dyn Fn() -> Reader,
        settings: &Settings,
    ) {
        if command.catalog == PgNamespace::CATALOG {
            self.add_renamed_schema(command.object, now, &before(), settings);
            return;
        }
        if command.changes_dependencies && temporary::may_exist(now) {
            for state in [now, &before()] {
                let losers = temporary::tables_that_lose_something_with(command.catalog, command.object, state);
                self.changed_along.extend(losers);
            }
            let is_lost = temporary::is_lost(command.catalog, command.object, now);
            self.foundations.extend(is_lost.then_some(Foundation::Lost(command.catalog, command.object)));
        }
        if command.renames {
            self.add_users_of_name(command.object, now, &before(), settings);
        }
        let object = match command.effect {
            Effect::ChangesOwningColumn => {
                dependents::owner_of_sequence(now, command.object).map(ObjectAddress::Relation)
            }
            _ => dependents::table_or_type_of(now, command.catalog, command.object),
        };
        match command.effect {
            Effect::CreatesTable => self.created.extend(object),
            Effect::ChangesRowType => match object {
                Some(object) => drop(self.changed_row_types.insert(object)),
                // It is a view, which is not checked itself.
                None => self.add_users(Foundation::RowType(command.object), true, now),
            },
            Effect::ChangesType if command.catalog == PgType::CATALOG => {
                self.add_users(Foundation::Type(command.object), true, now);
            }
            Effect::RenamesPart => drop(self.renamed.insert(command.object)),
            Effect::ChangesType | Effect::ChangesOwningColumn | Effect::Other => {}
        }
        self.made_constraints.extend(command.made_constraints);
        let table_of = |(catalog, part): (Oid, Oid)| dependents::table_or_type_of(now, catalog, part);
        self.remade.extend(command.remade.into_iter().filter_map(table_of));
        if let Some(object) = object {
            self.changed_with_children.extend(command.changes_children.then_some(object));
            self.leaving_to_children.extend(command.leaves_to_children.then_some(object));
            if command.changes_attributes {
                self.add_typed_tables(object, now, before);
            }
            self.add(object, true);
            self.given_names.entry(object).or_default().extend(command.names.given);
            self.inline.entry(object).or_default().extend(command.names.inline);
            self.with_using.entry(object).or_default().extend(command.with_using);
        }
    }

    /// Adds the relations that were noted, unless they were there before: what a statement changes is known already. A table
    /// that has another parent now is added in any case.
    fn add_noted(&mut self, frame: &Frame, now: &Reader, before: &dyn Fn() -> Reader) {
        let before = LazyCell::new(before);
        for (catalog, noted) in &frame.noted {
            let object = ObjectAddress::Relation(*noted);
            match *catalog {
                PgInherits::CATALOG => self.add(object, false),
                PgClass::CATALOG if !self.all.contains_key(&object) => {
                    let object = dependents::table_or_type_of(now, *catalog, *noted);
                    if let Some(object) = object.filter(|object| !self.all.contains_key(object))
                        && !before.exists(object)
                    {
                        self.add(object, true);
                    }
                }
                _ => {}
            }
        }
    }

    /// What the statement has changed of what others are named after or built on.
    pub fn foundations(&self) -> &[Foundation] {
        &self.foundations
    }

    /// The tables that were changed along with another, and are not checked at the end of the statement.
    pub fn changed_along(&self) -> impl Iterator<Item = ObjectAddress> {
        self.changed_along.union(&self.remade).copied().filter(|object| !self.all.contains_key(object))
    }

    /// The tables of which PostgreSQL has made constraints or indexes anew on its own.
    pub fn remade(&self) -> impl Iterator<Item = ObjectAddress> {
        self.remade.iter().copied()
    }

    /// The next object to be checked, and whether the statement has changed its definition.
    pub fn next(&mut self) -> Option<(ObjectAddress, bool)> {
        let object = self.waiting.pop()?;
        Some((object, self.all[&object]))
    }

    /// Whether the statement creates this table, and not only the sequence of one of its columns, for example.
    pub fn creates(&self, object: ObjectAddress) -> bool {
        self.created.contains(&object)
    }

    /// Whether a constraint was made by a subcommand of its own, as LIKE makes the checks that it copies.
    pub fn has_own_command(&self, constraint: &Constraint) -> bool {
        self.made_constraints.contains(&constraint.oid)
    }

    /// Whether a part of the statement makes a constraint, itself or with its index.
    pub fn makes(&self, constraint: &Constraint) -> bool {
        self.made_constraints.contains(&constraint.oid) || is_key_in(constraint, &self.made_constraints)
    }

    /// The constraints that this statement and those inside of it have renamed, with their new names.
    pub fn into_new_names(self) -> BTreeMap<Oid, String> {
        self.renamed_inside
    }

    /// Sets `has_using` of the columns.
    pub fn trace_conversions(&self, after: &mut Relation) {
        for name in self.with_using.get(&after.address()).into_iter().flatten() {
            after.columns.iter_mut().filter(|column| column.name == *name).for_each(|column| column.has_using = true);
        }
    }

    /// Sets the `name_origin` of the constraints that the statement has made or renamed.
    pub fn trace_constraint_names(&mut self, after: &mut Relation) {
        let object = after.address();
        let given_names = self.given_names.get(&object).map_or(&[][..], Vec::as_slice);
        let inline = self.inline.get(&object).map_or(&[][..], Vec::as_slice);
        let columns = &after.columns;
        let is_created = self.creates(object);
        let renamed_inside = &mut self.renamed_inside;
        for constraint in after.constraints.iter_mut().filter(|constraint| !constraint.inherited) {
            let is_in = |oids: &BTreeSet<Oid>| oids.contains(&constraint.oid) || is_key_in(constraint, oids);
            // PostgreSQL makes the checks of a new table together with it. Another event trigger may have added more.
            let is_made_with_table = is_created
                && constraint.kind == ConstraintKind::Check
                && self.noted_constraints.contains(&constraint.oid);
            let is_made = is_made_with_table || is_in(&self.made_constraints);
            let is_given =
                |(kind, name): &(ConstraintKind, String)| *kind == constraint.kind && *name == constraint.name;
            if is_in(&self.renamed) {
                renamed_inside.insert(constraint.oid, constraint.name.clone());
            }
            let inline_column = match constraint.columns.as_slice() {
                [number] if is_made && !inline.is_empty() => columns.iter().find(|column| column.number == *number),
                _ => None,
            };
            let is_over =
                |column: &Column| inline.iter().any(|(kind, name)| *kind == constraint.kind && *name == column.name);
            constraint.is_inline = inline_column.is_some_and(is_over);
            constraint.name_origin = match () {
                () if renamed_inside.get(&constraint.oid) == Some(&constraint.name) => NameOrigin::Given,
                () if !is_made => NameOrigin::Unknown,
                () if given_names.iter().any(is_given) => NameOrigin::Given,
                () => NameOrigin::MadeUp,
            };
        }
    }
}

/// Whether the index that enforces a constraint is among these.
fn is_key_in(constraint: &Constraint, indexes: &BTreeSet<Oid>) -> bool {
    constraint.kind.has_index() && indexes.contains(&constraint.index)
}
