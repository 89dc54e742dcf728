//! The callbacks at the beginning and end of transactions and subtransactions.

use std::ffi::c_void;

use pgrx::prelude::*;

use super::failure::{is_on, run_guarded};
use crate::guard::{dry_run, session, transaction};
use crate::pg::report::RawReport;
use crate::pg::{backend, report, watch};

/// Called by PostgreSQL just before a transaction commits, and when it has committed or was rolled back.
///
/// # Safety
/// Called by PostgreSQL's transaction manager only.
pub unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::*;
    // Most transactions run no DDL and have nothing to be checked or forgotten: they pay for no more than this question,
    // which calls nothing of PostgreSQL's.
    let has_work = match event {
        XACT_EVENT_PRE_COMMIT | XACT_EVENT_PRE_PREPARE => may_have_to_check(),
        _ => session::with(|session| session.remembers_a_transaction()) || watch::is_watching(),
    };
    if !has_work {
        return;
    }
    // SAFETY: when the error is raised, this frame has nothing to drop: everything with a destructor lives in the
    // closure, which has returned.
    unsafe {
        let error = pg_sys::panic::pgrx_extern_c_guard(|| match event {
            XACT_EVENT_PRE_COMMIT => {
                transaction::take_turns();
                check_commit()
            }
            // Nobody knows when a prepared transaction ends, so nobody waits for it.
            XACT_EVENT_PRE_PREPARE => check_commit(),
            XACT_EVENT_COMMIT | XACT_EVENT_PREPARE => {
                session::with(|session| session.transaction_ended(false));
                watch::end();
                None
            }
            XACT_EVENT_ABORT => {
                dry_run::subtransaction_ended(OUTERMOST);
                session::with(|session| session.transaction_ended(true));
                watch::end();
                None
            }
            _ => None,
        });
        if let Some(error) = error {
            report::raise(&error);
        }
    }
}

/// The nest level of a transaction without subtransactions.
const OUTERMOST: i32 = 1;

/// Whether there may be anything to be checked before a commit.
fn may_have_to_check() -> bool {
    session::with(|session| !session.has_nothing_pending()) && is_on()
}

/// Checks what is checked before a commit. Returns the error to be raised, if there is one.
pub fn check_commit() -> Option<RawReport> {
    let has_to_check = may_have_to_check() && !transaction::is_checked_already();
    if has_to_check { run_guarded(transaction::before_commit) } else { None }
}

/// Called by PostgreSQL when a subtransaction begins, has become part of the one around it, or was rolled back.
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
        pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB => {
            dry_run::subtransaction_ended(level);
            session::with(|session| session.subtransaction_aborted(level));
        }
        _ => {}
    }
}
