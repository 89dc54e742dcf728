//! The state of the backend: its transaction, its current command, its roles.

use std::ffi::CString;

use pgrx::pg_sys;

use super::text;
use crate::facts::{CommandId, Oid};

/// The id of the transaction's current command. What the transaction changes from now on carries this id or a higher
/// one.
pub fn command_id() -> CommandId {
    // SAFETY: reads a counter of the open transaction; event triggers and transaction callbacks run inside of one.
    unsafe { pg_sys::GetCurrentCommandId(false) }
}

/// Starts the transaction's next command, so that what it has changed so far becomes visible to it.
pub fn advance_command() {
    // SAFETY: a transaction must be open and not in parallel mode; event triggers and pre-commit callbacks are called
    // like that.
    unsafe { pg_sys::CommandCounterIncrement() }
}

/// Raises an error if somebody has cancelled the statement or its time is up.
pub fn check_for_interrupts() {
    pgrx::check_for_interrupts!();
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
    unsafe { pg_sys::GetCurrentTransactionNestLevel() }
}

/// Whether a transaction block is open: begun by BEGIN, or by a message with several statements. In the pre-commit
/// callback only BEGIN counts, as PostgreSQL has closed the implicit block of a message by then.
pub fn in_transaction_block() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::IsTransactionBlock() }
}

/// When the client's current command began, in microseconds since 2000-01-01 (`statement_timestamp()`). It tells one
/// client command from the next.
pub fn client_command_start() -> i64 {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetCurrentStatementStartTimestamp() }
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

/// The current role's name.
pub fn current_role() -> String {
    // SAFETY: the function raises an error for a role that was dropped, and otherwise returns a palloc'ed C string.
    unsafe { text::from_server(pg_sys::GetUserNameFromId(pg_sys::GetUserId(), false)) }
}

/// Whether the current role is one of the named roles or a member of one. Being a superuser does not make it a member.
/// Names that no role has are skipped.
pub fn current_role_is_among(names: &[String]) -> bool {
    names.iter().any(|name| {
        let Ok(name) = CString::new(name.as_str()) else { return false };
        // SAFETY: looks into the catalog cache, for which a transaction is open; `to_server` returns a NUL-terminated
        // string.
        unsafe {
            let role = pg_sys::get_role_oid(text::to_server(&name.to_string_lossy()), true);
            role != pg_sys::InvalidOid && pg_sys::is_member_of_role_nosuper(pg_sys::GetUserId(), role)
        }
    })
}
