//! Everything that calls PostgreSQL: the only module that may be unsafe.

pub mod errors;
pub mod guc;
pub mod read;
pub mod report;
pub mod scan;
pub mod statement;
pub mod text;

use std::ffi::CString;

use pgrx::pg_sys;

use crate::facts::{CommandId, Oid};

/// Where in its transaction's sequence of changes the backend is.
pub fn command_id() -> CommandId {
    // SAFETY: reads a variable of the open transaction.
    unsafe { pg_sys::GetCurrentCommandId(false) }
}

/// Makes what this transaction has done so far visible to it.
pub fn advance_command() {
    // SAFETY: event triggers and pre-commit callbacks run outside of parallel mode, with a transaction open.
    unsafe { pg_sys::CommandCounterIncrement() }
}

/// How many (sub)transactions are open.
pub fn nest_level() -> i32 {
    // SAFETY: reads a variable of the open transaction.
    unsafe { pg_sys::GetCurrentTransactionNestLevel() }
}

/// Whether a client's BEGIN opened the transaction. Holds in the pre-commit callback of its COMMIT; there, several
/// statements in one message are no block.
pub fn in_transaction_block() -> bool {
    // SAFETY: reads a variable of the open transaction.
    unsafe { pg_sys::IsTransactionBlock() }
}

/// What tells one client command from the next: the time at which it began.
pub fn client_command() -> i64 {
    // SAFETY: reads a variable.
    unsafe { pg_sys::GetCurrentStatementStartTimestamp() }
}

/// Whether the script of an extension is running.
pub fn in_extension_script() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::creating_extension }
}

/// Whether a role is a superuser.
pub fn is_superuser(role: Oid) -> bool {
    // SAFETY: reads the catalog cache; a role that does not exist is none.
    unsafe { pg_sys::superuser_arg(role.into()) }
}

/// The current role's name.
pub fn current_role() -> String {
    // SAFETY: the current role exists; its name is a palloc'ed C string.
    unsafe { text::from_server(pg_sys::GetUserNameFromId(pg_sys::GetUserId(), false)) }
}

/// Whether the current role is one of these, or a member of one. A superuser is no member by being one, and a
/// role that does not exist is nobody's.
pub fn current_role_is_among(names: &[String]) -> bool {
    names.iter().any(|name| {
        let Ok(name) = CString::new(name.as_str()) else { return false };
        // SAFETY: reads the catalog cache; `name` is NUL-terminated.
        unsafe {
            let role = pg_sys::get_role_oid(text::to_server(&name.to_string_lossy()), true);
            role != pg_sys::InvalidOid && pg_sys::is_member_of_role_nosuper(pg_sys::GetUserId(), role)
        }
    })
}
