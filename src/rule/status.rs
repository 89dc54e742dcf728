//! What is to be done about a violation that is found in what there is.

use crate::settings::words;

words! {
    /// What is to be done about a violation that stands.
    Status {
        /// It is to be fixed.
        Open = "open",
        /// It was there when the conventions were adopted.
        Frozen = "frozen",
        /// Somebody has exempted it.
        Exempt = "exempt",
    }
}
