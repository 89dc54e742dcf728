//! How many rows a table holds, and whether the current role may drop it.

use std::ptr::null_mut;

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::{AttrNumber, Oid};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgInherits, PgStatistic, index};
use crate::pg::scan::{Key, Row, find, scan};

/// The rows of a table with at most this many pages are counted; those of a larger one are estimated.
const MAX_COUNTED_PAGES: u32 = 100;

/// Whether the current role may drop a table or, if `only_column` is set, a column of it. The table's owner may do
/// both; the owner of its schema may drop the table, but no column.
pub fn current_role_may_drop(table: Oid, only_column: bool) -> bool {
    // SAFETY: look-ups in the catalog cache, which need an open transaction and nothing else.
    unsafe {
        let role = pg_sys::GetUserId();
        let schema = pg_sys::get_rel_namespace(table.into());
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        return pg_sys::pg_class_ownercheck(table.into(), role)
            || (!only_column && pg_sys::pg_namespace_ownercheck(schema, role));
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        return pg_sys::object_ownercheck(pg_sys::RelationRelationId, table.into(), role)
            || (!only_column && pg_sys::object_ownercheck(pg_sys::NamespaceRelationId, schema, role));
    }
}

/// How many rows a table and its partitions have or, if a column is given, how many rows have a value in it. Small
/// tables are counted, larger ones estimated. With `with_children` the children that inherit the column from this table
/// alone are included: they lose the column together with it. 0 if there is no such table or column.
pub fn count_or_estimate_rows(table: Oid, column: Option<&str>, with_children: bool, now: &Reader) -> f64 {
    let key = [(PgClass::oid, Key::Oid(table))];
    let facts = |row: &Row<PgClass>| (row.char(PgClass::relkind), row.f32(PgClass::reltuples));
    let Some((kind @ ('r' | 'p'), estimate)) = find(now.snapshot(), index::CLASS_OID, &key, facts) else { return 0.0 };
    // A column may have another number in each child.
    let number = match column.map(|name| find_column(table, name, now)) {
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
    let is_included = |child: &Oid| kind == 'p' || column.is_some_and(|name| is_only_inherited(*child, name, now));
    let own = if kind == 'r' { count_or_estimate_own_rows(table, number, estimate, now) } else { 0.0 };
    let count = |child| count_or_estimate_rows(child, column, true, now);
    own + children.into_iter().filter(is_included).map(count).sum::<f64>()
}

/// Whether a table has a column from one parent and from nowhere else.
fn is_only_inherited(table: Oid, column: &str, now: &Reader) -> bool {
    find_column(table, column, now).is_some_and(|(_, only_inherited)| only_inherited)
}

/// A column's number, and whether the table has it from one parent and from nowhere else.
fn find_column(table: Oid, column: &str, now: &Reader) -> Option<(AttrNumber, bool)> {
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

/// How many rows a table has itself, without partitions and children. `estimate` is its `pg_class.reltuples`. A table
/// that somebody else has locked is estimated, so that the statement does not wait here.
fn count_or_estimate_own_rows(table: Oid, column: Option<AttrNumber>, estimate: f32, now: &Reader) -> f64 {
    // SAFETY: the table is opened only once it is locked, so it cannot be dropped in the meantime; try_relation_open
    // returns null if it was dropped before. It is closed and then unlocked here, so that nobody has to wait for this
    // lock.
    unsafe {
        if !pg_sys::ConditionalLockRelationOid(table.into(), pg_sys::AccessShareLock as i32) {
            return estimate_rows(table, column, estimate, 1, now);
        }
        let relation = pg_sys::try_relation_open(table.into(), pg_sys::NoLock as i32);
        let rows = if relation.is_null() {
            0.0
        } else {
            let pages = pg_sys::RelationGetNumberOfBlocksInFork(relation, pg_sys::ForkNumber::MAIN_FORKNUM);
            let rows = match pages {
                0 => 0.0,
                1..=MAX_COUNTED_PAGES => count_rows(relation, column),
                pages => estimate_rows(table, column, estimate, pages, now),
            };
            pg_sys::relation_close(relation, pg_sys::NoLock as i32);
            rows
        };
        pg_sys::UnlockRelationOid(table.into(), pg_sys::AccessShareLock as i32);
        rows
    }
}

/// The planner's estimate; one row a page if the planner has none.
fn estimate_rows(table: Oid, column: Option<AttrNumber>, estimate: f32, pages: u32, now: &Reader) -> f64 {
    let rows = if estimate > 0.0 { f64::from(estimate) } else { f64::from(pages) };
    let Some(column) = column else { return rows };
    let keys = [(PgStatistic::starelid, Key::Oid(table)), (PgStatistic::staattnum, Key::Int2(column))];
    let null_fraction = |row: &Row<PgStatistic>| row.f32(PgStatistic::stanullfrac);
    let nulls = find(now.snapshot(), index::STATISTIC, &keys, null_fraction).unwrap_or(0.0);
    rows * f64::from(1.0 - nulls)
}

/// Counts the rows of a table, or those with a value in a column.
///
/// # Safety
/// `relation` is a table that is open and locked.
unsafe fn count_rows(relation: pg_sys::Relation, column: Option<AttrNumber>) -> f64 {
    let mut rows = 0.0;
    // SAFETY: the caller promises that the table is open and locked. The snapshot is registered before the scan begins,
    // and scan, slot and snapshot are released in the opposite order.
    unsafe {
        let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
        let slot = pg_sys::table_slot_create(relation, null_mut());
        let scan = pg_sys::table_beginscan(relation, snapshot, 0, null_mut());
        while pg_sys::table_scan_getnextslot(scan, pg_sys::ScanDirection::ForwardScanDirection, slot) {
            let is_null = column.is_some_and(|column| pg_sys::slot_attisnull(slot, column.into()));
            rows += if is_null { 0.0 } else { 1.0 };
        }
        pg_sys::table_endscan(scan);
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::UnregisterSnapshot(snapshot);
    }
    rows
}
