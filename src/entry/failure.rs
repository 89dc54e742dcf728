//! Where the guard is entered, and what happens to an error inside it.

use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgMemoryContexts, PgTryBuilder};

use crate::judge::message::Report;
use crate::pg::errors::{comes_from_outside, report_of};
use crate::pg::guc;
use crate::pg::report::{self, INTERNAL_ERROR, Raw};
use crate::settings::Mode;

/// Whether the guard looks at anything at all. Where it does not, nothing else is asked.
pub fn is_on() -> bool {
    guc::mode() != Mode::Off
}

/// Runs a part of the guard in a memory context of its own. Gives what must be raised: a refusal, or the failure
/// of the guard itself, which never passes in silence.
pub fn guarded(work: impl FnOnce() -> Vec<Report>) -> Option<Raw> {
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
