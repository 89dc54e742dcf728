//! Errors of PostgreSQL that Rust has caught.

use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::panic::{CaughtError, ErrorReportWithLevel};
use pgrx::{PgTryBuilder, pg_sys};

use super::report::sqlstate;

/// Whether an error has nothing to do with what was being done when it came.
pub fn comes_from_outside(caught: &CaughtError) -> bool {
    let classes = [*b"57000", *b"55000", *b"40000", *b"53000"].map(sqlstate);
    classes.contains(&(report_of(caught).sql_error_code() as i32 & 0xFFF))
}

/// What an error says.
pub fn report_of(caught: &CaughtError) -> &ErrorReportWithLevel {
    let (CaughtError::PostgresError(report)
    | CaughtError::ErrorReport(report)
    | CaughtError::RustPanic { ereport: report, .. }) = caught;
    report
}

/// Runs `work`; `None` if it raises an error. The transaction goes on, so whatever `work` held at that moment is tracked by
/// a resource owner of its own and released here.
pub fn none_on_error<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    use pg_sys::ResourceReleasePhase::*;
    // SAFETY: a transaction is open; the owner is this function's alone, and is empty when it is deleted.
    unsafe {
        let caller = pg_sys::CurrentResourceOwner;
        let owner = pg_sys::ResourceOwnerCreate(caller, c"pg_guardrail".as_ptr());
        pg_sys::CurrentResourceOwner = owner;
        let give_up = |caught: CaughtError| match comes_from_outside(&caught) {
            true => caught.rethrow(),
            false => None,
        };
        let outcome = PgTryBuilder::new(AssertUnwindSafe(work)).catch_others(give_up).execute();
        pg_sys::CurrentResourceOwner = caller;
        for phase in [RESOURCE_RELEASE_BEFORE_LOCKS, RESOURCE_RELEASE_LOCKS, RESOURCE_RELEASE_AFTER_LOCKS] {
            pg_sys::ResourceOwnerRelease(owner, phase, false, false);
        }
        pg_sys::ResourceOwnerDelete(owner);
        outcome
    }
}
