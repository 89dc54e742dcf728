//! Turns at the commit: a lock of the guard's own on a table, which is held to the end of the transaction.
//!
//! Most DDL locks its table against all other DDL, so that nobody else can have changed it. CREATE INDEX does not (it takes
//! ShareLock, which others may take as well), nor does what changes an index or a schema. For these there is a lock that
//! PostgreSQL itself never takes: pg_locks shows it as an object of pg_class with the sub-id [`SUB_ID`].

use pgrx::pg_sys;

use super::watch;
use crate::facts::Oid;

/// No column of a table has this number: it tells the guard's lock from others on the same object.
const SUB_ID: u16 = 0xFFFF;

/// The modes that exclude each other and themselves, and that all DDL on a table takes one of or is excluded by.
const EXCLUSIVE: [u32; 4] = [
    pg_sys::AccessExclusiveLock,
    pg_sys::ShareRowExclusiveLock,
    pg_sys::ShareUpdateExclusiveLock,
    pg_sys::ExclusiveLock,
];

/// Waits for the others that have this table's turn, and takes it, unless this transaction has locked the table anyway.
/// Where the table of locks is full, there is no turn.
pub fn take(table: Oid) {
    if EXCLUSIVE.iter().any(|mode| is_held(&of_table(table), *mode)) {
        return;
    }
    let turn = pg_sys::LOCKTAG {
        locktag_field2: pg_sys::RelationRelationId.to_u32(),
        locktag_field3: table,
        locktag_field4: SUB_ID,
        locktag_type: pg_sys::LockTagType::LOCKTAG_OBJECT as u8,
        ..of_table(table)
    };
    acquire(&turn);
    // What they have committed is told before they give up their turn.
    watch::hear();
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

fn acquire(lock: &pg_sys::LOCKTAG) {
    let (mode, nobody) = (pg_sys::ExclusiveLock as i32, std::ptr::null_mut());
    // SAFETY: a transaction is open, to whose end the lock is held. That there is no room for it is no error here.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17"))]
        pg_sys::LockAcquireExtended(lock, mode, false, false, false, nobody);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
        pg_sys::LockAcquireExtended(lock, mode, false, false, false, nobody, false);
    }
}
