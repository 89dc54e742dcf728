//! EXPLAIN ANALYZE CREATE TABLE AS makes a table, but EXPLAIN fires no event trigger. It is watched here.

use std::ffi::c_char;

use pgrx::pg_sys;
use pgrx::pg_sys::ProcessUtilityContext::Type as Context;

use super::failure::{guarded, is_on};
use crate::guard::statement;
use crate::pg::read::Reader;
use crate::pg::report;
use crate::pg::scan::schema::{PgEventTrigger, index};
use crate::pg::scan::{Key, Row, find};
use crate::pg::statement::look_up;

/// The event trigger without which the guard is off.
const TRIGGER: &str = "pg_guardrail_ddl_command_end";

/// What was hooked in before.
static mut NEXT: pg_sys::ProcessUtility_hook_type = None;

/// Hooks in; called once when the library is loaded.
pub fn register() {
    // SAFETY: libraries are loaded one at a time, on the backend's only thread.
    unsafe {
        NEXT = pg_sys::ProcessUtility_hook;
        pg_sys::ProcessUtility_hook = Some(on_utility);
    }
}

// pgrx's binding would catch an error and raise it anew without the fields that drivers read.
unsafe extern "C-unwind" {
    fn standard_ProcessUtility(
        statement: *mut pg_sys::PlannedStmt,
        query: *const c_char,
        #[cfg(not(feature = "pg13"))] read_only_tree: bool,
        context: Context,
        parameters: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
        destination: *mut pg_sys::DestReceiver,
        completion: *mut pg_sys::QueryCompletion,
    );
}

/// Called by PostgreSQL for every utility statement.
///
/// # Safety
/// Called by PostgreSQL only. Errors jump over this frame, so nothing in it waits to be dropped.
unsafe extern "C-unwind" fn on_utility(
    statement: *mut pg_sys::PlannedStmt,
    query: *const c_char,
    #[cfg(not(feature = "pg13"))] read_only_tree: bool,
    context: Context,
    parameters: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    destination: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: the arguments are passed on as they came.
    unsafe {
        let made = table_made_by_explain((*statement).utilityStmt);
        let start = if made.is_null() { 0 } else { crate::pg::backend::command_id() };
        let process = NEXT.unwrap_or(standard_ProcessUtility);
        process(
            statement,
            query,
            #[cfg(not(feature = "pg13"))]
            read_only_tree,
            context,
            parameters,
            environment,
            destination,
            completion,
        );
        if !made.is_null() {
            let check = || guarded(|| check(made, start));
            if let Some(refusal) = pg_sys::panic::pgrx_extern_c_guard(check) {
                report::raise(&refusal);
            }
        }
    }
}

/// The name of the table that an EXPLAIN makes if it has ANALYZE; null for every other statement.
///
/// # Safety
/// `statement` is the tree of a utility statement.
unsafe fn table_made_by_explain(statement: *mut pg_sys::Node) -> *mut pg_sys::RangeVar {
    use pg_sys::NodeTag::{T_CreateTableAsStmt, T_ExplainStmt, T_Query};
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        let is = |node: *mut pg_sys::Node, tag| !node.is_null() && (*node).type_ == tag;
        if is(statement, T_ExplainStmt) {
            let explained = (*statement.cast::<pg_sys::ExplainStmt>()).query;
            if is(explained, T_Query) {
                let inner = (*explained.cast::<pg_sys::Query>()).utilityStmt;
                if is(inner, T_CreateTableAsStmt) {
                    return (*(*inner.cast::<pg_sys::CreateTableAsStmt>()).into).rel;
                }
            }
        }
        std::ptr::null_mut()
    }
}

/// Checks the table, if it was made and the guard is on.
fn check(name: *mut pg_sys::RangeVar, start: u32) -> Vec<crate::judge::message::Report> {
    if !is_on() || !event_triggers_fire() {
        return Vec::new();
    }
    // SAFETY: the name is part of the statement's tree; without ANALYZE there is no such table.
    statement::table_explained(unsafe { look_up(name) }, start)
}

/// Whether the guard's event triggers exist in this database and fire in this session.
fn event_triggers_fire() -> bool {
    // SAFETY: reads variables.
    let (switched_on, replica) = unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16"))]
        let switched_on = true;
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16")))]
        let switched_on = pg_sys::event_triggers;
        (switched_on, pg_sys::SessionReplicationRole == pg_sys::SESSION_REPLICATION_ROLE_REPLICA as i32)
    };
    let key = [(PgEventTrigger::evtname, Key::Name(TRIGGER))];
    let enabled = |row: &Row<PgEventTrigger>| row.char(PgEventTrigger::evtenabled);
    switched_on
        && match find(Reader::now().snapshot(), index::EVENT_TRIGGER_NAME, &key, enabled) {
            Some('A') => true,
            Some('O') => !replica,
            Some('R') => replica,
            _ => false,
        }
}
