//! How many rows a table holds, and whether the current role may drop it.

use pgrx::pg_sys;

use super::inheritance::children;
use super::reader::Reader;
use super::table_rows::{Counted, MAX_COUNTED_PAGES, with_open_table};
use super::written_tables::is_being_written;
use crate::facts::{AttrNumber, CommandId, Oid};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgStatistic, index};
use crate::pg::scan::{Key, Row, find, scan};

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
            waiting.extend(children(now, table).into_iter().filter(is_included).map(|child| (child, true)));
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
    let counted = column.map_or(Counted::All, Counted::WithValue);
    let rows = with_open_table(table, 0.0, |relation| match relation.pages() {
        0 => 0.0,
        pages if pages <= MAX_COUNTED_PAGES || is_being_written(table) || relation.is_rewritten() => {
            relation.count_rows(counted, enough)
        }
        pages => estimate_rows(table, column, estimate, pages, now),
    });
    rows.unwrap_or_else(|| estimate_rows(table, column, estimate, 1, now))
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
