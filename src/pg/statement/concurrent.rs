//! CREATE INDEX, DROP INDEX and DETACH PARTITION CONCURRENTLY. These statements commit while they run, so an error at
//! their end could not undo them. What they will do to their table is predicted from the parse tree before they run.

use std::panic::AssertUnwindSafe;

use pgrx::{PgList, PgSqlErrorCode, PgTryBuilder, pg_sys};

use super::Command;
use super::predicted_index::predict_index;
use super::relations::{look_up, range_var};
use crate::facts::{ObjectAddress, Oid, Relation};
use crate::pg::read::dependents::table_of_index;
use crate::pg::read::{Reader, temporary};

/// Whether a statement is CREATE INDEX, DROP INDEX or DETACH PARTITION CONCURRENTLY.
pub fn is_concurrent(command: Command) -> bool {
    as_create(command).is_some() || as_drop(command).is_some() || as_detach(command).is_some()
}

/// The tree of a CREATE INDEX CONCURRENTLY; `None` for any other statement.
pub(super) fn as_create(command: Command) -> Option<*mut pg_sys::IndexStmt> {
    // SAFETY: the tree is valid while the event trigger runs. What the cast gives is read only if the tag is right.
    unsafe {
        let create: *mut pg_sys::IndexStmt = command.tree().cast();
        ((*command.tree()).type_ == pg_sys::NodeTag::T_IndexStmt && (*create).concurrent).then_some(create)
    }
}

/// The tree of a DROP INDEX CONCURRENTLY; `None` for any other statement.
pub(super) fn as_drop(command: Command) -> Option<*mut pg_sys::DropStmt> {
    // SAFETY: the tree is valid while the event trigger runs. What the cast gives is read only if the tag is right.
    unsafe {
        let drop: *mut pg_sys::DropStmt = command.tree().cast();
        let is_index = (*command.tree()).type_ == pg_sys::NodeTag::T_DropStmt
            && (*drop).removeType == pg_sys::ObjectType::OBJECT_INDEX;
        (is_index && (*drop).concurrent).then_some(drop)
    }
}

/// PostgreSQL 13 has no DETACH PARTITION CONCURRENTLY.
#[cfg(feature = "pg13")]
pub(super) fn as_detach(_: Command) -> Option<*mut pg_sys::AlterTableStmt> {
    None
}

/// The tree of an ALTER TABLE … DETACH PARTITION CONCURRENTLY; `None` for any other statement.
#[cfg(not(feature = "pg13"))]
pub(super) fn as_detach(command: Command) -> Option<*mut pg_sys::AlterTableStmt> {
    // SAFETY: the tree is valid while the event trigger runs, and each cast follows a node's own tag. The list of an
    // ALTER TABLE holds AlterTableCmds; the definition of a DETACH PARTITION is a PartitionCmd.
    unsafe {
        let alter: *mut pg_sys::AlterTableStmt = command.tree().cast();
        if (*command.tree()).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return None;
        }
        let first = PgList::<pg_sys::AlterTableCmd>::from_pg((*alter).cmds).get_ptr(0)?;
        let is_detach = (*first).subtype == pg_sys::AlterTableType::AT_DetachPartition;
        (is_detach && (*(*first).def.cast::<pg_sys::PartitionCmd>()).concurrent).then_some(alter)
    }
}

/// The partition that a DETACH PARTITION names.
///
/// # Safety
/// `detach` is a valid parse tree of a DETACH PARTITION.
pub(super) unsafe fn partition_to_detach(detach: &pg_sys::AlterTableStmt) -> Option<*mut pg_sys::RangeVar> {
    // SAFETY: the definition of a DETACH PARTITION is a PartitionCmd with a name.
    unsafe {
        let command = PgList::<pg_sys::AlterTableCmd>::from_pg(detach.cmds).get_ptr(0)?;
        Some((*(*command).def.cast::<pg_sys::PartitionCmd>()).name)
    }
}

/// The index that a DROP INDEX names first.
///
/// # Safety
/// `drop` is a valid parse tree of a DROP INDEX.
pub(super) unsafe fn dropped_index(drop: &pg_sys::DropStmt) -> Option<*mut pg_sys::RangeVar> {
    // SAFETY: the objects of a DROP INDEX are lists of strings.
    unsafe { range_var(PgList::<pg_sys::List>::from_pg(drop.objects).get_ptr(0)?) }
}

/// A table as it is before a statement and as it will be after it.
pub struct Change {
    pub before: Relation,
    pub after: Relation,
}

/// Predicts what a CONCURRENTLY statement will do to its tables. Empty for any other statement, and for one that will
/// fail.
pub fn predict(command: Command, now: &Reader) -> Vec<Change> {
    if let Some(detach) = as_detach(command) {
        // SAFETY: the tree is valid while the event trigger runs.
        return unsafe { predict_detach(&*detach, now) };
    }
    let change = match as_drop(command) {
        // SAFETY: as above.
        Some(drop) => unsafe { predict_drop(&*drop, now) },
        // SAFETY: as above.
        None => as_create(command).and_then(|create| unsafe { predict_create(&*create, now) }),
    };
    change.into_iter().collect()
}

/// What DETACH PARTITION CONCURRENTLY does: the parent stays as it is, and the partition keeps as its own everything that
/// it has from the parent.
///
/// # Safety
/// `detach` is a valid parse tree.
#[cfg_attr(feature = "pg13", allow(dead_code, reason = "PostgreSQL 13 has no DETACH PARTITION CONCURRENTLY"))]
unsafe fn predict_detach(detach: &pg_sys::AlterTableStmt, now: &Reader) -> Vec<Change> {
    // SAFETY: the caller promises what the tree is; an ALTER TABLE has a relation.
    let tables = unsafe {
        let partition = partition_to_detach(detach);
        std::iter::once(detach.relation).chain(partition).map(|name| look_up(name)).collect::<Vec<_>>()
    };
    let change = |(at, table): (usize, Oid)| {
        let before = now.read(ObjectAddress::Relation(table))?;
        let mut after = before.clone();
        if at > 0 {
            after.is_partition = false;
            after.columns.iter_mut().for_each(|column| column.inherited = false);
            after.constraints.iter_mut().for_each(|constraint| constraint.inherited = false);
            after.indexes.iter_mut().for_each(|index| index.inherited = false);
        }
        Some(Change { before, after })
    };
    tables.into_iter().enumerate().filter_map(change).collect()
}

/// What DROP INDEX CONCURRENTLY does.
///
/// # Safety
/// `drop` is a valid parse tree.
unsafe fn predict_drop(drop: &pg_sys::DropStmt, now: &Reader) -> Option<Change> {
    // SAFETY: the caller promises what the tree is.
    let index = unsafe { look_up(dropped_index(drop)?) };
    let table = now.read(ObjectAddress::Relation(table_of_index(now, index)?))?;
    // An index that goes with a temporary object does not stand in for the one that is dropped.
    let before = temporary::without_what_is_lost(&table, now).into_owned();
    let mut after = before.clone();
    after.index_to_drop = after.indexes.extract_if(.., |other| other.oid == index).next();
    Some(Change { before, after })
}

/// What CREATE INDEX CONCURRENTLY does.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn predict_create(create: &pg_sys::IndexStmt, now: &Reader) -> Option<Change> {
    // SAFETY: a CREATE INDEX has a relation.
    let before = now.read(ObjectAddress::Relation(unsafe { look_up(create.relation) }))?;
    let mut after = before.clone();
    after.indexes.push(none_if_statement_fails(|| {
        // SAFETY: the caller promises that the tree is valid.
        unsafe { predict_index(create, &before, now) }
    })?);
    Some(Change { before, after })
}

/// Runs `work`, which looks up what a statement names; `None` if it raises an error that the statement will raise, too:
/// a name does not exist, does not fit, or is not this role's to use.
fn none_if_statement_fails<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    use PgSqlErrorCode::*;
    let own_errors = [
        ERRCODE_UNDEFINED_OBJECT,
        ERRCODE_DATATYPE_MISMATCH,
        ERRCODE_INVALID_SCHEMA_NAME,
        ERRCODE_INSUFFICIENT_PRIVILEGE,
        ERRCODE_SYNTAX_ERROR,
    ];
    let work = PgTryBuilder::new(AssertUnwindSafe(work));
    own_errors.into_iter().fold(work, |work, error| work.catch_when(error, |_| None)).execute()
}
