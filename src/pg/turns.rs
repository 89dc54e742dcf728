//! Turns at the commit: locks of the guard's own, which are held to the end of the transaction.
//!
//! Most DDL locks its table against all other DDL, so that nobody else can have changed it. CREATE INDEX does not (it takes
//! ShareLock, which others may take as well), nor does what changes an index. For these there is a turn for each table.
//! Nothing keeps others from using a type or a schema that is being changed, so there is also the turn of all: who has
//! changed such a thing waits for everybody who is about to commit, and everybody for him.
//!
//! PostgreSQL itself never takes these locks: pg_locks shows them as an object of pg_class, 0 for the turn of all, with
//! the objsubid -1.

use pgrx::pg_sys;

use super::watch;
use crate::facts::Oid;

/// No column of a table has this number, which pg_locks shows as -1: it tells the guard's lock from others on the same
/// object.
const SUB_ID: u16 = 0xFFFF;

/// The modes that exclude each other and themselves, and that all DDL on a table takes one of or is excluded by.
const EXCLUSIVE: [u32; 4] = [
    pg_sys::AccessExclusiveLock,
    pg_sys::ShareRowExclusiveLock,
    pg_sys::ShareUpdateExclusiveLock,
    pg_sys::ExclusiveLock,
];

/// How many turns a transaction takes at most: the table of locks is for all sessions.
const MAX_TURNS: usize = 100;

/// In the place of a table, all of them.
const ALL: Oid = 0;

/// Waits for the others that have the turn of one of these tables, and takes it, but for tables that this transaction has
/// locked anyway. `is_of_all` says that it has changed what tables are built on. Where the table of locks is full, there is
/// no turn.
pub fn take(tables: &[Oid], is_of_all: bool) {
    let is_locked = |table: Oid| EXCLUSIVE.iter().any(|mode| is_held(&of_table(table), *mode));
    let shared: Vec<Oid> = tables.iter().copied().filter(|table| !is_locked(*table)).collect();
    if is_of_all || shared.len() > MAX_TURNS {
        acquire(&turn_of(ALL), pg_sys::ExclusiveLock);
    } else {
        acquire(&turn_of(ALL), pg_sys::ShareLock);
        shared.into_iter().for_each(|table| acquire(&turn_of(table), pg_sys::ExclusiveLock));
    }
    // What they have committed is told before they give up their turn.
    watch::hear();
}

/// The tag of the guard's lock on a table.
fn turn_of(table: Oid) -> pg_sys::LOCKTAG {
    pg_sys::LOCKTAG {
        locktag_field2: pg_sys::RelationRelationId.to_u32(),
        locktag_field3: table,
        locktag_field4: SUB_ID,
        locktag_type: pg_sys::LockTagType::LOCKTAG_OBJECT as u8,
        ..of_table(table)
    }
}

/// The tag of the lock that PostgreSQL takes on a table.
fn of_table(table: Oid) -> pg_sys::LOCKTAG {
    pg_sys::LOCKTAG {
        // SAFETY: reads a variable of the backend.
        locktag_field1: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field2: table,
        locktag_field3: 0,
        locktag_field4: 0,
        locktag_type: pg_sys::LockTagType::LOCKTAG_RELATION as u8,
        locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
    }
}

fn is_held(lock: &pg_sys::LOCKTAG, mode: u32) -> bool {
    // SAFETY: looks into the backend's own table of locks.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16"))]
        return pg_sys::LockHeldByMe(lock, mode as i32);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16")))]
        return pg_sys::LockHeldByMe(lock, mode as i32, false);
    }
}

fn acquire(lock: &pg_sys::LOCKTAG, mode: u32) {
    let (mode, nobody) = (mode as i32, std::ptr::null_mut());
    // SAFETY: a transaction is open, to whose end the lock is held. That there is no room for it is no error here.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17"))]
        pg_sys::LockAcquireExtended(lock, mode, false, false, false, nobody);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
        pg_sys::LockAcquireExtended(lock, mode, false, false, false, nobody, false);
    }
}
