//! Runs the checks so that an error inside of them reaches the client as a failure of pg_guardrail.

use pgrx::PgMemoryContexts;
use pgrx::pg_sys::panic::CaughtError;

use crate::judge::message::Report;
use crate::pg::errors::{
    catch_before_abort, catch_in_subtransaction, comes_from_outside, is_shortage, raise_again, report_of,
};
use crate::pg::report::{self, INTERNAL_ERROR, RawReport};
use crate::pg::spare_memory::with_spare;
use crate::pg::{backend, guc};
use crate::settings::Mode;

/// Whether anything is checked at all (`guardrail.mode` is not off). It is asked before anything else, and costs next
/// to nothing.
pub fn is_on() -> bool {
    guc::mode() != Mode::Off
}

/// Runs checks in a memory context of their own, and sends the notices and warnings that they return. Returns the error to
/// be raised, if there is one: violations that refuse the statement, or, in mode `enforce`, a failure inside of the checks.
/// In mode `warn` a failure is a warning, and the statement goes on; so the checks run in a subtransaction there.
pub fn run_guarded(work: impl FnOnce() -> Vec<Report>) -> Option<RawReport> {
    with_spare(|| run_and_catch(work))
}

fn run_and_catch(work: impl FnOnce() -> Vec<Report>) -> Option<RawReport> {
    // SAFETY: nothing that was allocated in the memory context is used after it is deleted: the reports that leave it are
    // in Rust's own memory. After an error it is deleted here as well.
    let work = || unsafe { PgMemoryContexts::new("pg_guardrail").switch_to(|_| work()) };
    let refuses = guc::mode() == Mode::Enforce;
    let outcome = backend::keep_transaction_block(|| match refuses {
        true => catch_before_abort(work),
        false => catch_in_subtransaction(work),
    });
    match outcome {
        Ok(reports) => report::send_all_but_error(&reports),
        Err(caught) if refuses => Some(failure(*caught, refuses)),
        Err(caught) => {
            report::send(&failure(*caught, refuses));
            None
        }
    }
}

/// Turns an error inside of the checks into a report that says where it comes from and how to go on without them. An
/// error that comes from outside (a cancel, a time-out, a deadlock) is passed on as it is. Where memory or disk space is
/// short, the statement itself may still have enough, so in mode `warn` it goes on.
fn failure(caught: CaughtError, refuses: bool) -> RawReport {
    if comes_from_outside(&caught) && (refuses || !is_shortage(&caught)) {
        raise_again(caught);
    }
    let report = report_of(&caught);
    let code = report.sql_error_code() as i32;
    let code = if code == 0 { report::sqlstate(INTERNAL_ERROR) } else { code };
    RawReport::failure(
        refuses,
        code,
        &format!("pg_guardrail failed: {}", report.message()),
        report.detail().unwrap_or_default(),
        "This is a problem in pg_guardrail, not in the statement. A superuser can go on without pg_guardrail: \
         SET guardrail.mode = off; or, for every session: \
         ALTER EVENT TRIGGER pg_guardrail_ddl_command_start DISABLE; \
         ALTER EVENT TRIGGER pg_guardrail_sql_drop DISABLE; \
         ALTER EVENT TRIGGER pg_guardrail_ddl_command_end DISABLE;",
    )
}
