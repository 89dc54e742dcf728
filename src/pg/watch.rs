//! Watches tables whose facts are kept: whether one has changed since it was read.
//!
//! PostgreSQL tells every backend which rows of its catalogs are out of date: at the next command what the backend itself
//! has changed, and with the next lock what others have committed. The rows of pg_attribute, pg_constraint and pg_index
//! are told by a hash of their keys, and after them the relations that they are about, in one batch for each command. So a
//! table whose batch has no such row has changed in pg_class alone, as it does with every GRANT.
//!
//! A change of an index is told with the index, that of a constraint other than a foreign key with the constraint alone. A
//! new check changes the row of its table, and a new index is told with its table. A new constraint over an index that was
//! there already is not told with its table: whoever sees it made says so ([`table_unknown`]).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::c_int;

use pgrx::prelude::*;

use crate::facts::{Oid, Relation};
use crate::pg::memory::Kept;
use crate::pg::scan::schema::index;

/// How many tables, indexes and constraints are watched at most: a transaction may touch any number of tables.
const MAX_WATCHED: usize = 20_000;

/// What has changed of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Nothing,
    /// Its row in pg_class, and nothing of its columns, constraints and indexes.
    Row,
    Anything,
}

/// What is watched.
#[derive(Default)]
struct Watched {
    tables: BTreeMap<Oid, Change>,
    /// The table that an index belongs to.
    indexes: BTreeMap<Oid, Oid>,
    /// The table that a constraint belongs to, by the hash of the constraint's oid.
    constraints: BTreeMap<u32, Oid>,
    batch: Batch,
}

/// What PostgreSQL has told of a command: first the rows, then the relations.
#[derive(Default)]
struct Batch {
    /// A part of some table has changed.
    has_parts: bool,
    /// Relations are being told. The next row is that of another batch.
    is_at_relations: bool,
}

thread_local! {
    static WATCHED: Kept<Watched> = Kept::default();
    static IS_REGISTERED: Cell<bool> = const { Cell::new(false) };
}

/// From now on a table, which was just read, is watched. False where too much is watched already.
pub fn begin(table: &Relation) -> bool {
    if !IS_REGISTERED.replace(true) {
        register();
    }
    let hashes: Vec<u32> = table.constraints.iter().map(|constraint| hash_of_constraint(constraint.oid)).collect();
    WATCHED.with_borrow_mut(|watched| {
        let has_room = watched.size() + 1 + table.indexes.len() + hashes.len() <= MAX_WATCHED;
        if has_room {
            watched.add(table, hashes);
        }
        has_room
    })
}

/// What has changed of a table since it is watched. What the transaction has done last must be visible already.
pub fn change(table: Oid) -> Change {
    // SAFETY: a transaction is open. An error is caught and raised again as pgrx's bindings do it.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| AcceptInvalidationMessages()) };
    WATCHED.with_borrow(|watched| watched.tables.get(&table).copied().unwrap_or(Change::Anything))
}

/// Something has changed of which nobody knows to which table it belongs.
pub fn table_unknown() {
    WATCHED.with_borrow_mut(|watched| watched.change_all());
}

/// Watches nothing any more.
pub fn end() {
    WATCHED.with_borrow_mut(|watched| {
        if !watched.tables.is_empty() {
            **watched = Watched::default();
        }
    });
}

impl Watched {
    fn size(&self) -> usize {
        self.tables.len() + self.indexes.len() + self.constraints.len()
    }

    fn add(&mut self, table: &Relation, hashes: Vec<u32>) {
        self.tables.insert(table.oid, Change::Nothing);
        self.indexes.extend(table.indexes.iter().map(|index| (index.oid, table.oid)));
        for hash in hashes {
            // Where two constraints have the same hash, nobody can tell which of the tables has changed.
            let other = self.constraints.insert(hash, table.oid).filter(|other| *other != table.oid);
            if let Some(other) = other {
                self.note(other, Change::Anything);
                self.note(table.oid, Change::Anything);
            }
        }
    }

    fn note(&mut self, table: Oid, change: Change) {
        if let Some(known) = self.tables.get_mut(&table) {
            *known = change.max(*known);
        }
    }

    fn change_all(&mut self) {
        self.tables.values_mut().for_each(|change| *change = Change::Anything);
    }

    /// A relation is told; 0 stands for all of them.
    fn relation_told(&mut self, relation: Oid) {
        self.batch.is_at_relations = true;
        let change = if self.batch.has_parts { Change::Anything } else { Change::Row };
        match self.indexes.get(&relation) {
            _ if relation == 0 => self.change_all(),
            Some(table) => self.note(*table, Change::Anything),
            None => self.note(relation, change),
        }
    }

    /// A row is told. The first one after relations begins a batch.
    fn row_told(&mut self, is_part: bool) {
        if self.batch.is_at_relations {
            self.batch = Batch::default();
        }
        self.batch.has_parts |= is_part;
    }

    /// A row of pg_constraint is told; 0 stands for all of them.
    fn constraint_told(&mut self, hash: u32) {
        self.row_told(true);
        match self.constraints.get(&hash) {
            _ if hash == 0 => self.change_all(),
            Some(table) => self.note(*table, Change::Anything),
            None => {}
        }
    }
}

// Declared here because pgrx has no bindings for them on PostgreSQL 13.
unsafe extern "C-unwind" {
    fn AcceptInvalidationMessages();
    fn CacheRegisterRelcacheCallback(
        callback: unsafe extern "C-unwind" fn(pg_sys::Datum, pg_sys::Oid),
        argument: pg_sys::Datum,
    );
    fn CacheRegisterSyscacheCallback(
        cache: c_int,
        callback: unsafe extern "C-unwind" fn(pg_sys::Datum, c_int, u32),
        argument: pg_sys::Datum,
    );
}

/// Asks PostgreSQL to tell about changes. That cannot be taken back, so it is done when the first table is watched.
fn register() {
    // SAFETY: the functions live as long as the process and do not use their argument. PostgreSQL raises no error here: it
    // ends the session if others have taken all places.
    unsafe {
        let nothing = pg_sys::Datum::null();
        CacheRegisterRelcacheCallback(on_relation_changed, nothing);
        for rows in WATCHED_ROWS {
            CacheRegisterSyscacheCallback(cache(rows), on_row_changed, nothing);
        }
    }
}

/// The indexes of the rows that are watched.
const WATCHED_ROWS: [Oid; 5] =
    [index::CLASS_OID, index::ATTRIBUTE_RELATION_NUMBER, index::INDEX_OID, index::CONSTRAINT_OID, index::NAMESPACE_OID];

/// PostgreSQL's cache for the rows of an index.
fn cache(index: Oid) -> i32 {
    index::cache(index).expect("PostgreSQL has a cache for these rows") as i32
}

fn hash_of_constraint(constraint: Oid) -> u32 {
    let nothing = pg_sys::Datum::null();
    let oid = pg_sys::Oid::from(constraint).into();
    // SAFETY: the cache has one key, an oid.
    unsafe { pg_sys::GetSysCacheHashValue(cache(index::CONSTRAINT_OID), oid, nothing, nothing, nothing) }
}

/// Called by PostgreSQL when what is known of a relation is out of date; with the oid 0, of all of them.
///
/// # Safety
/// Called by PostgreSQL only.
#[pg_guard]
unsafe extern "C-unwind" fn on_relation_changed(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    WATCHED.with_borrow_mut(|watched| watched.relation_told(relation.to_u32()));
}

/// Called by PostgreSQL when a row of one of its caches is out of date; with the hash 0, when all may be.
///
/// # Safety
/// Called by PostgreSQL only.
#[pg_guard]
unsafe extern "C-unwind" fn on_row_changed(_argument: pg_sys::Datum, told: c_int, hash: u32) {
    WATCHED.with_borrow_mut(|watched| match told {
        _ if told == cache(index::CONSTRAINT_OID) => watched.constraint_told(hash),
        // Schemas are seldom made or renamed.
        _ if told == cache(index::NAMESPACE_OID) => watched.change_all(),
        _ => watched.row_told(told != cache(index::CLASS_OID)),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(oid: Oid) -> Relation {
        Relation { oid, ..Relation::default() }
    }

    #[test]
    fn constraints_of_the_same_hash_are_not_relied_on() {
        use Change::{Anything, Nothing};
        let mut watched = Watched::default();
        watched.add(&table(10), vec![1]);
        watched.add(&table(20), vec![2]);
        assert_eq!((watched.tables[&10], watched.tables[&20]), (Nothing, Nothing));
        watched.add(&table(30), vec![1]);
        assert_eq!((watched.tables[&10], watched.tables[&20], watched.tables[&30]), (Anything, Nothing, Anything));
        watched.add(&table(20), vec![2]);
        assert_eq!(watched.tables[&20], Nothing, "the same table once more");
    }

    #[test]
    fn a_table_that_is_told_without_parts_has_changed_in_its_row() {
        let mut watched = Watched::default();
        watched.add(&table(10), vec![1]);
        watched.row_told(true);
        watched.relation_told(99);
        assert_eq!(watched.tables[&10], Change::Nothing, "another one has changed");
        watched.row_told(false);
        watched.relation_told(98);
        watched.relation_told(10);
        assert_eq!(watched.tables[&10], Change::Row);
        watched.constraint_told(7);
        watched.row_told(false);
        watched.relation_told(10);
        assert_eq!(watched.tables[&10], Change::Anything, "the constraint may be its own");
    }
}
