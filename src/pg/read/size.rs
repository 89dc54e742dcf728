//! How much a table holds.

use std::ptr::null_mut;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgInherits, PgStatistic, index};
use crate::pg::scan::{Key, Row, find, scan};

/// Up to how many pages a table is counted.
const COUNTED_PAGES: u32 = 100;

/// Whether the current role may drop a table, which its schema's owner may too, or change it.
pub fn may_be_dropped(table: Oid, only_a_column: bool) -> bool {
    // SAFETY: reads the catalog cache.
    unsafe {
        let role = pg_sys::GetUserId();
        let schema = pg_sys::get_rel_namespace(table.into());
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        return pg_sys::pg_class_ownercheck(table.into(), role)
            || (!only_a_column && pg_sys::pg_namespace_ownercheck(schema, role));
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        return pg_sys::object_ownercheck(pg_sys::RelationRelationId, table.into(), role)
            || (!only_a_column && pg_sys::object_ownercheck(pg_sys::NamespaceRelationId, schema, role));
    }
}

/// How many rows a table and its partitions have, or how many with a value in a column: counted where they are
/// small, estimated where they are not. `with_children` counts those too that have the column from the table alone.
pub fn rows(table: Oid, column: Option<&str>, with_children: bool, now: &Reader) -> f64 {
    let key = [(PgClass::oid, Key::Oid(table))];
    let facts = |row: &Row<PgClass>| (row.char(PgClass::relkind), row.f32(PgClass::reltuples));
    let Some((kind @ ('r' | 'p'), estimate)) = find(now.snapshot(), index::CLASS_OID, &key, facts) else { return 0.0 };
    // A column may have another number in each child.
    let number = match column.map(|name| number_of(table, name, now)) {
        None => None,
        Some(None) => return 0.0,
        Some(Some((number, _))) => Some(number),
    };
    let mut children = Vec::new();
    if kind == 'p' || with_children {
        scan(now.snapshot(), index::INHERITS_PARENT, &[(PgInherits::inhparent, Key::Oid(table))], |row| {
            children.push(row.oid(PgInherits::inhrelid));
        });
    }
    let goes_along = |child: &Oid| kind == 'p' || column.is_some_and(|name| is_only_inherited(*child, name, now));
    let own = if kind == 'r' { rows_of_one(table, number, estimate, now) } else { 0.0 };
    own + children.into_iter().filter(goes_along).map(|child| rows(child, column, true, now)).sum::<f64>()
}

fn is_only_inherited(table: Oid, column: &str, now: &Reader) -> bool {
    number_of(table, column, now).is_some_and(|(_, only_inherited)| only_inherited)
}

/// A column's number, and whether it has it from one parent and from nowhere else.
fn number_of(table: Oid, column: &str, now: &Reader) -> Option<(AttrNumber, bool)> {
    let mut found = None;
    let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attnum, Key::Above(0))];
    scan(now.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
        if row.name(PgAttribute::attname) == column {
            let only_inherited = row.i16(PgAttribute::attinhcount) == 1 && !row.bool(PgAttribute::attislocal, true);
            found = Some((row.i16(PgAttribute::attnum), only_inherited));
        }
    });
    found
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
    let null_fraction = |row: &Row<PgStatistic>| row.f32(PgStatistic::stanullfrac);
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
