//! How long the fixes of one statement or transaction may be.

use crate::rule::Fix;

/// The fixes of one statement or transaction are no longer than this together, in bytes. Most are a few hundred bytes
/// long; but a statement can break a rule thousands of times.
const MAX_LENGTH: usize = 1 << 20;

/// Stands in the place of the fixes that would be too much.
const LEFT_OUT: &str = "The fix is left out: the fixes of this statement are too long together.";

/// How long the fixes may yet be.
pub struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MAX_LENGTH)
    }
}

impl Room {
    /// A fix, if there is room for it. Where there is none any more, it is not even made.
    pub fn take(&mut self, make: impl FnOnce() -> Fix) -> Fix {
        if self.0 == 0 {
            return Fix::by_hand(LEFT_OUT);
        }
        let fix = make();
        let length = fix.lines.iter().map(String::len).sum();
        match self.0.checked_sub(length) {
            Some(rest) => {
                self.0 = rest;
                fix
            }
            None => {
                self.0 = 0;
                Fix::by_hand(LEFT_OUT)
            }
        }
    }
}
