//! How much a table holds.

use std::ptr::null_mut;

use pgrx::pg_sys;

use super::catalog::{Key, find, scan};
use super::reader::Reader;
use super::schema::{PgClass, PgInherits, PgStatistic, index};
use crate::facts::{AttrNumber, Oid};

/// Up to how many pages a table is counted.
const COUNTED_PAGES: u32 = 100;

/// Whether the current role owns a table, or is a superuser.
pub fn is_owned_by_current_role(table: Oid) -> bool {
    // SAFETY: reads the catalog cache.
    unsafe {
        let role = pg_sys::GetUserId();
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        return pg_sys::pg_class_ownercheck(table.into(), role);
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        return pg_sys::object_ownercheck(pg_sys::RelationRelationId, table.into(), role);
    }
}

/// How many rows a table and its partitions have, or how many with a value in a column: counted where they are
/// small, estimated where they are not.
pub fn rows(table: Oid, column: Option<AttrNumber>, now: &Reader) -> f64 {
    let mut partitions = Vec::new();
    scan(now.snapshot(), index::INHERITS_PARENT, &[(PgInherits::inhparent, Key::Oid(table))], |row| {
        partitions.push(row.oid(PgInherits::inhrelid));
    });
    let key = [(PgClass::oid, Key::Oid(table))];
    let facts = |row: &super::catalog::Row<PgClass>| (row.char(PgClass::relkind), row.f32(PgClass::reltuples));
    match find(now.snapshot(), index::CLASS_OID, &key, facts) {
        Some(('r', estimate)) => rows_of_one(table, column, estimate, now),
        // A column may have another number in a partition: there the rows count.
        Some(('p', _)) => partitions.into_iter().map(|partition| rows(partition, None, now)).sum(),
        _ => 0.0,
    }
}

fn rows_of_one(table: Oid, column: Option<AttrNumber>, estimate: f32, now: &Reader) -> f64 {
    // SAFETY: the table is opened under a lock that was got without waiting and is given back before anybody could
    // wait for it.
    unsafe {
        if !pg_sys::ConditionalLockRelationOid(table.into(), pg_sys::AccessShareLock as i32) {
            return estimated(table, column, estimate, 1, now);
        }
        let relation = pg_sys::try_relation_open(table.into(), pg_sys::NoLock as i32);
        let rows = if relation.is_null() {
            0.0
        } else {
            let pages = pg_sys::RelationGetNumberOfBlocksInFork(relation, pg_sys::ForkNumber::MAIN_FORKNUM);
            let rows = match pages {
                0 => 0.0,
                1..=COUNTED_PAGES => counted(relation, column),
                pages => estimated(table, column, estimate, pages, now),
            };
            pg_sys::relation_close(relation, pg_sys::NoLock as i32);
            rows
        };
        pg_sys::UnlockRelationOid(table.into(), pg_sys::AccessShareLock as i32);
        rows
    }
}

/// The planner's estimate; at least one row a page where there is none.
fn estimated(table: Oid, column: Option<AttrNumber>, estimate: f32, pages: u32, now: &Reader) -> f64 {
    let rows = if estimate > 0.0 { f64::from(estimate) } else { f64::from(pages) };
    let Some(column) = column else { return rows };
    let keys = [(PgStatistic::starelid, Key::Oid(table)), (PgStatistic::staattnum, Key::Int2(column))];
    let null_fraction = |row: &super::catalog::Row<PgStatistic>| row.f32(PgStatistic::stanullfrac);
    let nulls = find(now.snapshot(), index::STATISTIC, &keys, null_fraction).unwrap_or(0.0);
    rows * f64::from(1.0 - nulls)
}

/// # Safety
/// The relation is open and locked.
unsafe fn counted(relation: pg_sys::Relation, column: Option<AttrNumber>) -> f64 {
    let mut rows = 0.0;
    // SAFETY: the caller's promise; scan, slot and snapshot are given back in turn.
    unsafe {
        let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
        let slot = pg_sys::table_slot_create(relation, null_mut());
        let scan = pg_sys::table_beginscan(relation, snapshot, 0, null_mut());
        while pg_sys::table_scan_getnextslot(scan, pg_sys::ScanDirection::ForwardScanDirection, slot) {
            let is_empty = column.is_some_and(|column| pg_sys::slot_attisnull(slot, column.into()));
            rows += if is_empty { 0.0 } else { 1.0 };
        }
        pg_sys::table_endscan(scan);
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::UnregisterSnapshot(snapshot);
    }
    rows
}
