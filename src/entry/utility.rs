//! The hook around utility statements. It watches for those that event triggers do not see: EXPLAIN ANALYZE CREATE TABLE
//! AS, which creates a table, and DISCARD ALL.

use std::ffi::{CStr, c_char};
use std::ptr::null_mut;

use pgrx::pg_sys::ProcessUtilityContext::Type as Context;
use pgrx::{PgList, pg_sys};

use super::failure::{is_on, run_guarded};
use crate::guard::{session, statement};
use crate::pg::read::event_triggers;
use crate::pg::report::{self, RawReport};
use crate::pg::statement::{Command, Node};

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

// Declared here because pgrx's bindings turn errors into panics. Raised again, an error lacks the fields that drivers read;
// and outside of the guard's boundary no panic may leave Rust.
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
    fn defGetBoolean(option: *mut pg_sys::DefElem) -> bool;
}

/// Called by PostgreSQL to run a utility statement. Runs it, and checks what it has created, if it is an EXPLAIN ANALYZE
/// CREATE TABLE AS. After DISCARD ALL the session belongs to somebody else, so what it remembers is forgotten.
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
        let tree = (*statement).utilityStmt;
        let created = table_created_by_explain(tree);
        let is_checked = !created.is_null() && check(|| before_explain(created));
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
        if is_checked {
            check(|| after_explain(created));
        }
        if discards_all(tree) {
            session::with(|session| session.record.forget());
        }
    }
}

/// Runs one half of the checks of an EXPLAIN, and raises the error that refuses it. Returns whether it was checked.
///
/// # Safety
/// Errors jump over the caller's frame, which must have nothing to drop.
unsafe fn check(work: impl FnOnce() -> (bool, Option<RawReport>)) -> bool {
    // SAFETY: the closure has returned when the error is raised, so nothing is left to drop.
    unsafe {
        let (is_checked, error) = pg_sys::panic::pgrx_extern_c_guard(work);
        if let Some(error) = error {
            report::raise(&error);
        }
        is_checked
    }
}

/// What the statement is called in messages.
const SUBJECT: &str = "EXPLAIN ANALYZE CREATE TABLE AS";

/// Notes that an EXPLAIN begins, and checks what must not even begin, unless checks are off or the event triggers do not
/// fire.
fn before_explain(created: Node) -> (bool, Option<RawReport>) {
    if !is_on() {
        return (false, None);
    }
    let mut fire = false;
    let failure = run_guarded(|| {
        fire = event_triggers::fire();
        Vec::new()
    });
    if !fire {
        return (false, failure);
    }
    // SAFETY: the tree is valid until the statement has run.
    let command = unsafe { Command::of_tree(created) };
    statement::begin(command);
    (true, run_guarded(|| statement::command_start(command)))
}

/// Checks what an EXPLAIN has created.
fn after_explain(created: Node) -> (bool, Option<RawReport>) {
    if !is_on() {
        return (false, None);
    }
    // SAFETY: the tree is valid until the statement has run.
    let command = unsafe { Command::of_tree(created) };
    (true, run_guarded(|| statement::unseen_command_end(command, SUBJECT)))
}

/// The CREATE TABLE AS that an EXPLAIN with ANALYZE runs; null for every other statement.
///
/// # Safety
/// `statement` is the tree of a utility statement.
unsafe fn table_created_by_explain(statement: Node) -> Node {
    use pg_sys::NodeTag::{T_CreateTableAsStmt, T_ExplainStmt, T_Query};
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        let has_tag = |node: Node, tag| !node.is_null() && (*node).type_ == tag;
        if !has_tag(statement, T_ExplainStmt) {
            return null_mut();
        }
        let explain: *mut pg_sys::ExplainStmt = statement.cast();
        if !has_tag((*explain).query, T_Query) {
            return null_mut();
        }
        let inner: Node = (*(*explain).query.cast::<pg_sys::Query>()).utilityStmt;
        if !has_tag(inner, T_CreateTableAsStmt) {
            return null_mut();
        }
        let analyze = find_analyze((*explain).options);
        // An option that is no Boolean raises the error with which the statement fails. It jumps over this frame and that
        // of the hook, which have nothing to drop.
        let runs_it = !analyze.is_null() && ((*analyze).arg.is_null() || defGetBoolean(analyze));
        if runs_it { inner } else { null_mut() }
    }
}

/// The option ANALYZE of an EXPLAIN; null if there is none. Of several options of that name PostgreSQL takes the last.
///
/// # Safety
/// `options` is null or the valid list of the options of an EXPLAIN.
unsafe fn find_analyze(options: *mut pg_sys::List) -> *mut pg_sys::DefElem {
    // SAFETY: the options are DefElems, whose names are NUL-terminated.
    unsafe {
        let options = PgList::<pg_sys::DefElem>::from_pg(options);
        let is_analyze = |option: &*mut pg_sys::DefElem| CStr::from_ptr((**option).defname) == c"analyze";
        options.iter_ptr().filter(is_analyze).last().unwrap_or(null_mut())
    }
}

/// Whether a statement is DISCARD ALL.
///
/// # Safety
/// `statement` is the tree of a utility statement.
unsafe fn discards_all(statement: Node) -> bool {
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        !statement.is_null()
            && (*statement).type_ == pg_sys::NodeTag::T_DiscardStmt
            && (*statement.cast::<pg_sys::DiscardStmt>()).target == pg_sys::DiscardMode::DISCARD_ALL
    }
}
