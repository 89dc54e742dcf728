//! Finds out what a statement is about to do, from its parse tree.

use std::collections::HashSet;
use std::ffi::CStr;
use std::mem::ManuallyDrop;

use pgrx::{PgList, pg_sys};

use super::command::Command;
use super::relations::{look_up, range_var};
use super::script::running_text;
use super::{names, relations};
use crate::facts::{DroppedData, Intent, LongName, ObjectAddress, Oid};
use crate::pg::memory::Kept;
use crate::pg::read::{Reader, row_count};
use crate::pg::{backend, text};
use crate::sql;
use crate::sql::long_names;

/// Calls `work` with the intent of a statement, and returns what `work` does.
pub fn with_intent<R>(command: Command, now: &Reader, work: impl FnOnce(&Intent<'_>) -> R) -> R {
    let tree = command.tree();
    // SAFETY: the variable is null or a NUL-terminated string, which is copied at once.
    let application = unsafe { pg_sys::application_name.as_ref().map(|name| text::from_server(name)) };
    work(&Intent {
        command: command.tag(),
        application: application.unwrap_or_default(),
        // SAFETY: the tree is valid as long as the event trigger runs, and the statement has not run yet.
        relations: &|| unsafe { relations::find_relations(tree, now) },
        // SAFETY: as above.
        long_names: &|| unsafe { long_names(tree) },
        // SAFETY: as above.
        dropped_data: &|enough| unsafe { dropped_data(tree, enough, now) },
    })
}

/// The tables and columns that a statement is about to drop and the current role may drop. Rows are counted up to
/// `enough`.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn dropped_data(tree: *mut pg_sys::Node, enough: f64, now: &Reader) -> Vec<DroppedData> {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. The objects of DROP TABLE
    // are lists of strings. The list of an ALTER TABLE holds AlterTableCmds, and that of a DROP COLUMN has a name.
    unsafe {
        let describe =
            |table, column: Option<&String>, with_children| describe_dropped(table, column, with_children, enough, now);
        let is_cascade = |behavior| behavior == pg_sys::DropBehavior::DROP_CASCADE;
        if (*tree).type_ == T_DropStmt {
            let drop: *mut pg_sys::DropStmt = tree.cast();
            if (*drop).removeType != pg_sys::ObjectType::OBJECT_TABLE {
                return Vec::new();
            }
            let tables = PgList::<pg_sys::List>::from_pg((*drop).objects);
            let tables = tables.iter_ptr().filter_map(|name| range_var(name));
            let dropped = tables.filter_map(|table| describe(look_up(table), None, false));
            let cascade = is_cascade((*drop).behavior);
            return dropped.map(|dropped| DroppedData { cascade, ..dropped }).collect();
        }
        if (*tree).type_ != T_AlterTableStmt {
            return Vec::new();
        }
        let alter: *mut pg_sys::AlterTableStmt = tree.cast();
        let commands = PgList::<pg_sys::AlterTableCmd>::from_pg((*alter).cmds);
        let columns: Vec<(String, bool)> = commands
            .iter_ptr()
            .filter(|command| (**command).subtype == pg_sys::AlterTableType::AT_DropColumn)
            .map(|command| (text::from_server((*command).name), is_cascade((*command).behavior)))
            .collect();
        if columns.is_empty() {
            return Vec::new();
        }
        let (table, with_children) = (look_up((*alter).relation), (*(*alter).relation).inh);
        let does_more = commands.len() > columns.len();
        let describe = |(column, cascade): &(String, bool)| {
            let dropped = describe(table, Some(column), with_children)?;
            Some(DroppedData { cascade: *cascade, does_more, ..dropped })
        };
        columns.iter().filter_map(describe).collect()
    }
}

/// What is lost with a table or one of its columns; `None` if it does not exist or the current role may not drop it.
fn describe_dropped(
    table: Oid,
    column: Option<&String>,
    with_children: bool,
    enough: f64,
    now: &Reader,
) -> Option<DroppedData> {
    let relation = now.read(ObjectAddress::Relation(table)).filter(|relation| relation.kind.is_table())?;
    let dropped = column.map(|name| relation.columns.iter().find(|column| column.name == *name));
    let exists = dropped.is_none_or(|dropped| dropped.is_some());
    let number = dropped.flatten().map_or(0, |column| column.number);
    (exists && row_count::current_role_may_drop(table, column.is_some())).then(|| DroppedData {
        oid: table,
        table: relation.name,
        column: column.cloned(),
        number,
        table_columns: relation.columns.into_iter().map(|column| column.name).collect(),
        rows: row_count::count_or_estimate_rows(table, column.map(String::as_str), with_children, enough, now),
        ..DroppedData::default()
    })
}

thread_local! {
    /// The names that PostgreSQL has cut in a client's command, with the command's start time, the address of its text and
    /// the number of that text. They are kept because a command may consist of many statements.
    static LONG_NAMES: Kept<((i64, usize, u64), Vec<LongName>)> =
        const { Kept::new(ManuallyDrop::new(((0, 0, 0), Vec::new()))) };
}

/// The names that this statement gives and that PostgreSQL has cut. Their full length is found in the text of the
/// client's command.
///
/// # Safety
/// `tree` is a valid parse tree of a statement that has not run yet.
unsafe fn long_names(tree: *mut pg_sys::Node) -> Vec<LongName> {
    let (text, number) = running_text();
    let current = (backend::client_command_start(), text as usize, number);
    LONG_NAMES.with_borrow_mut(|kept| {
        let (known, names) = &mut **kept;
        if *known != current {
            // SAFETY: the command's text is null or NUL-terminated, and is copied at once.
            let text = unsafe { text.as_ref().map(|text| text::from_server(text)) };
            let mut written = text.map_or(Vec::new(), |text| long_names::long_names(&text, max_uncut_bytes()));
            written.sort_unstable();
            written.dedup();
            let cut = written.into_iter().filter_map(|written| Some(LongName { kept: cut_name(&written)?, written }));
            (*known, *names) = (current, cut.collect());
        }
        if names.is_empty() {
            return Vec::new();
        }
        // SAFETY: the caller promises that the tree is valid.
        let new_names: HashSet<String> = unsafe { names::collect_new_names(tree) }.into_iter().collect();
        names.iter().filter(|name| new_names.contains(&name.kept)).cloned().collect()
    })
}

/// How long a name may be, in bytes of UTF-8, without being cut for certain. A character that takes two bytes in UTF-8
/// may take three in the server's encoding (EUC_JP, for example).
fn max_uncut_bytes() -> usize {
    if text::is_utf8() { sql::MAX_NAME_BYTES } else { sql::MAX_NAME_BYTES * 2 / 3 }
}

/// What PostgreSQL keeps of a name that is too long in the server's encoding; `None` for a name that it keeps as it is.
fn cut_name(name: &str) -> Option<String> {
    let name = text::to_server(name);
    // SAFETY: the name is a NUL-terminated copy that nobody else uses, and the byte that is overwritten is within it.
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
