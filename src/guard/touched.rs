//! The objects that a statement has touched.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::facts::{CommandId, Constraint, NameOrigin, ObjectAddress, Relation};
use crate::judge::exemptions::exempts_schema;
use crate::pg::read::{Reader, dependents};
use crate::pg::statement::collected;
use crate::settings::Settings;

/// The objects to be checked, and what the statement says about them.
pub struct Touched {
    all: BTreeSet<ObjectAddress>,
    waiting: Vec<ObjectAddress>,
    /// The constraint names that the statement writes, by the relation.
    given_names: BTreeMap<ObjectAddress, Vec<String>>,
    changed_row_types: BTreeSet<ObjectAddress>,
}

impl Touched {
    /// Takes the objects that have lost something to the statement, and those that PostgreSQL says it has made or
    /// changed. Only an event trigger for `ddl_command_end` may ask. `before` gives the state before the statement.
    pub fn collect(
        dropped_from: Vec<ObjectAddress>,
        now: &Reader,
        before: impl Fn() -> Rc<Reader>,
        settings: &Settings,
    ) -> Self {
        let mut all: BTreeSet<ObjectAddress> = dropped_from.into_iter().collect();
        let mut given_names: BTreeMap<ObjectAddress, Vec<String>> = BTreeMap::new();
        let mut changed_row_types = BTreeSet::new();
        for command in collected::commands() {
            let objects = command.touched_objects(&before, now, |schema| exempts_schema(settings, schema));
            if let Some(first) = objects.first() {
                given_names.entry(*first).or_default().extend(command.constraint_names);
                if command.changes_row_type {
                    changed_row_types.insert(*first);
                }
            }
            all.extend(objects);
        }
        let waiting = all.iter().copied().collect();
        Self { all, waiting, given_names, changed_row_types }
    }

    /// The next object to be checked.
    pub fn next(&mut self) -> Option<ObjectAddress> {
        self.waiting.pop()
    }

    /// The constraint names that the statement writes for a relation.
    pub fn given_names(&self, object: ObjectAddress) -> &[String] {
        self.given_names.get(&object).map_or(&[], Vec::as_slice)
    }

    /// Adds the tables and types that are built on the rows of a relation, where the statement has changed its row type.
    pub fn add_users_of_row_type(&mut self, object: ObjectAddress, now: &Reader) {
        if let ObjectAddress::Relation(relation) = object
            && self.changed_row_types.contains(&object)
        {
            for user in dependents::users_of_row_type(now, relation) {
                if self.all.insert(user) {
                    self.waiting.push(user);
                }
            }
        }
    }
}

/// Sets the `name_origin` of the constraints that a statement added. `given_names` are the names that the statement gave.
/// The state before is read only if a new catalog row has another name.
pub fn trace_constraint_names(
    after: &mut Relation,
    start: CommandId,
    given_names: &[String],
    read_before: impl FnOnce() -> Option<Relation>,
) {
    let mut unexplained: Vec<&mut Constraint> = Vec::new();
    let is_touched = |constraint: &&mut Constraint| constraint.written_at.is_some_and(|at| at >= start);
    for constraint in after.constraints.iter_mut().filter(is_touched) {
        if given_names.contains(&constraint.name) {
            constraint.name_origin = NameOrigin::Given;
        } else {
            unexplained.push(constraint);
        }
    }
    if unexplained.is_empty() {
        return;
    }
    let known = read_before().map_or(Vec::new(), |before| before.constraints);
    for constraint in unexplained {
        if !known.iter().any(|old| old.oid == constraint.oid || old.name == constraint.name) {
            constraint.name_origin = NameOrigin::MadeUp;
        }
    }
}
