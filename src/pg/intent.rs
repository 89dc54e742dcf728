//! What a statement is about to do, out of its parse tree.

use std::ffi::CStr;
use std::ptr::null_mut;

use pgrx::{PgList, pg_sys};

use super::catalog::{Key, find};
use super::commands::Command;
use super::reader::Reader;
use super::schema::{PgClass, index};
use super::{size, text};
use crate::facts::{AttrNumber, Oid};
use crate::rule::{Drop, Intent};
use crate::session::Subject;
use crate::{sql, tokens};

/// Reads a statement's intent.
pub fn of(command: Command, now: &Reader) -> Intent {
    // SAFETY: the tree is the statement's own; the setting is null or a NUL-terminated string.
    unsafe {
        let named = relations_named(command.tree());
        let application = pg_sys::application_name.as_ref().map(|name| text::from_server(name));
        Intent {
            command: command.tag(),
            application: application.unwrap_or_default(),
            temporary: !named.is_empty() && named.iter().all(|name| is_temporary(*name, now)),
            long_names: long_names(command.tree()),
            drops: drops(command.tree(), now),
        }
    }
}

/// The relations that a statement names as what it makes, changes or drops.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn relations_named(tree: *mut pg_sys::Node) -> Vec<*mut pg_sys::RangeVar> {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        let one = match (*tree).type_ {
            T_CreateStmt => (*tree.cast::<pg_sys::CreateStmt>()).relation,
            T_CreateTableAsStmt => (*(*tree.cast::<pg_sys::CreateTableAsStmt>()).into).rel,
            T_IndexStmt => (*tree.cast::<pg_sys::IndexStmt>()).relation,
            T_AlterTableStmt => (*tree.cast::<pg_sys::AlterTableStmt>()).relation,
            T_RenameStmt => (*tree.cast::<pg_sys::RenameStmt>()).relation,
            T_ViewStmt => (*tree.cast::<pg_sys::ViewStmt>()).view,
            T_CreateSeqStmt => (*tree.cast::<pg_sys::CreateSeqStmt>()).sequence,
            T_CreateTrigStmt => (*tree.cast::<pg_sys::CreateTrigStmt>()).relation,
            T_DropStmt => return dropped_relations(tree.cast()),
            _ => null_mut(),
        };
        if one.is_null() { Vec::new() } else { vec![one] }
    }
}

/// # Safety
/// `drop` is a valid parse tree.
unsafe fn dropped_relations(drop: *mut pg_sys::DropStmt) -> Vec<*mut pg_sys::RangeVar> {
    use pg_sys::ObjectType::*;
    // SAFETY: for relations the objects are lists of strings, as the grammar makes them.
    unsafe {
        let kinds = [OBJECT_TABLE, OBJECT_INDEX, OBJECT_VIEW, OBJECT_SEQUENCE];
        if !kinds.contains(&(*drop).removeType) {
            return Vec::new();
        }
        let names = PgList::<pg_sys::List>::from_pg((*drop).objects);
        names.iter_ptr().map(|name| pg_sys::makeRangeVarFromNameList(name)).collect()
    }
}

/// Whether a name stands for something temporary that is there, or is to be made.
///
/// # Safety
/// `name` is a valid RangeVar.
unsafe fn is_temporary(name: *mut pg_sys::RangeVar, now: &Reader) -> bool {
    const TEMPORARY: char = 't';
    // SAFETY: the caller's promise; the schema's name is null or NUL-terminated.
    unsafe {
        let schema = (*name).schemaname;
        if (*name).relpersistence as u8 as char == TEMPORARY
            || (!schema.is_null() && CStr::from_ptr(schema) == c"pg_temp")
        {
            return true;
        }
        let key = [(PgClass::oid, Key::Oid(look_up(name)))];
        find(now.snapshot(), index::CLASS_OID, &key, |row| row.char(PgClass::relpersistence)) == Some(TEMPORARY)
    }
}

/// The oid of a relation by its name, or 0. No lock is taken: the statement looks it up once more, under a lock.
///
/// # Safety
/// `name` is a valid RangeVar.
pub unsafe fn look_up(name: *mut pg_sys::RangeVar) -> Oid {
    let (no_lock, missing_ok) = (pg_sys::NoLock as i32, pg_sys::RVROption::RVR_MISSING_OK);
    // SAFETY: the caller's promise.
    unsafe { pg_sys::RangeVarGetRelidExtended(name, no_lock, missing_ok, None, null_mut()).to_u32() }
}

/// The tables and columns that a statement names to be dropped.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn drops(tree: *mut pg_sys::Node, now: &Reader) -> Vec<Drop> {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        if (*tree).type_ == T_DropStmt {
            let drop: *mut pg_sys::DropStmt = tree.cast();
            if (*drop).removeType != pg_sys::ObjectType::OBJECT_TABLE {
                return Vec::new();
            }
            let tables = dropped_relations(drop);
            return tables.into_iter().filter_map(|name| dropped(look_up(name), None, now)).collect();
        }
        if (*tree).type_ != T_AlterTableStmt {
            return Vec::new();
        }
        let alter: *mut pg_sys::AlterTableStmt = tree.cast();
        let columns: Vec<String> = PgList::<pg_sys::AlterTableCmd>::from_pg((*alter).cmds)
            .iter_ptr()
            .filter(|command| (**command).subtype == pg_sys::AlterTableType::AT_DropColumn)
            .map(|command| text::from_server((*command).name))
            .collect();
        if columns.is_empty() {
            return Vec::new();
        }
        let table = look_up((*alter).relation);
        columns.iter().filter_map(|column| dropped(table, Some(column), now)).collect()
    }
}

fn dropped(table: Oid, column: Option<&String>, now: &Reader) -> Option<Drop> {
    let relation = now.read(Subject::Relation(table)).filter(|relation| relation.kind.is_table())?;
    let number: Option<AttrNumber> = match column {
        Some(name) => Some(relation.columns.iter().find(|column| column.name == *name)?.number),
        None => None,
    };
    let column = column.cloned();
    size::is_owned_by_current_role(table).then(|| Drop {
        table: relation.name,
        column,
        rows: size::rows(table, number, now),
    })
}

/// The names of the client's command that PostgreSQL has cut and that stand in this statement.
///
/// # Safety
/// `tree` is a valid parse tree.
unsafe fn long_names(tree: *mut pg_sys::Node) -> Vec<String> {
    // SAFETY: the command's text is null or NUL-terminated; a tree can be written as text.
    unsafe {
        let Some(command) = pg_sys::debug_query_string.as_ref() else { return Vec::new() };
        let mut names = tokens::long_names(&text::from_server(command));
        if !names.is_empty() {
            // What is not plain in a name is escaped by backslashes.
            let written = text::from_server(pg_sys::nodeToString(tree.cast())).replace('\\', "");
            names.retain(|name| written.contains(sql::truncate(name)));
            names.sort_unstable();
            names.dedup();
        }
        names
    }
}
