//! Places at which a test can have the checks fail. Without the feature `fault_injection`, which no release has, they are
//! nothing.

#[cfg(feature = "fault_injection")]
mod injection {
    use std::cell::Cell;

    thread_local!(static ACT: Cell<Option<fn(&'static str)>> = const { Cell::new(None) });

    /// Says what happens at each place.
    pub fn act_by(act: fn(&'static str)) {
        ACT.set(Some(act));
    }

    /// The checks have come to this place.
    pub fn point(place: &'static str) {
        if let Some(act) = ACT.get() {
            act(place);
        }
    }
}

#[cfg(feature = "fault_injection")]
pub use injection::{act_by, point};

/// The checks have come to this place.
#[cfg(not(feature = "fault_injection"))]
#[inline(always)]
pub fn point(_place: &'static str) {}
