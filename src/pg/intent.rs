//! What a statement is about to do, out of its parse tree.

use std::cell::RefCell;
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

/// Gives `judge` a statement's intent.
pub fn with<R>(command: Command, now: &Reader, judge: impl FnOnce(&Intent<'_>) -> R) -> R {
    let temporary = || {
        // SAFETY: the tree is the statement's own.
        let named = unsafe { relations_named(command.tree()) };
        // SAFETY: what it names are valid RangeVars.
        !named.is_empty() && named.iter().all(|name| unsafe { is_temporary(*name, now) })
    };
    // SAFETY: the tree is the statement's own; the setting is null or a NUL-terminated string.
    let (application, long_names, drops) = unsafe {
        let application = pg_sys::application_name.as_ref().map(|name| text::from_server(name));
        (application.unwrap_or_default(), long_names(command.tree()), drops(command.tree(), now))
    };
    judge(&Intent { command: command.tag(), application, temporary: &temporary, long_names, drops })
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

thread_local! {
    /// The long names of a client's command, which may be many statements: by its start time and its text's address.
    static LONG_NAMES: RefCell<(i64, usize, Vec<String>)> = const { RefCell::new((0, 0, Vec::new())) };
}

/// The names of the client's command that PostgreSQL has cut and that stand in this statement.
///
/// # Safety
/// `tree` is a valid parse tree.
unsafe fn long_names(tree: *mut pg_sys::Node) -> Vec<String> {
    // SAFETY: reads a variable.
    let text = unsafe { pg_sys::debug_query_string };
    let which = (super::client_command(), text as usize);
    LONG_NAMES.with_borrow_mut(|(command, address, names)| {
        if (*command, *address) != which {
            // SAFETY: the command's text is null or NUL-terminated.
            let text = unsafe { text.as_ref().map(|text| text::from_server(text)) };
            *names = text.map_or(Vec::new(), |text| tokens::long_names(&text));
            names.sort_unstable();
            names.dedup();
            (*command, *address) = which;
        }
        if names.is_empty() {
            return Vec::new();
        }
        // SAFETY: a tree can be written as text. What is not plain in a name is escaped by backslashes.
        let written = unsafe { text::from_server(pg_sys::nodeToString(tree.cast())).replace('\\', "") };
        names.iter().filter(|name| written.contains(sql::truncate(name))).cloned().collect()
    })
}
