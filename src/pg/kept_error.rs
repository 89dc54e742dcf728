//! Errors of PostgreSQL that are kept with everything they say, and raised again as they were. An error that pgrx turns
//! into a panic loses the fields that drivers read.

use std::mem::MaybeUninit;

use cee_scape::{SigJmpBufFields, call_with_sigsetjmp};
use pgrx::pg_sys;

unsafe extern "C-unwind" {
    fn ReThrowError(error: *mut pg_sys::ErrorData) -> !;
}

/// An error of PostgreSQL's, in the memory context that was the current one when its work began.
pub struct KeptError(*mut pg_sys::ErrorData);

impl KeptError {
    pub fn into_raw(self) -> *mut pg_sys::ErrorData {
        self.0
    }
}

/// Raises an error again.
///
/// # Safety
/// `error` is valid, and no Rust frame between this one and PostgreSQL's handler has anything to drop.
pub unsafe fn raise(error: *mut pg_sys::ErrorData) -> ! {
    // SAFETY: as the caller promises.
    unsafe { ReThrowError(error) }
}

/// Runs `work`, which calls PostgreSQL, and keeps the error that it raises. `context` adds to what is said about it.
/// What `work` did before the error is for the caller to take back, by the rollback of a subtransaction.
///
/// # Safety
/// `work` calls PostgreSQL's functions as they are, not through pgrx, does not panic, and has nothing to drop: an error
/// jumps over its frame. The context's callback is valid for its argument.
pub unsafe fn keep_error<T>(
    context: &mut pg_sys::ErrorContextCallback,
    work: impl FnOnce() -> T,
) -> Result<T, KeptError> {
    // SAFETY: this is what PostgreSQL's PG_TRY and PG_CATCH do. The jump leads to the frame of this function, which is
    // still there, and what is read after it was not changed since the jump's target was set.
    unsafe {
        let (memory, handler, contexts) =
            (pg_sys::CurrentMemoryContext, pg_sys::PG_exception_stack, pg_sys::error_context_stack);
        context.previous = contexts;
        pg_sys::error_context_stack = context;
        let mut result = MaybeUninit::uninit();
        let has_jumped = call_with_sigsetjmp(false, |target: &SigJmpBufFields| {
            pg_sys::PG_exception_stack = std::ptr::from_ref(target).cast_mut().cast();
            result.write(work());
            0
        });
        pg_sys::PG_exception_stack = handler;
        pg_sys::error_context_stack = contexts;
        if has_jumped == 0 {
            return Ok(result.assume_init());
        }
        pg_sys::MemoryContextSwitchTo(memory);
        let error = pg_sys::CopyErrorData();
        pg_sys::FlushErrorState();
        Err(KeptError(error))
    }
}
