//! The locks that CREATE INDEX, DROP INDEX and DETACH PARTITION CONCURRENTLY take first. They are taken before it is
//! predicted what the statement will do: whoever changes the same table has either committed by then, so that the change is
//! seen, or waits until the statement has ended. Where the statement would take no lock, none is taken here.

use pgrx::{PgList, pg_sys};

use super::Command;
use super::concurrent::{as_create, as_detach, as_drop, dropped_index, partition_to_detach};
use super::relations::look_up;
use crate::facts::Oid;
use crate::facts::oids::FIRST_USER_OID;
use crate::pg::backend;
use crate::pg::read::Reader;
use crate::pg::read::dependents::parents;
use crate::pg::read::row_count::current_role_may_drop;

/// The lock that all three take on their table, until they have ended.
const LOCK: i32 = pg_sys::ShareUpdateExclusiveLock as i32;

/// Takes the locks of a CONCURRENTLY statement on its table and, for DETACH, on the partition, in the order in which it
/// takes them itself. In a transaction block the statement fails before it would take one.
pub fn take(command: Command) {
    if backend::in_transaction_block() {
        return;
    }
    // SAFETY: the trees are valid while the event trigger runs, and so are the names in them. An ALTER TABLE and a CREATE
    // INDEX have a relation.
    unsafe {
        if let Some(detach) = as_detach(command) {
            let (parent, partition) = ((*detach).relation, partition_to_detach(&*detach));
            if let (Some(parent), Some(partition)) = (lock(|| find_own_table(parent)), partition) {
                lock(|| find_partition(partition, parent));
            }
        } else if let Some(drop) = as_drop(command) {
            take_on_index(&*drop);
        } else if let Some(create) = as_create(command) {
            lock(|| find_own_table((*create).relation));
        }
    }
}

/// Takes the locks of a DROP INDEX CONCURRENTLY: on the table, and then on the index. While one waits for them, the name
/// may go to another index.
///
/// # Safety
/// `drop` is a valid parse tree of a DROP INDEX.
unsafe fn take_on_index(drop: &pg_sys::DropStmt) {
    // SAFETY: the caller promises what the tree is.
    let find = || unsafe { find_own_index(drop) };
    while let Some(table) = lock(|| find().map(|(_, table)| table)) {
        let index = lock(|| find().map(|(index, _)| index));
        if find() == index.map(|index| (index, table)) {
            return;
        }
        [Some(table), index].into_iter().flatten().for_each(unlock);
    }
}

/// Locks the table or index that `find` finds and returns it. While one waits for the lock, the name may go to another one,
/// so it is looked up once more.
fn lock(find: impl Fn() -> Option<Oid>) -> Option<Oid> {
    let mut locked = None;
    loop {
        let found = find();
        if found == locked {
            return locked;
        }
        // SAFETY: any oid may be locked. Where the lock is not free this waits as the statement would, and raises the same
        // errors.
        unsafe {
            locked.into_iter().for_each(unlock);
            if let Some(relation) = found {
                pg_sys::LockRelationOid(relation.into(), LOCK);
            }
        }
        locked = found;
    }
}

/// Gives up a lock that [`lock`] has taken.
fn unlock(relation: Oid) {
    // SAFETY: the lock was taken here, and nothing was done under it.
    unsafe { pg_sys::UnlockRelationOid(relation.into(), LOCK) }
}

/// The table of this name, if it is the current role's: on others the statement fails before it locks them.
///
/// # Safety
/// `name` is a valid RangeVar.
unsafe fn find_own_table(name: *mut pg_sys::RangeVar) -> Option<Oid> {
    // SAFETY: the caller promises that the name is valid.
    let table = unsafe { look_up(name) };
    (table >= FIRST_USER_OID && current_role_may_drop(table, true)).then_some(table)
}

/// The index that a DROP INDEX is about, and its table, if the current role may drop it.
///
/// # Safety
/// `drop` is a valid parse tree of a DROP INDEX.
unsafe fn find_own_index(drop: &pg_sys::DropStmt) -> Option<(Oid, Oid)> {
    // SAFETY: the caller promises what the tree is; the objects of a DROP INDEX are lists of strings. The other functions
    // look into the catalog caches, for which a transaction is open, and may be asked about any oid.
    unsafe {
        let is_alone = PgList::<pg_sys::List>::from_pg(drop.objects).len() == 1;
        let index = look_up(dropped_index(drop).filter(|_| is_alone)?);
        if index < FIRST_USER_OID || !current_role_may_drop(index, false) {
            return None;
        }
        let table = pg_sys::IndexGetRelation(index.into(), true).to_u32();
        (table != 0).then_some((index, table))
    }
}

/// The table of this name, if it is a partition of another one.
///
/// # Safety
/// `name` is a valid RangeVar.
unsafe fn find_partition(name: *mut pg_sys::RangeVar, parent: Oid) -> Option<Oid> {
    // SAFETY: the caller promises that the name is valid.
    let partition = unsafe { look_up(name) };
    parents(&Reader::now(), partition).contains(&parent).then_some(partition)
}
