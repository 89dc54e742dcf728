//! Checks the table that EXPLAIN ANALYZE CREATE TABLE AS creates. PostgreSQL fires no event triggers for EXPLAIN, so a
//! hook watches for it.

use std::ffi::c_char;
use std::ptr::null_mut;

use pgrx::pg_sys;
use pgrx::pg_sys::ProcessUtilityContext::Type as Context;

use super::failure::{is_on, run_guarded};
use crate::facts::CommandId;
use crate::guard::statement;
use crate::judge::message::Report;
use crate::pg::read::Reader;
use crate::pg::scan::schema::{PgEventTrigger, index};
use crate::pg::scan::{Key, Row, find};
use crate::pg::statement::look_up;
use crate::pg::{backend, report};

/// The event trigger that checks statements. Where it is missing or disabled, EXPLAIN is not checked either.
const TRIGGER: &str = "pg_guardrail_ddl_command_end";

/// The hook that another library has installed before; `None` if there is none.
static mut PREVIOUS_HOOK: pg_sys::ProcessUtility_hook_type = None;

/// Installs the hook; called once when the library is loaded.
pub fn register() {
    // SAFETY: only the backend's one thread touches these variables, and libraries are loaded one after the other.
    unsafe {
        PREVIOUS_HOOK = pg_sys::ProcessUtility_hook;
        pg_sys::ProcessUtility_hook = Some(on_utility);
    }
}

// Declared here because pgrx's binding catches errors and raises them again without the fields that drivers read.
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

/// Called by PostgreSQL to run a utility statement. Runs it, and then checks the table that it has created, if it is an
/// EXPLAIN ANALYZE CREATE TABLE AS.
///
/// # Safety
/// Called by PostgreSQL only.
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
    // SAFETY: the arguments are passed on as they came, and the statement's tree is valid until this function returns.
    // Errors of the statement and of `raise` jump over this frame, which has nothing to drop.
    unsafe {
        let created = table_created_by_explain((*statement).utilityStmt);
        let start = if created.is_null() { 0 } else { backend::command_id() };
        let process = PREVIOUS_HOOK.unwrap_or(standard_ProcessUtility);
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
        if !created.is_null() {
            let check = || run_guarded(|| check_created_table(created, start));
            if let Some(error) = pg_sys::panic::pgrx_extern_c_guard(check) {
                report::raise(&error);
            }
        }
    }
}

/// The name of the table that an EXPLAIN CREATE TABLE AS creates if it has ANALYZE; null for every other statement.
///
/// # Safety
/// `statement` is the tree of a utility statement.
unsafe fn table_created_by_explain(statement: *mut pg_sys::Node) -> *mut pg_sys::RangeVar {
    use pg_sys::NodeTag::{T_CreateTableAsStmt, T_ExplainStmt, T_Query};
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. A CREATE TABLE AS always
    // has an INTO clause.
    unsafe {
        let has_tag = |node: *mut pg_sys::Node, tag| !node.is_null() && (*node).type_ == tag;
        if !has_tag(statement, T_ExplainStmt) {
            return null_mut();
        }
        let explained = (*statement.cast::<pg_sys::ExplainStmt>()).query;
        if !has_tag(explained, T_Query) {
            return null_mut();
        }
        let inner = (*explained.cast::<pg_sys::Query>()).utilityStmt;
        match has_tag(inner, T_CreateTableAsStmt) {
            true => (*(*inner.cast::<pg_sys::CreateTableAsStmt>()).into).rel,
            false => null_mut(),
        }
    }
}

/// Checks the table that an EXPLAIN has created since the command `start`, unless checks are off or the event triggers
/// do not fire.
fn check_created_table(name: *mut pg_sys::RangeVar, start: CommandId) -> Vec<Report> {
    if !is_on() || !event_triggers_fire() {
        return Vec::new();
    }
    // An EXPLAIN without ANALYZE creates no table; then the look-up finds none or one that has not changed.
    // SAFETY: the name is part of the statement's tree, which is still valid.
    statement::table_explained(unsafe { look_up(name) }, start)
}

/// Whether the guard's event triggers exist in this database and fire in this session.
fn event_triggers_fire() -> bool {
    // SAFETY: reads variables of the backend.
    let (are_enabled, is_replica) = unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16"))]
        let are_enabled = true;
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16")))]
        let are_enabled = pg_sys::event_triggers;
        (are_enabled, pg_sys::SessionReplicationRole == pg_sys::SESSION_REPLICATION_ROLE_REPLICA as i32)
    };
    let key = [(PgEventTrigger::evtname, Key::Name(TRIGGER))];
    let firing_mode = |row: &Row<PgEventTrigger>| row.char(PgEventTrigger::evtenabled);
    are_enabled
        && match find(Reader::now().snapshot(), index::EVENT_TRIGGER_NAME, &key, firing_mode) {
            Some('A') => true,
            Some('O') => !is_replica,
            Some('R') => is_replica,
            _ => false,
        }
}
