//! Exemptions.

use super::{Answer, Call, Outcome};

pub fn exempt(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}

pub fn is_exemption(_: &Call) -> Outcome {
    Ok(Answer::Bool(true))
}

pub fn list_unused_exemptions(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}
