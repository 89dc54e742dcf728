//! Watches objects of which something is kept: whether one has changed since it was read.
//!
//! PostgreSQL tells every backend which rows of its catalogs are out of date: at the next command what the backend itself
//! has changed, and with the next lock what others have committed. The rows of pg_attribute, pg_constraint and pg_index
//! are told by a hash of their keys, and some time after them the relations that they are about; what several sessions tell
//! may come mixed. So a table has changed in pg_class alone, as it does with every GRANT, if no such row at all has been
//! told since it was read.
//!
//! A change of an index is told with the index, that of a constraint other than a foreign key with the constraint alone. A
//! new check changes the row of its table, and a new index is told with its table. A new constraint over an index that was
//! there already is not told with its table: whoever sees it made says so ([`constraint_made`]).
//!
//! A domain, an enum, a range and a table with columns of such types depend on what is not told with them. Of these, whatever is
//! told counts as a change. What rules find in a table with foreign keys depends on the tables that these lead to.

mod watched;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::c_int;

use pgrx::prelude::*;
use watched::Watched;
pub use watched::{Change, Mark};

use crate::facts::{Constraint, ObjectAddress, Oid, Relation};
use crate::pg::memory::Kept;
use crate::pg::scan::schema::index;

thread_local! {
    static WATCHED: Kept<Watched> = Kept::default();
    static IS_REGISTERED: Cell<bool> = const { Cell::new(false) };
}

/// Marks the moment before something is read.
pub fn mark() -> Mark {
    if !IS_REGISTERED.replace(true) {
        register();
    }
    WATCHED.with_borrow(|watched| watched.mark())
}

/// From now on an object is watched. It was read after the mark, or is gone. False where too much is watched already.
pub fn begin(object: ObjectAddress, read: Option<&Relation>, mark: Mark) -> bool {
    let hash = |constraint: &Constraint| (constraint.oid, hash_of_constraint(constraint.oid));
    let constraints: Vec<_> = read.map_or(Vec::new(), |read| read.constraints.iter().map(hash).collect());
    WATCHED.with_borrow_mut(|watched| {
        let parts = constraints.len() + read.map_or(0, |read| read.indexes.len());
        let has_room = watched.has_room_for(parts);
        if has_room {
            watched.add(object, read, &constraints, mark);
        }
        has_room
    })
}

/// What has changed of an object since it is watched. What the transaction has done last must be visible already.
pub fn change(object: ObjectAddress) -> Change {
    hear();
    WATCHED.with_borrow(|watched| watched.change(object))
}

/// Whether nothing of an object has changed since it is watched, nor of what rules look at beside it, as far as that was
/// heard.
pub fn is_unchanged(object: ObjectAddress) -> bool {
    WATCHED.with_borrow(|watched| watched.is_unchanged(object))
}

/// Takes in what others have committed.
pub fn hear() {
    // SAFETY: a transaction is open. An error is caught and raised again as pgrx's bindings do it.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| AcceptInvalidationMessages()) };
}

/// A constraint was made or changed, of an object that only the catalogs know.
pub fn constraint_made(constraint: Oid) {
    WATCHED.with_borrow_mut(|watched| watched.constraint_made(constraint));
}

/// Whether there are constraints of which nobody has said yet to which object they belong.
pub fn has_made_constraints() -> bool {
    WATCHED.with_borrow_mut(|watched| !watched.made().is_empty())
}

/// Takes these constraints, to say it: [`changed`].
pub fn take_made_constraints() -> BTreeSet<Oid> {
    WATCHED.with_borrow_mut(|watched| std::mem::take(watched.made()))
}

/// An object has changed.
pub fn changed(object: ObjectAddress) {
    WATCHED.with_borrow_mut(|watched| watched.note(object, Change::Anything));
}

/// Whether anything is watched.
pub fn is_watching() -> bool {
    WATCHED.with_borrow(|watched| !watched.is_empty())
}

/// Watches nothing any more.
pub fn end() {
    WATCHED.with_borrow_mut(|watched| watched.forget());
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
const WATCHED_ROWS: [Oid; 7] = [
    index::CLASS_OID,
    index::ATTRIBUTE_RELATION_NUMBER,
    index::INDEX_OID,
    index::CONSTRAINT_OID,
    index::NAMESPACE_OID,
    index::TYPE_OID,
    index::ENUM_OID,
];

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
        _ => {
            let of_tables = [cache(index::ATTRIBUTE_RELATION_NUMBER), cache(index::INDEX_OID)];
            watched.row_told(of_tables.contains(&told));
        }
    });
}
