//! What a statement is about to do, out of its parse tree.

use std::cell::RefCell;
use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use super::command::Command;
use super::relations::{look_up, range_var};
use super::{names, relations};
use crate::facts::{DroppedData, Intent, LongName, ObjectAddress, Oid};
use crate::pg::read::Reader;
use crate::pg::read::size;
use crate::pg::text;

use crate::sql;
use crate::sql::long_names;

/// Gives `judge` a statement's intent.
pub fn with_intent<R>(command: Command, now: &Reader, work: impl FnOnce(&Intent<'_>) -> R) -> R {
    let tree = command.tree();
    // SAFETY: the setting is null or a NUL-terminated string.
    let application = unsafe { pg_sys::application_name.as_ref().map(|name| text::from_server(name)) };
    work(&Intent {
        command: command.tag(),
        application: application.unwrap_or_default(),
        // SAFETY: the tree is that of a statement which has not run yet.
        relations: &|| unsafe { relations::find_relations(tree, now) },
        // SAFETY: as above.
        long_names: &|| unsafe { long_names(tree) },
        // SAFETY: as above.
        dropped_data: &|| unsafe { dropped_data(tree, now) },
    })
}

/// The tables and columns that a statement names to be dropped.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn dropped_data(tree: *mut pg_sys::Node, now: &Reader) -> Vec<DroppedData> {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        if (*tree).type_ == T_DropStmt {
            let drop: *mut pg_sys::DropStmt = tree.cast();
            if (*drop).removeType != pg_sys::ObjectType::OBJECT_TABLE {
                return Vec::new();
            }
            let tables = PgList::<pg_sys::List>::from_pg((*drop).objects);
            let tables = tables.iter_ptr().filter_map(|name| range_var(name));
            return tables.filter_map(|table| dropped(look_up(table), None, false, now)).collect();
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
        let (table, with_children) = (look_up((*alter).relation), (*(*alter).relation).inh);
        columns.iter().filter_map(|column| dropped(table, Some(column), with_children, now)).collect()
    }
}

fn dropped(table: Oid, column: Option<&String>, with_children: bool, now: &Reader) -> Option<DroppedData> {
    let relation = now.read(ObjectAddress::Relation(table)).filter(|relation| relation.kind.is_table())?;
    let columns: Vec<String> = relation.columns.into_iter().map(|column| column.name).collect();
    let is_there = column.is_none_or(|column| columns.contains(column));
    (is_there && size::may_be_dropped(table, column.is_some())).then(|| DroppedData {
        table: relation.name,
        column: column.cloned(),
        table_columns: columns,
        rows: size::rows(table, column.map(String::as_str), with_children, now),
    })
}

thread_local! {
    /// The long names of a client's command, which may be many statements: by its start time and its text's address.
    static LONG_NAMES: RefCell<(i64, usize, Vec<LongName>)> = const { RefCell::new((0, 0, Vec::new())) };
}

/// The names of the client's command that PostgreSQL has cut and that this statement gives.
///
/// # Safety
/// `tree` is a valid parse tree of a statement that has not run yet.
unsafe fn long_names(tree: *mut pg_sys::Node) -> Vec<LongName> {
    // SAFETY: reads a variable.
    let text = unsafe { pg_sys::debug_query_string };
    let which = (crate::pg::backend::client_command_start(), text as usize);
    LONG_NAMES.with_borrow_mut(|(command, address, names)| {
        if (*command, *address) != which {
            // SAFETY: the command's text is null or NUL-terminated.
            let text = unsafe { text.as_ref().map(|text| text::from_server(text)) };
            let mut written = text.map_or(Vec::new(), |text| long_names::long_names(&text, longest_kept()));
            written.sort_unstable();
            written.dedup();
            let cut = written.into_iter().filter_map(|written| Some(LongName { kept: kept(&written)?, written }));
            (*command, *address, *names) = (which.0, which.1, cut.collect());
        }
        if names.is_empty() {
            return Vec::new();
        }
        // SAFETY: the caller's promise.
        let given = unsafe { names::collect_new_names(tree) };
        names.iter().filter(|name| given.contains(&name.kept)).cloned().collect()
    })
}

/// A name of up to so many bytes of UTF-8 is not cut: in EUC_JP and the like a character may take half as many bytes more.
fn longest_kept() -> usize {
    if text::is_utf8() { sql::MAX_NAME_BYTES } else { sql::MAX_NAME_BYTES * 2 / 3 }
}

/// What PostgreSQL keeps of a name, where that is not all of it; it counts the bytes of the server's encoding.
fn kept(name: &str) -> Option<String> {
    let name = text::to_server(name);
    // SAFETY: the name is a NUL-terminated copy of our own, and is cut within its length.
    unsafe {
        let length = CStr::from_ptr(name).count_bytes();
        if length <= sql::MAX_NAME_BYTES {
            return None;
        }
        let length = pg_sys::pg_mbcliplen(name, length as i32, sql::MAX_NAME_BYTES as i32);
        *name.add(length as usize) = 0;
        Some(text::from_server(name))
    }
}
