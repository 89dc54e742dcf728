//! Errors of PostgreSQL that Rust has caught.

use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::panic::{CaughtError, ErrorReportWithLevel};
use pgrx::{PgTryBuilder, pg_sys};

/// The classes of errors that have nothing to do with the work that they interrupt: operator intervention (cancel,
/// shutdown), object not in prerequisite state (lock time-out), transaction rollback (deadlock, serialization failure)
/// and insufficient resources.
const OUTSIDE_CLASSES: [[u8; 5]; 4] = [*b"57000", *b"55000", *b"40000", INSUFFICIENT_RESOURCES];

/// The class of errors about memory, disk space and the like.
const INSUFFICIENT_RESOURCES: [u8; 5] = *b"53000";

/// The bits of a packed SQLSTATE that hold its class, the first two characters.
const CLASS_BITS: i32 = 0xFFF;

/// Packs a SQLSTATE into a number as PostgreSQL does (`MAKE_SQLSTATE`): six bits for each character, the first one
/// lowest.
pub fn sqlstate(code: [u8; 5]) -> i32 {
    code.iter().rev().fold(0, |packed, character| (packed << 6) | ((character - b'0') & 0x3F) as i32)
}

/// Whether the cause of an error lies outside of the work that it interrupted: somebody cancelled it, a lock or a
/// resource was not available, or the transaction must be tried again.
pub fn comes_from_outside(caught: &CaughtError) -> bool {
    OUTSIDE_CLASSES.map(sqlstate).contains(&class_of(caught))
}

/// Whether memory, disk space or the like is short.
pub fn is_shortage(caught: &CaughtError) -> bool {
    class_of(caught) == sqlstate(INSUFFICIENT_RESOURCES)
}

fn class_of(caught: &CaughtError) -> i32 {
    report_of(caught).sql_error_code() as i32 & CLASS_BITS
}

/// The message, detail, hint and SQLSTATE of a caught error.
pub fn report_of(caught: &CaughtError) -> &ErrorReportWithLevel {
    let (CaughtError::PostgresError(report)
    | CaughtError::ErrorReport(report)
    | CaughtError::RustPanic { ereport: report, .. }) = caught;
    report
}

/// Raises an error again that was caught before. PostgreSQL has forgotten it by then, so it is made anew from what is known
/// of it; pgrx would otherwise look for it there.
pub fn raise_again(caught: CaughtError) -> ! {
    match caught {
        CaughtError::PostgresError(report) => CaughtError::ErrorReport(report).rethrow(),
        others => others.rethrow(),
    }
}

/// Runs `work`; `None` if it raises an error. An error that comes from outside is raised again. The transaction goes
/// on, so whatever `work` held is tracked by a resource owner of its own and released here.
pub fn none_on_error<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    use pg_sys::ResourceReleasePhase::*;
    // SAFETY: a transaction is open, so there is a current resource owner. The new owner is known to this function
    // alone, has released everything before it is deleted, and is not the current one any more by then.
    unsafe {
        let outer_owner = pg_sys::CurrentResourceOwner;
        let owner = pg_sys::ResourceOwnerCreate(outer_owner, c"pg_guardrail".as_ptr());
        pg_sys::CurrentResourceOwner = owner;
        let none_unless_from_outside = |caught: CaughtError| match comes_from_outside(&caught) {
            true => caught.rethrow(),
            false => None,
        };
        let outcome = PgTryBuilder::new(AssertUnwindSafe(work)).catch_others(none_unless_from_outside).execute();
        pg_sys::CurrentResourceOwner = outer_owner;
        for phase in [RESOURCE_RELEASE_BEFORE_LOCKS, RESOURCE_RELEASE_LOCKS, RESOURCE_RELEASE_AFTER_LOCKS] {
            pg_sys::ResourceOwnerRelease(owner, phase, false, false);
        }
        pg_sys::ResourceOwnerDelete(owner);
        outcome
    }
}

/// Runs `work`. After an error in it, the transaction cannot go on: the caller must raise one, and do nothing with the
/// database before. It costs less than a subtransaction, whose end takes the longer the more tables the transaction has
/// made.
pub fn catch_before_abort<T>(work: impl FnOnce() -> T) -> Result<T, Box<CaughtError>> {
    // SAFETY: the memory context is that of the caller, and outlives this function.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let outcome = catch(work);
        pg_sys::MemoryContextSwitchTo(context);
        outcome
    }
}

fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Box<CaughtError>> {
    let caught = |error| Err(Box::new(error));
    PgTryBuilder::new(AssertUnwindSafe(|| Ok(work()))).catch_others(caught).catch_rust_panic(caught).execute()
}

/// Runs `work` in a subtransaction of its own. An error in it takes back what it did and leaves the transaction as it was
/// before, so that the transaction can go on. The memory context and the resource owner stay those of the caller.
pub fn catch_in_subtransaction<T>(work: impl FnOnce() -> T) -> Result<T, Box<CaughtError>> {
    run_in_subtransaction(work, true)
}

/// Runs `work` in a subtransaction of its own and takes back what it did. Its result must not live in the memory of that
/// subtransaction.
pub fn undo<T>(work: impl FnOnce() -> T) -> T {
    run_in_subtransaction(work, false).unwrap_or_else(|caught| raise_again(*caught))
}

fn run_in_subtransaction<T>(work: impl FnOnce() -> T, keeps_success: bool) -> Result<T, Box<CaughtError>> {
    // SAFETY: a transaction is open, and one may be in a transaction callback before the commit or before PREPARE. The
    // subtransaction that is begun here is the current one again when `work` has ended, whether with an error or not:
    // PostgreSQL's own code pairs them in the same way.
    unsafe {
        let (context, owner) = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let outcome = catch(work);
        pg_sys::MemoryContextSwitchTo(context);
        match outcome {
            Ok(_) if keeps_success => pg_sys::ReleaseCurrentSubTransaction(),
            _ => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        outcome
    }
}
