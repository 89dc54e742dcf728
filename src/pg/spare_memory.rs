//! Memory for catching PostgreSQL's error that there is none. pgrx copies each error that it catches. Where that fails for want
//! of memory, it tries again and again, until PostgreSQL panics and ends every session. So some memory is kept, and given
//! back to the system when the error is raised.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

use pgrx::pg_sys;

use super::errors::sqlstate;

static SPARE: AtomicPtr<u8> = AtomicPtr::new(null_mut());

const LAYOUT: Layout = match Layout::from_size_align(1 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => panic!(),
};

pub fn is_kept() -> bool {
    !SPARE.load(Relaxed).is_null()
}

/// Keeps spare memory; false if there is none left to be kept.
pub fn keep() -> bool {
    if !is_kept() {
        // SAFETY: the size is not zero.
        SPARE.store(unsafe { System.alloc(LAYOUT) }, Relaxed);
    }
    is_kept()
}

unsafe extern "C-unwind" {
    fn geterrcode() -> c_int;
}

/// Called by PostgreSQL for each message, before an error is thrown.
unsafe extern "C-unwind" fn give_back(_: *mut c_void) {
    // SAFETY: there is a message, whose code is read. The spare memory was allocated with this layout, and nobody else has
    // it.
    unsafe {
        if geterrcode() == sqlstate(*b"53200") {
            let spare = SPARE.swap(null_mut(), Relaxed);
            if !spare.is_null() {
                System.dealloc(spare, LAYOUT);
            }
        }
    }
}

/// Runs `work`, in which errors of PostgreSQL are caught. The spare memory is given back when one says that there is none.
pub fn with_spare<T>(work: impl FnOnce() -> T) -> T {
    struct Outer(*mut pg_sys::ErrorContextCallback);
    impl Drop for Outer {
        fn drop(&mut self) {
            // SAFETY: sets a variable of the backend to what it was.
            unsafe { pg_sys::error_context_stack = self.0 }
        }
    }
    // SAFETY: the callback stays on the stack for as long as PostgreSQL knows it, also where `work` panics.
    unsafe {
        let outer = Outer(pg_sys::error_context_stack);
        let mut callback =
            pg_sys::ErrorContextCallback { previous: outer.0, callback: Some(give_back), arg: null_mut() };
        pg_sys::error_context_stack = &mut callback;
        work()
    }
}
