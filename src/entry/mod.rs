//! What PostgreSQL calls: event triggers, hooks, transaction callbacks, SQL functions. May use every other folder.

mod event_trigger;
mod explain;
mod failure;
mod functions;
#[cfg(feature = "pg_test")]
mod tests;
mod transaction;

use std::ptr::null_mut;

use pgrx::pg_sys;

use crate::pg::guc;

/// Registers everything; called once when the library is loaded.
pub fn register() {
    guc::register();
    explain::register();
    // SAFETY: both functions live as long as the process and take no argument.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction::on_transaction), null_mut());
        pg_sys::RegisterSubXactCallback(Some(transaction::on_subtransaction), null_mut());
    }
}
