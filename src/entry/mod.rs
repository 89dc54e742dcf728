//! What PostgreSQL calls: the functions of event triggers, hooks, transaction callbacks, SQL functions. Each of them
//! hands over to `guard` and raises what comes back. May use every other folder; contains unsafe code, as `pg` does.

mod event_trigger;
mod failure;
mod functions;
mod object_access;
#[cfg(feature = "pg_test")]
mod tests;
mod transaction;
mod utility;

use std::ptr::null_mut;

use pgrx::pg_sys;

use crate::pg::guc;

/// Registers the settings, the hooks and the callbacks with PostgreSQL; called once when the library is loaded.
pub fn register() {
    #[cfg(feature = "fault_injection")]
    crate::pg::fault::register();
    guc::register();
    utility::register();
    object_access::register();
    // SAFETY: both functions live as long as the process, and neither uses its argument, which is null.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction::on_transaction), null_mut());
        pg_sys::RegisterSubXactCallback(Some(transaction::on_subtransaction), null_mut());
    }
}
