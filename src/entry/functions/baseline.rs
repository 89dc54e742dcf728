//! The baseline.

use super::{Answer, Call, Outcome};

pub fn freeze(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}

pub fn thaw(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}

pub fn export_frozen(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}

pub fn import_frozen(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}
