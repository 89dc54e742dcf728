//! How many rows a table holds, and whether the current role may drop it.

use std::ptr::null_mut;

use pgrx::pg_sys;

use super::reader::Reader;
use super::written_tables::is_being_written;
use crate::facts::{AttrNumber, CommandId, Oid};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgInherits, PgStatistic, index};
use crate::pg::scan::{Key, Row, find, scan};

/// The rows of a table with at most this many pages are counted; those of a larger one are mostly estimated.
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

/// How many rows a table and its partitions have or, if a column is given, how many rows have a value in it, up to
/// `enough`. Small tables are counted, and so are those to which this transaction has written, as it may have emptied
/// them; others are estimated. What this transaction has made, and generated columns, hold nothing that could be lost.
/// With `with_children` the children that inherit the column from this table alone are included: they lose the column
/// together with it. 0 if there is no such table or column.
pub fn count_or_estimate_rows(table: Oid, column: Option<&str>, with_children: bool, enough: f64, now: &Reader) -> f64 {
    const FIRST_COMMAND: CommandId = 0;
    let before = now.before(FIRST_COMMAND);
    let mut rows = 0.0;
    let mut waiting = vec![(table, with_children)];
    while let Some((table, with_children)) = waiting.pop().filter(|_| rows < enough) {
        pgrx::check_for_interrupts!();
        let Some((kind, estimate)) = find_table(table, now, &before) else { continue };
        // A column may have another number in each child.
        let number = match column.map(|name| find_column(table, name, now)) {
            None => None,
            Some(None) => continue,
            Some(Some(column)) if column.generated || is_new_column(table, &column, &before) => continue,
            Some(Some(column)) => Some(column.number),
        };
        if kind == 'p' || with_children {
            let is_included =
                |child: &Oid| kind == 'p' || column.is_some_and(|name| is_only_inherited(*child, name, now));
            waiting.extend(children(table, now).into_iter().filter(is_included).map(|child| (child, true)));
        }
        if kind == 'r' {
            rows += count_or_estimate_own_rows(table, number, estimate, enough - rows, now);
        }
    }
    rows
}

/// The kind of an ordinary or partitioned table and the planner's estimate of its rows; `None` for any other relation
/// and for a table that this transaction has made.
fn find_table(table: Oid, now: &Reader, before: &Reader) -> Option<(char, f32)> {
    let key = [(PgClass::oid, Key::Oid(table))];
    let facts =
        |row: &Row<PgClass>| (row.char(PgClass::relkind), row.f32(PgClass::reltuples), row.written_at().is_some());
    let (kind, estimate, is_written) = find(now.snapshot(), index::CLASS_OID, &key, facts)?;
    let is_new = || is_written && find(before.snapshot(), index::CLASS_OID, &key, |_| ()).is_none();
    (matches!(kind, 'r' | 'p') && !is_new()).then_some((kind, estimate))
}

/// The tables that inherit directly from a table, or its partitions.
fn children(table: Oid, now: &Reader) -> Vec<Oid> {
    let mut children = Vec::new();
    scan(now.snapshot(), index::INHERITS_PARENT, &[(PgInherits::inhparent, Key::Oid(table))], |row| {
        children.push(row.oid(PgInherits::inhrelid));
    });
    children
}

/// A column that may be dropped.
struct DroppedColumn {
    number: AttrNumber,
    generated: bool,
    /// The table has it from one parent and from nowhere else.
    only_inherited: bool,
    /// This transaction has made or changed it.
    is_written: bool,
}

/// Whether a table has a column from one parent and from nowhere else.
fn is_only_inherited(table: Oid, column: &str, now: &Reader) -> bool {
    find_column(table, column, now).is_some_and(|column| column.only_inherited)
}

/// Whether this transaction has made a column.
fn is_new_column(table: Oid, column: &DroppedColumn, before: &Reader) -> bool {
    column.is_written && before.find_column(table, column.number, |_| ()).is_none()
}

/// The column of this name.
fn find_column(table: Oid, column: &str, now: &Reader) -> Option<DroppedColumn> {
    let mut found = None;
    let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attnum, Key::Above(0))];
    scan(now.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
        if row.name(PgAttribute::attname) == column {
            found = Some(DroppedColumn {
                number: row.i16(PgAttribute::attnum),
                generated: row.char(PgAttribute::attgenerated) != '\0',
                only_inherited: row.i16(PgAttribute::attinhcount) == 1 && !row.bool(PgAttribute::attislocal, true),
                is_written: row.written_at().is_some(),
            });
        }
    });
    found
}

/// How many rows a table has itself, without partitions and children. `estimate` is its `pg_class.reltuples`. A table
/// that somebody else has locked is estimated, so that the statement does not wait here.
fn count_or_estimate_own_rows(table: Oid, column: Option<AttrNumber>, estimate: f32, enough: f64, now: &Reader) -> f64 {
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
                pages if pages <= MAX_COUNTED_PAGES || is_being_written(table) || is_rewritten(relation) => {
                    count_rows(relation, column, enough)
                }
                pages => estimate_rows(table, column, estimate, pages, now),
            };
            pg_sys::relation_close(relation, pg_sys::NoLock as i32);
            rows
        };
        pg_sys::UnlockRelationOid(table.into(), pg_sys::AccessShareLock as i32);
        rows
    }
}

/// Whether this transaction has given a table a new file: an ALTER TABLE that rewrites it may have emptied a column.
///
/// # Safety
/// `relation` is a table that is open.
unsafe fn is_rewritten(relation: pg_sys::Relation) -> bool {
    const NO_SUBTRANSACTION: pg_sys::SubTransactionId = 0;
    // SAFETY: the caller promises that the table is open.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        return (*relation).rd_newRelfilenodeSubid != NO_SUBTRANSACTION;
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        return (*relation).rd_newRelfilelocatorSubid != NO_SUBTRANSACTION;
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

/// Counts the rows of a table, or those with a value in a column, up to `enough`.
///
/// # Safety
/// `relation` is a table that is open and locked.
unsafe fn count_rows(relation: pg_sys::Relation, column: Option<AttrNumber>, enough: f64) -> f64 {
    let mut rows = 0.0;
    // SAFETY: the caller promises that the table is open and locked. The snapshot is registered before the scan begins,
    // and scan, slot and snapshot are released in the opposite order.
    unsafe {
        let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
        let slot = pg_sys::table_slot_create(relation, null_mut());
        let scan = pg_sys::table_beginscan(relation, snapshot, 0, null_mut());
        let forward = pg_sys::ScanDirection::ForwardScanDirection;
        while rows < enough && pg_sys::table_scan_getnextslot(scan, forward, slot) {
            let is_null = column.is_some_and(|column| pg_sys::slot_attisnull(slot, column.into()));
            rows += if is_null { 0.0 } else { 1.0 };
        }
        pg_sys::table_endscan(scan);
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::UnregisterSnapshot(snapshot);
    }
    rows
}
