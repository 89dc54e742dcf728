//! The callbacks at the turning points of transactions.

use std::ffi::c_void;

use pgrx::prelude::*;

use super::failure::{guarded, is_on};
use crate::guard::{session, transaction};
use crate::pg::{backend, report};

/// Called by PostgreSQL at the turning points of a transaction.
///
/// # Safety
/// Called by PostgreSQL's transaction manager only.
pub unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::*;
    // SAFETY: the closure is the only Rust frame; what it gives has nothing to drop.
    unsafe {
        let refusal = pg_sys::panic::pgrx_extern_c_guard(|| match event {
            XACT_EVENT_PRE_COMMIT | XACT_EVENT_PRE_PREPARE if session::with(|session| session.has_pending()) => {
                if is_on() { guarded(transaction::before_commit) } else { None }
            }
            XACT_EVENT_COMMIT | XACT_EVENT_PREPARE => {
                session::with(|session| session.transaction_ended(false));
                None
            }
            XACT_EVENT_ABORT => {
                session::with(|session| session.transaction_ended(true));
                None
            }
            _ => None,
        });
        if let Some(refusal) = refusal {
            report::raise(&refusal);
        }
    }
}

/// Called by PostgreSQL at the turning points of a subtransaction.
///
/// # Safety
/// Called by PostgreSQL's transaction manager only.
#[pg_guard]
pub unsafe extern "C-unwind" fn on_subtransaction(
    event: pg_sys::SubXactEvent::Type,
    _own: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _argument: *mut c_void,
) {
    let level = backend::nest_level();
    match event {
        pg_sys::SubXactEvent::SUBXACT_EVENT_COMMIT_SUB => {
            session::with(|session| session.subtransaction_committed(level))
        }
        pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB => session::with(|session| session.subtransaction_aborted(level)),
        _ => {}
    }
}
