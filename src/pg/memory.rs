//! Memory for Rust's data. Where the system has none left, Rust ends the process, and PostgreSQL then ends every session.
//! So a reserve is kept: when nothing else is left, memory comes from there, and the next look for interrupts raises
//! PostgreSQL's own error, "out of memory".

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize};

use super::spare_memory;

/// What the process keeps to its end. It is not dropped then: to have that done takes memory, and glibc ends the process if
/// there is none.
pub type Kept<T> = RefCell<ManuallyDrop<T>>;

/// The reserve is at least as large as this, which is more than what is used between two looks for interrupts. Memory
/// that is not written to is only an address.
const LEAST: usize = 4 << 20;

/// With so much of it left it serves once more.
const ENOUGH: usize = LEAST / 2;

/// A request of this size makes the reserve grow, as a list that grows will ask for twice as much. It is then this many
/// times as large as what was asked for, up to a limit.
const LARGE: usize = LEAST / TIMES;
const TIMES: usize = 4;
const MOST: usize = 32 << 20;

const PAGE: usize = 4096;

/// Takes memory from the system, and from the reserve where the system has none.
struct WithReserve;

#[global_allocator]
static ALLOCATOR: WithReserve = WithReserve;

// A backend has one thread, so these are no more than variables. Tests have several.
static START: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static SIZE: AtomicUsize = AtomicUsize::new(0);
/// How much of the reserve is given out.
static USED: AtomicUsize = AtomicUsize::new(0);
/// How many pieces of the reserve are in use. When it is none, all of it can be given out again.
static PIECES: AtomicUsize = AtomicUsize::new(0);
/// The reserve before this one, as long as pieces of it are in use.
static RETIRED_START: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static RETIRED_SIZE: AtomicUsize = AtomicUsize::new(0);
static RETIRED_PIECES: AtomicUsize = AtomicUsize::new(0);
static IS_SHORT: AtomicBool = AtomicBool::new(false);
static IS_CHANGING: AtomicBool = AtomicBool::new(false);

/// Changes the reserve; `otherwise` where another thread changes it.
fn change<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    if IS_CHANGING.swap(true, Acquire) {
        return otherwise;
    }
    let outcome = work();
    IS_CHANGING.store(false, Release);
    outcome
}

/// Sees to it that there is a reserve, before work that needs memory.
pub fn keep_reserve() {
    if left() < ENOUGH || IS_SHORT.load(Relaxed) || !spare_memory::is_kept() {
        renew();
    }
}

/// Whether memory is short: the reserve is in use.
#[inline]
pub fn is_short() -> bool {
    IS_SHORT.load(Relaxed)
}

/// Raises PostgreSQL's error about it.
#[cold]
pub fn raise_shortage() {
    pgrx::ereport!(ERROR, pgrx::PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY, "out of memory");
}

#[cold]
fn renew() {
    if SIZE.load(Relaxed) == 0 {
        prepare_for_panics();
    }
    // What is kept for long may lie in the reserve. Then there is a new one beside it.
    let has_reserve = left() >= ENOUGH || has_reserve_of(LEAST);
    IS_SHORT.store(!has_reserve || !spare_memory::keep(), Relaxed);
}

/// Panics once, so that everything has its place that the first panic needs. glibc ends the process if there is no memory
/// for it.
fn prepare_for_panics() {
    let _ = std::panic::catch_unwind(|| std::panic::panic_any(()));
}

/// Makes the reserve as large as this, unless so much of it is left. Tells whether there is so much.
fn has_reserve_of(size: usize) -> bool {
    left() >= size || change(false, || enlarge(size))
}

/// How much of the reserve can still be given out.
fn left() -> usize {
    let used = if PIECES.load(Relaxed) == 0 { 0 } else { USED.load(Relaxed) };
    SIZE.load(Relaxed) - used
}

fn enlarge(size: usize) -> bool {
    let (start, old_size) = (START.load(Relaxed), SIZE.load(Relaxed));
    let Ok(layout) = Layout::from_size_align(size, PAGE) else { return false };
    if PIECES.load(Relaxed) > 0 && !RETIRED_START.load(Relaxed).is_null() {
        return false;
    }
    // SAFETY: the size is not zero. The old reserve was allocated with the layout that it is freed with, and no piece of it
    // is in use; or else it is kept for the pieces that are.
    unsafe {
        let new = System.alloc(layout);
        if new.is_null() {
            return false;
        }
        if PIECES.load(Relaxed) > 0 {
            RETIRED_START.store(start, Relaxed);
            RETIRED_SIZE.store(old_size, Relaxed);
            RETIRED_PIECES.store(PIECES.swap(0, Relaxed), Relaxed);
        } else if !start.is_null() {
            System.dealloc(start, Layout::from_size_align_unchecked(old_size, PAGE));
        }
        START.store(new, Relaxed);
        SIZE.store(size, Relaxed);
        USED.store(0, Relaxed);
    }
    true
}

/// A piece of the reserve; null if there is not enough left of it.
#[cold]
fn take_from_reserve(layout: Layout) -> *mut u8 {
    IS_SHORT.store(true, Relaxed);
    change(null_mut(), || take(layout))
}

fn take(layout: Layout) -> *mut u8 {
    if PIECES.load(Relaxed) == 0 {
        USED.store(0, Relaxed);
    }
    let start = START.load(Relaxed);
    let at = (start.addr() + USED.load(Relaxed)).next_multiple_of(layout.align()) - start.addr();
    let end = at.saturating_add(layout.size());
    if end > SIZE.load(Relaxed) {
        return null_mut();
    }
    USED.store(end, Relaxed);
    PIECES.fetch_add(1, Relaxed);
    start.wrapping_add(at)
}

#[inline]
fn is_in_reserve(piece: *mut u8) -> bool {
    is_within(piece, &START, &SIZE) || is_within(piece, &RETIRED_START, &RETIRED_SIZE)
}

#[inline]
fn is_within(piece: *mut u8, start: &AtomicPtr<u8>, size: &AtomicUsize) -> bool {
    piece.addr().wrapping_sub(start.load(Relaxed).addr()) < size.load(Relaxed)
}

#[cold]
fn give_back_to_reserve(piece: *mut u8) {
    if is_within(piece, &START, &SIZE) {
        PIECES.fetch_sub(1, Relaxed);
    } else if RETIRED_PIECES.fetch_sub(1, Relaxed) == 1 {
        let (start, size) = (RETIRED_START.swap(null_mut(), Relaxed), RETIRED_SIZE.swap(0, Relaxed));
        // SAFETY: it was allocated with this layout, and the last piece of it has just been given back.
        unsafe { System.dealloc(start, Layout::from_size_align_unchecked(size, PAGE)) }
    }
}

/// Has the reserve grow with what is asked for, as far as the system allows it.
#[inline]
fn note_size(size: usize) {
    if size > LARGE && SIZE.load(Relaxed) > 0 {
        has_reserve_of(size.saturating_mul(TIMES).min(MOST));
    }
}

// SAFETY: every piece of memory is the system's or a part of a reserve that no other piece overlaps, as USED only grows
// while a piece of it is in use. A reserve is freed only when no piece of it is. Nothing here unwinds.
unsafe impl GlobalAlloc for WithReserve {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let piece = unsafe { System.alloc(layout) };
        if piece.is_null() {
            return take_from_reserve(layout);
        }
        note_size(layout.size());
        piece
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises. A piece of the reserve is as long as the layout says.
        unsafe {
            let piece = System.alloc_zeroed(layout);
            if !piece.is_null() {
                note_size(layout.size());
                return piece;
            }
            let piece = take_from_reserve(layout);
            if !piece.is_null() {
                piece.write_bytes(0, layout.size());
            }
            piece
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if is_in_reserve(piece) {
            return give_back_to_reserve(piece);
        }
        // SAFETY: as the caller promises; what is not a piece of the reserve is the system's.
        unsafe { System.dealloc(piece, layout) }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises. What is not a piece of the reserve is the system's, and remains as it is where it
        // cannot grow. The copy is no longer than the shorter of both pieces.
        unsafe {
            let new = Layout::from_size_align_unchecked(size, layout.align());
            let mut copy = null_mut();
            if is_in_reserve(piece) {
                copy = System.alloc(new);
            } else {
                let grown = System.realloc(piece, layout, size);
                if !grown.is_null() {
                    note_size(size);
                    return grown;
                }
            }
            if copy.is_null() {
                copy = take_from_reserve(new);
            }
            if !copy.is_null() {
                copy.copy_from_nonoverlapping(piece, layout.size().min(size));
                self.dealloc(piece, layout);
            }
            copy
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The reserve is that of the whole process, so one test goes through its life.
    #[test]
    fn the_reserve_is_given_out_and_used_again() {
        let layout = Layout::from_size_align(1000, 64).unwrap();
        assert!(take_from_reserve(layout).is_null() && is_short(), "there is none yet");
        keep_reserve();
        assert!(!is_short());
        let (first, second) = (take_from_reserve(layout), take_from_reserve(layout));
        assert!(is_short() && is_in_reserve(first) && is_in_reserve(second));
        assert!(second.addr() - first.addr() >= 1000 && first.addr().is_multiple_of(64));
        assert!(take_from_reserve(Layout::from_size_align(LEAST, 1).unwrap()).is_null(), "not enough is left");
        // SAFETY: the pieces were given out, and the first is as long as the layout says.
        unsafe {
            first.write_bytes(7, 1000);
            let grown = ALLOCATOR.realloc(first, layout, 3000);
            assert!(!is_in_reserve(grown) && *grown.add(999) == 7, "the system has memory again");
            keep_reserve();
            assert!(!is_short() && USED.load(Relaxed) > 1000, "the pieces in use stay as they are");
            assert!(has_reserve_of(LEAST) && left() == LEAST, "there is another reserve beside them");
            assert!(is_in_reserve(second) && !RETIRED_START.load(Relaxed).is_null());
            second.write_bytes(7, 1000);
            ALLOCATOR.dealloc(second, layout);
            assert!(RETIRED_START.load(Relaxed).is_null(), "nothing of the old one is in use any more");
            ALLOCATOR.dealloc(grown, Layout::from_size_align(3000, 64).unwrap());
        }
        keep_reserve();
        assert!(!is_short());
        let list = vec![1u8; LARGE + 1];
        assert!(SIZE.load(Relaxed) >= TIMES * list.len(), "it has grown with what was asked for");
    }
}
