//! The doors: event-trigger functions, transaction callbacks, and what happens to an error inside the guard.

use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use std::ptr::null_mut;

use pgrx::pg_sys::panic::{CaughtError, ErrorReportWithLevel};
use pgrx::prelude::*;
use pgrx::{PgMemoryContexts, PgTryBuilder};

use super::explain;
use crate::guard::session;
use crate::guard::statement;
use crate::judge::message::Report;
use crate::pg::guc;
use crate::pg::report::{self, INTERNAL_ERROR, Raw};
use crate::pg::statement::Command;
use crate::settings::Mode;

/// Registers everything; called once when the library is loaded.
pub fn register() {
    guc::register();
    explain::register();
    // SAFETY: both functions live as long as the process and take no argument.
    unsafe {
        pg_sys::RegisterXactCallback(Some(on_transaction), null_mut());
        pg_sys::RegisterSubXactCallback(Some(on_subtransaction), null_mut());
    }
}

/// Makes an event-trigger function out of a function over [`Command`].
macro_rules! event_trigger {
    ($name:ident, $finfo:ident, $work:path) => {
        /// Called by PostgreSQL's event-trigger manager.
        ///
        /// # Safety
        /// `fcinfo` is a valid call frame.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            // SAFETY: the frame is valid; nothing here waits to be dropped when an error is raised.
            unsafe {
                if let Some(refusal) = pg_sys::panic::pgrx_extern_c_guard(|| run_trigger(fcinfo, $work)) {
                    report::raise(&refusal);
                }
            }
            pg_sys::Datum::null()
        }

        /// Tells PostgreSQL how the function above is called.
        #[unsafe(no_mangle)]
        pub extern "C" fn $finfo() -> &'static pg_sys::Pg_finfo_record {
            const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }
    };
}

event_trigger!(guardrail_ddl_command_start, pg_finfo_guardrail_ddl_command_start, statement::command_start);
event_trigger!(guardrail_sql_drop, pg_finfo_guardrail_sql_drop, statement::objects_dropped);
event_trigger!(guardrail_ddl_command_end, pg_finfo_guardrail_ddl_command_end, statement::command_end);

/// # Safety
/// `fcinfo` is a valid call frame.
unsafe fn run_trigger(fcinfo: pg_sys::FunctionCallInfo, work: fn(Command) -> Vec<Report>) -> Option<Raw> {
    if guc::mode() == Mode::Off {
        return None;
    }
    // SAFETY: the frame is valid; its context is read by its tag.
    let command = unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            error!("pg_guardrail: this function is called by event triggers only");
        }
        Command::new(&*context.cast::<pg_sys::EventTriggerData>())
    };
    guarded(move || work(command))
}

/// Runs a part of the guard in a memory context of its own. Gives what must be raised: a refusal, or the failure
/// of the guard itself, which never passes in silence.
pub(super) fn guarded(work: impl FnOnce() -> Vec<Report>) -> Option<Raw> {
    let outcome = PgTryBuilder::new(AssertUnwindSafe(|| {
        // SAFETY: the reports that come out of it are Rust's own memory.
        Ok(unsafe { PgMemoryContexts::new("pg_guardrail").switch_to(|_| work()) })
    }))
    .catch_others(|caught| Err(failure(caught)))
    .catch_rust_panic(|caught| Err(failure(caught)))
    .execute();
    match outcome {
        Ok(reports) => report::emit(&reports),
        Err(failure) => Some(failure),
    }
}

/// An error inside the guard, as an error that says whose it is and how to go on without it. What the user or
/// the administrator asked for (cancel, shutdown, time-outs) and what a retry mends (deadlock, serialization
/// failure) is passed on as it is.
fn failure(caught: CaughtError) -> Raw {
    if comes_from_outside(&caught) {
        caught.rethrow();
    }
    let report = report_of(&caught);
    let code = report.sql_error_code() as i32;
    let code = if code == 0 { report::sqlstate(INTERNAL_ERROR) } else { code };
    Raw::failure(
        code,
        &format!("pg_guardrail failed: {}", report.message()),
        report.detail().unwrap_or_default(),
        "The fault is the guard's, not the statement's. A superuser can go on without the guard: \
         SET guardrail.mode = off; or, for every session: ALTER EVENT TRIGGER pg_guardrail_ddl_command_end DISABLE;",
    )
}

/// Whether an error has nothing to do with what was being done when it came.
pub fn comes_from_outside(caught: &CaughtError) -> bool {
    let classes = [*b"57000", *b"55000", *b"40000", *b"53000"].map(report::sqlstate);
    classes.contains(&(report_of(caught).sql_error_code() as i32 & 0xFFF))
}

fn report_of(caught: &CaughtError) -> &ErrorReportWithLevel {
    let (CaughtError::PostgresError(report)
    | CaughtError::ErrorReport(report)
    | CaughtError::RustPanic { ereport: report, .. }) = caught;
    report
}

/// Called by PostgreSQL at the turning points of a transaction.
///
/// # Safety
/// Called by PostgreSQL's transaction manager only.
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::*;
    // SAFETY: the closure is the only Rust frame; what it gives has nothing to drop.
    unsafe {
        let refusal = pg_sys::panic::pgrx_extern_c_guard(|| match event {
            XACT_EVENT_PRE_COMMIT | XACT_EVENT_PRE_PREPARE if session::with(|s| s.has_pending()) => {
                if guc::mode() == Mode::Off { None } else { guarded(statement::before_commit) }
            }
            XACT_EVENT_COMMIT | XACT_EVENT_PREPARE => {
                session::with(|s| s.transaction_ended(false));
                None
            }
            XACT_EVENT_ABORT => {
                session::with(|s| s.transaction_ended(true));
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
unsafe extern "C-unwind" fn on_subtransaction(
    event: pg_sys::SubXactEvent::Type,
    _own: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _argument: *mut c_void,
) {
    let level = crate::pg::nest_level();
    match event {
        pg_sys::SubXactEvent::SUBXACT_EVENT_COMMIT_SUB => session::with(|s| s.subtransaction_committed(level)),
        pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB => session::with(|s| s.subtransaction_aborted(level)),
        _ => {}
    }
}
