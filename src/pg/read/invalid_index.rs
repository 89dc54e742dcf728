//! Whether an index that is not valid will remain so, or somebody is working on it.
//!
//! CREATE INDEX CONCURRENTLY holds no lock on its index while it waits, only one on the table, which VACUUM, ANALYZE and
//! others take as well. So it is the locks and the progress that tell together. Both are read where the backends publish
//! them: no lock is taken, and unlike in `pg_stat_progress_create_index` there is nothing that a role may not see. The
//! backend whose `track_activities` is off publishes no progress; a lock on the table then counts as work on the index,
//! since it is worse to drop an index that is being built than to miss one that was left.

use std::collections::HashSet;

use pgrx::pg_sys;

use crate::facts::Oid;
use crate::pg::scan::schema::{PgIndex, index};
use crate::pg::scan::{Key, Snapshot, scan};

/// Whether an index that was not valid is left like that: nobody is building, rebuilding or dropping it, and nobody has
/// finished since. `None` on a standby, which does not see who works on the primary.
pub fn is_left_invalid(table: Oid, index: Oid) -> Option<bool> {
    // SAFETY: reads a flag in shared memory.
    if unsafe { pg_sys::RecoveryInProgress() } {
        return None;
    }
    // The catalog is read after the locks: whoever has let go of them by now has finished before.
    Some(!is_worked_on(table, index) && is_still_invalid(index))
}

fn is_still_invalid(oid: Oid) -> bool {
    let mut is_invalid = false;
    scan(&Snapshot::now(), index::INDEX_OID, &[(PgIndex::indexrelid, Key::Oid(oid))], |row| {
        is_invalid = !row.bool(PgIndex::indisvalid, false);
    });
    is_invalid
}

fn is_worked_on(table: Oid, index: Oid) -> bool {
    let [of_table, of_index] = lock_holders([table, index]);
    // REINDEX CONCURRENTLY and DROP INDEX CONCURRENTLY hold locks on the indexes themselves.
    if !of_index.is_empty() {
        return true;
    }
    let may_build = |backend: &_| may_build(backend, table, index);
    !of_table.is_empty() && is_any_backend(|backend| of_table.contains(&backend.st_procpid) && may_build(backend))
}

/// Whether a backend that holds a lock on the table may be building the index.
fn may_build(backend: &pg_sys::PgBackendStatus, table: Oid, index: Oid) -> bool {
    /// The place of the index's oid in what CREATE INDEX publishes (`commands/progress.h`); 0 until it has one.
    const INDEX_OID: usize = 6;
    if backend.st_backendType == pg_sys::BackendType::B_AUTOVAC_WORKER {
        return false;
    }
    let builds = backend.st_progress_command == pg_sys::ProgressCommandType::PROGRESS_COMMAND_CREATE_INDEX
        && backend.st_progress_command_target.to_u32() == table
        && [0, i64::from(index)].contains(&backend.st_progress_param[INDEX_OID]);
    builds || backend.st_state == pg_sys::BackendState::STATE_DISABLED
}

/// The other processes that hold a lock on these relations as strong as that of CREATE INDEX CONCURRENTLY.
fn lock_holders<const N: usize>(relations: [Oid; N]) -> [HashSet<i32>; N] {
    let strong = pg_sys::ShareUpdateExclusiveLock..=pg_sys::AccessExclusiveLock;
    let strong_modes: i32 = strong.map(|mode| 1 << mode).sum();
    let mut holders = [(); N].map(|()| HashSet::new());
    // SAFETY: returns a palloc'ed copy of the server's locks, of which there are `nelements`; it is freed here. The
    // variables are those of this backend.
    unsafe {
        let data = pg_sys::GetLockStatusData();
        let locks = std::slice::from_raw_parts((*data).locks, (*data).nelements as usize);
        for lock in locks {
            let tag = &lock.locktag;
            let is_relation = tag.locktag_type == pg_sys::LockTagType::LOCKTAG_RELATION as u8
                && tag.locktag_lockmethodid == pg_sys::DEFAULT_LOCKMETHOD as u8
                && tag.locktag_field1 == pg_sys::MyDatabaseId.to_u32();
            // A prepared transaction has no process, and builds nothing.
            if is_relation && lock.holdMask & strong_modes != 0 && lock.pid != 0 && lock.pid != pg_sys::MyProcPid {
                for (relation, holders) in relations.iter().zip(&mut holders) {
                    if *relation == tag.locktag_field2 {
                        holders.insert(lock.pid);
                    }
                }
            }
        }
        pg_sys::pfree((*data).locks.cast());
        pg_sys::pfree(data.cast());
    }
    holders
}

/// Whether something is true of a backend at this moment.
fn is_any_backend(is: impl Fn(&pg_sys::PgBackendStatus) -> bool) -> bool {
    // SAFETY: without the copy that the transaction may have made of it before, the list is copied anew. Its entries are
    // counted from 1, and are valid until the copy is given up.
    unsafe {
        #[cfg(feature = "pg13")]
        pg_sys::pgstat_clear_snapshot();
        #[cfg(not(feature = "pg13"))]
        pg_sys::pgstat_clear_backend_activity_snapshot();
        (1..=pg_sys::pgstat_fetch_stat_numbackends()).any(|at| {
            #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
            let entry = pg_sys::pgstat_fetch_stat_local_beentry(at);
            #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
            let entry = pg_sys::pgstat_get_local_beentry_by_index(at);
            entry.as_ref().is_some_and(|entry| is(&entry.backendStatus))
        })
    }
}
