//! The dry run.

use super::{Answer, Call, Outcome};

pub fn dry_run(_: &Call) -> Outcome {
    Ok(Answer::Nothing)
}
