//! The state of the backend: its transaction, its current command, its roles.

use std::cell::Cell;
use std::ffi::c_int;

use pgrx::pg_sys;

use super::{memory, text};
use crate::facts::{CommandId, Oid};

// Declared here because they are called for each statement and raise no errors, which pgrx's bindings would catch.
unsafe extern "C-unwind" {
    fn GetCurrentCommandId(is_used: bool) -> pg_sys::CommandId;
    fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
    fn GetCurrentTransactionNestLevel() -> c_int;
    fn GetOuterUserId() -> pg_sys::Oid;
    fn IsTransactionBlock() -> bool;
}

/// The id of the transaction's current command. What the transaction changes from now on carries this id or a higher
/// one.
pub fn command_id() -> CommandId {
    // SAFETY: reads a counter of the open transaction; event triggers and transaction callbacks run inside of one.
    unsafe { GetCurrentCommandId(false) }
}

/// Starts the transaction's next command, so that what it has changed so far becomes visible to it.
pub fn advance_command() {
    // SAFETY: a transaction must be open and not in parallel mode; event triggers and pre-commit callbacks are called
    // like that.
    unsafe { pg_sys::CommandCounterIncrement() }
}

/// Raises an error if somebody has cancelled the statement, its time is up, or memory is short.
pub fn check_for_interrupts() {
    pgrx::check_for_interrupts!();
    if memory::is_short() {
        memory::raise_shortage();
    }
}

/// Whether the stack is nearly used up. What walks down an expression asks at each level: users may nest them as deep as
/// PostgreSQL can parse them.
pub fn is_stack_used_up() -> bool {
    // SAFETY: compares an address on the stack with its limit.
    unsafe { pg_sys::stack_is_too_deep() }
}

/// How many transactions and subtransactions are open, one inside the other; 1 in a transaction without savepoints.
pub fn nest_level() -> i32 {
    // SAFETY: reads a variable of the backend.
    unsafe { GetCurrentTransactionNestLevel() }
}

thread_local! {
    /// What [`in_transaction_block`] answers while the checks run.
    static BLOCK_AROUND_CHECKS: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Whether a transaction block is open: begun by BEGIN, or by a message with several statements. In the pre-commit
/// callback only BEGIN counts, as PostgreSQL has closed the implicit block of a message by then.
pub fn in_transaction_block() -> bool {
    // SAFETY: reads a variable of the backend.
    BLOCK_AROUND_CHECKS.get().unwrap_or_else(|| unsafe { IsTransactionBlock() })
}

/// Runs the checks, which begin a subtransaction. To PostgreSQL that is a transaction block as well, so whether there is
/// one around it is asked before.
pub fn keep_transaction_block<T>(checks: impl FnOnce() -> T) -> T {
    struct Outer(Option<bool>);
    impl Drop for Outer {
        fn drop(&mut self) {
            BLOCK_AROUND_CHECKS.set(self.0);
        }
    }
    let _outer = Outer(BLOCK_AROUND_CHECKS.replace(Some(in_transaction_block())));
    checks()
}

/// When the client's current command began, in microseconds since 2000-01-01 (`statement_timestamp()`). It tells one
/// client command from the next.
pub fn client_command_start() -> i64 {
    // SAFETY: reads a variable of the backend.
    unsafe { GetCurrentStatementStartTimestamp() }
}

/// A time in microseconds since 2000-01-01 as text, in the session's time zone.
pub fn time_text(time: i64) -> String {
    // SAFETY: the function writes to a buffer of its own, which is copied before anybody calls it again.
    unsafe { text::from_server(pg_sys::timestamptz_to_str(time)) }
}

/// The name of the database.
pub fn database_name() -> String {
    // SAFETY: looks into the catalog cache, for which a transaction is open; returns null or a palloc'ed C string.
    unsafe {
        let name = pg_sys::get_database_name(pg_sys::MyDatabaseId);
        if name.is_null() { String::new() } else { text::from_server(name) }
    }
}

/// Whether the script of an extension is running.
pub fn in_extension_script() -> bool {
    // SAFETY: reads a variable that only this thread writes.
    unsafe { pg_sys::creating_extension }
}

/// Whether a role is a superuser; false for a role that does not exist.
pub fn is_superuser(role: Oid) -> bool {
    // SAFETY: looks into the catalog cache, for which a transaction is open; any oid may be asked for.
    unsafe { pg_sys::superuser_arg(role.into()) }
}

/// The session's role, as SET ROLE has set it: the current role, but for that of a SECURITY DEFINER function.
pub fn outer_role() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { GetOuterUserId() }.to_u32()
}

/// Whether the session's role has the rights of another, or may take them by SET ROLE. A superuser has those of every role.
pub fn outer_role_may_act_as(role: Oid) -> bool {
    #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
    use pg_sys::is_member_of_role as may_set_role;
    #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
    use pg_sys::member_can_set_role as may_set_role;
    // SAFETY: looks into the catalog cache, for which a transaction is open; any oid may be asked for.
    unsafe {
        let outer = GetOuterUserId();
        pg_sys::has_privs_of_role(outer, role.into()) || may_set_role(outer, role.into())
    }
}

/// The current role, as SET ROLE and SECURITY DEFINER functions change it.
pub fn current_role_oid() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetUserId() }.to_u32()
}

/// The current role's name.
pub fn current_role() -> String {
    // SAFETY: reads a variable of the backend.
    role_name(unsafe { pg_sys::GetUserId() })
}

/// The name of the role that the session is of.
pub fn session_role() -> String {
    // SAFETY: reads a variable of the backend.
    role_name(unsafe { pg_sys::GetSessionUserId() })
}

/// The name of a role; its number if another session has dropped it.
fn role_name(role: pg_sys::Oid) -> String {
    // SAFETY: looks into the catalog cache, for which a transaction is open; returns null or a palloc'ed C string.
    unsafe {
        let name = pg_sys::GetUserNameFromId(role, true);
        if name.is_null() { role.to_u32().to_string() } else { text::from_server(name) }
    }
}

/// The name that the client gives itself.
pub fn application_name() -> String {
    // SAFETY: reads a setting, whose text is null or NUL-terminated, and copies it.
    unsafe { pg_sys::application_name.as_ref().map(|name| text::from_server(name)).unwrap_or_default() }
}

/// Whether anything can be written now: the server is no standby, and the transaction is not read-only.
pub fn can_write() -> bool {
    // SAFETY: reads variables of the backend and of the server.
    unsafe { !pg_sys::XactReadOnly && !pg_sys::RecoveryInProgress() }
}

/// The role of this name, if there is one.
pub fn find_role(name: &str) -> Option<Oid> {
    // SAFETY: looks into the catalog cache, for which a transaction is open; `to_server` returns a NUL-terminated
    // string.
    let role = unsafe { pg_sys::get_role_oid(text::to_server(name), true) };
    (role != pg_sys::InvalidOid).then(|| role.to_u32())
}

/// Whether the current role is one of the named roles or has the rights of one, that is without SET ROLE. A superuser
/// has the rights of every role, so for superusers it is the membership that counts. Names that no role has are
/// skipped.
pub fn current_role_is_among(names: &[String]) -> bool {
    names.iter().filter_map(|name| find_role(name)).any(|role| {
        // SAFETY: looks into the catalog cache, for which a transaction is open; any oid may be asked for.
        unsafe {
            let current = pg_sys::GetUserId();
            match is_superuser(current.to_u32()) {
                true => pg_sys::is_member_of_role_nosuper(current, role.into()),
                false => pg_sys::has_privs_of_role(current, role.into()),
            }
        }
    })
}

/// Whether this process is a worker of a parallel query. Such a worker gets the settings of its leader, and no event
/// trigger ever fires in it.
pub fn is_parallel_worker() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::ParallelWorkerNumber >= 0 }
}

/// Whether the backend is connected to a database and in a transaction, so that it can look into catalogs.
pub fn has_catalogs() -> bool {
    // SAFETY: reads variables of the backend.
    unsafe { pg_sys::IsTransactionState() && pg_sys::MyDatabaseId != pg_sys::InvalidOid }
}

/// Runs what looks into catalogs, if the backend is connected to a database. Up to 14, PostgreSQL loads what
/// `session_preload_libraries` names after the session has begun and outside of a transaction; then there is one for
/// `work` alone.
pub fn with_catalogs(work: impl FnOnce()) {
    // SAFETY: reads a variable of the backend.
    if unsafe { pg_sys::MyDatabaseId == pg_sys::InvalidOid } {
        return;
    }
    if has_catalogs() {
        return work();
    }
    // SAFETY: no transaction is open, and the backend is connected to its database, so it can begin one, as it did itself
    // when it connected. That one was at this level, too, as a standby has no other. The caller gets its memory context
    // back.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        pg_sys::XactIsoLevel = pg_sys::XACT_READ_COMMITTED as i32;
        work();
        pg_sys::CommitTransactionCommand();
        pg_sys::CurrentMemoryContext = context;
    }
}

/// Whether this process is the server itself, which loads what `shared_preload_libraries` names.
#[cfg(any(feature = "pg13", feature = "pg14"))]
pub fn is_starting_server() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::process_shared_preload_libraries_in_progress }
}
