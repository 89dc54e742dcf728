//! The audit.

use super::{Answer, Call, Outcome};

/// Lists the violations that there are.
pub fn audit(call: &Call) -> Outcome {
    let _ = call;
    Ok(Answer::Nothing)
}

/// Raises an error if there are open violations.
pub fn assert_clean(call: &Call) -> Outcome {
    let _ = call;
    Ok(Answer::Nothing)
}
