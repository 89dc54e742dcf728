//! What is known of watched objects, and what becomes of it when PostgreSQL tells of changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{ObjectAddress, Oid, Relation};

/// How many objects, indexes and constraints are watched at most: a transaction may touch any number of tables.
const MAX_WATCHED: usize = 20_000;

/// What has changed of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Nothing,
    /// The row of a table in pg_class, and nothing of its columns, constraints and indexes.
    Row,
    Anything,
}

/// A moment, by how much PostgreSQL has told before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(u64);

/// What is known of a watched object.
#[derive(Clone, Copy)]
struct Known {
    change: Change,
    /// How much was told, and how many parts of tables, when it was read.
    told: u64,
    parts_told: u64,
    /// Its facts depend on more than what is told with it.
    is_built_on_types: bool,
    /// What rules find in it does.
    depends_on_others: bool,
}

/// What is watched.
#[derive(Default)]
pub struct Watched {
    objects: BTreeMap<ObjectAddress, Known>,
    /// The table that an index belongs to.
    indexes: BTreeMap<Oid, ObjectAddress>,
    /// The table that a constraint belongs to, by the hash of the constraint's oid.
    constraints: BTreeMap<u32, ObjectAddress>,
    /// The constraints that were made in this transaction and that belong to nothing that was read since.
    made: BTreeSet<Oid>,
    told: u64,
    parts_told: u64,
}

impl Watched {
    /// This moment.
    pub fn mark(&self) -> Mark {
        Mark(self.told)
    }

    /// Whether an object can be watched that has so many parts.
    pub fn has_room_for(&self, parts: usize) -> bool {
        self.objects.len() + self.indexes.len() + self.constraints.len() + 1 + parts <= MAX_WATCHED
    }

    /// Watches an object that was read after the mark, with the hashes of its constraints.
    pub fn add(&mut self, object: ObjectAddress, read: Option<&Relation>, constraints: &[(Oid, u32)], mark: Mark) {
        let is_built_on_types = read.is_some_and(Relation::is_built_on_types);
        let depends_on_others = read.is_some_and(Relation::depends_on_others);
        // Who was not watched yet when something was told may have been meant.
        let change = if Mark(self.told) == mark { Change::Nothing } else { Change::Anything };
        let known =
            Known { change, told: self.told, parts_told: self.parts_told, is_built_on_types, depends_on_others };
        self.objects.insert(object, known);
        if let Some(read) = read {
            self.indexes.extend(read.indexes.iter().map(|index| (index.oid, object)));
        }
        for (constraint, hash) in constraints {
            self.made.remove(constraint);
            // Where two constraints have the same hash, nobody can tell which of the tables has changed.
            let other = self.constraints.insert(*hash, object).filter(|other| *other != object);
            if let Some(other) = other {
                self.note(other, Change::Anything);
                self.note(object, Change::Anything);
            }
        }
    }

    /// A constraint was made or changed, of an object that only the catalogs know.
    pub fn constraint_made(&mut self, constraint: Oid) {
        if !self.objects.is_empty() {
            self.made.insert(constraint);
        }
    }

    /// The constraints that were made in this transaction and belong to nothing that was read since.
    pub fn made(&mut self) -> &mut BTreeSet<Oid> {
        &mut self.made
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Watches nothing any more.
    pub fn forget(&mut self) {
        if !self.is_empty() {
            *self = Self { told: self.told, parts_told: self.parts_told, ..Self::default() };
        }
    }

    pub fn change(&self, object: ObjectAddress) -> Change {
        match self.objects.get(&object) {
            Some(known) if !known.is_built_on_types || known.told == self.told => known.change,
            _ => Change::Anything,
        }
    }

    /// Whether nothing has changed of an object, nor of what rules look at beside it.
    pub fn is_unchanged(&self, object: ObjectAddress) -> bool {
        let is_up_to_date = |known: &Known| !known.depends_on_others || known.told == self.told;
        self.change(object) == Change::Nothing && self.objects.get(&object).is_some_and(is_up_to_date)
    }

    pub fn note(&mut self, object: ObjectAddress, change: Change) {
        if let Some(known) = self.objects.get_mut(&object) {
            known.change = change.max(known.change);
        }
    }

    pub fn change_all(&mut self) {
        self.told += 1;
        self.objects.values_mut().for_each(|known| known.change = Change::Anything);
    }

    /// A relation is told; 0 stands for all of them.
    pub fn relation_told(&mut self, relation: Oid) {
        self.told += 1;
        let object = ObjectAddress::Relation(relation);
        match self.indexes.get(&relation) {
            _ if relation == 0 => self.change_all(),
            Some(table) => self.note(*table, Change::Anything),
            None => {
                let parts_told = self.parts_told;
                if let Some(known) = self.objects.get_mut(&object) {
                    let is_row = known.parts_told == parts_told;
                    known.change = known.change.max(if is_row { Change::Row } else { Change::Anything });
                }
            }
        }
    }

    /// A row is told.
    pub fn row_told(&mut self, is_part: bool) {
        self.told += 1;
        self.parts_told += u64::from(is_part);
    }

    /// A row of pg_constraint is told; 0 stands for all of them.
    pub fn constraint_told(&mut self, hash: u32) {
        self.row_told(true);
        match self.constraints.get(&hash) {
            _ if hash == 0 => self.change_all(),
            Some(table) => self.note(*table, Change::Anything),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: ObjectAddress = ObjectAddress::Relation(10);

    impl Watched {
        fn watch(&mut self, oid: Oid, hashes: &[u32]) -> ObjectAddress {
            let table = Relation { oid, ..Relation::default() };
            let constraints: Vec<_> = hashes.iter().map(|hash| (1000 + hash, *hash)).collect();
            self.add(table.address(), Some(&table), &constraints, Mark(self.told));
            table.address()
        }
    }

    #[test]
    fn constraints_of_the_same_hash_are_not_relied_on() {
        use Change::{Anything, Nothing};
        let mut watched = Watched::default();
        let (ten, twenty) = (watched.watch(10, &[1]), watched.watch(20, &[2]));
        assert_eq!((watched.change(ten), watched.change(twenty)), (Nothing, Nothing));
        let thirty = watched.watch(30, &[1]);
        assert_eq!(
            (watched.change(ten), watched.change(twenty), watched.change(thirty)),
            (Anything, Nothing, Anything)
        );
        watched.watch(20, &[2]);
        assert_eq!(watched.change(twenty), Nothing, "the same table once more");
    }

    #[test]
    fn a_table_that_is_told_without_parts_has_changed_in_its_row() {
        let mut watched = Watched::default();
        watched.watch(10, &[1]);
        watched.relation_told(99);
        assert_eq!(watched.change(T), Change::Nothing, "another one has changed");
        watched.row_told(false);
        watched.relation_told(98);
        watched.relation_told(10);
        assert_eq!(watched.change(T), Change::Row);
        watched.constraint_told(7);
        watched.row_told(false);
        watched.relation_told(10);
        assert_eq!(watched.change(T), Change::Anything, "the constraint may be its own");
    }

    #[test]
    fn what_several_sessions_tell_may_be_mixed() {
        let mut watched = Watched::default();
        watched.watch(10, &[]);
        watched.row_told(true);
        watched.row_told(false);
        watched.relation_told(99);
        watched.row_told(false);
        watched.relation_told(99);
        watched.relation_told(10);
        assert_eq!(watched.change(T), Change::Anything);
    }

    #[test]
    fn what_was_told_while_a_table_was_read_may_be_about_it() {
        let mut watched = Watched::default();
        let mark = Mark(watched.told);
        watched.relation_told(10);
        let table = Relation { oid: 10, ..Relation::default() };
        watched.add(T, Some(&table), &[], mark);
        assert_eq!(watched.change(T), Change::Anything);
    }

    #[test]
    fn whatever_is_told_may_be_about_a_type() {
        let mut watched = Watched::default();
        let domain = Relation { oid: 10, kind: crate::facts::RelationKind::Domain, ..Relation::default() };
        watched.add(domain.address(), Some(&domain), &[], Mark(0));
        assert_eq!(watched.change(domain.address()), Change::Nothing);
        watched.row_told(false);
        assert_eq!(watched.change(domain.address()), Change::Anything);
    }

    #[test]
    fn a_constraint_is_known_as_soon_as_its_table_is_read() {
        let mut watched = Watched::default();
        watched.made.extend([1001, 1002]);
        watched.watch(10, &[1]);
        assert_eq!(watched.made, BTreeSet::from([1002]));
    }
}
