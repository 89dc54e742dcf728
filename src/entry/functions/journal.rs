//! The journal.

use super::{Answer, Call, Outcome, need_table};
use crate::guard::journal;

/// Removes what is older than the setting says; returns how many rows that was.
pub fn prune_journal(_: &Call) -> Outcome {
    need_table(c"journal")?;
    Ok(Answer::Int(journal::prune() as i64))
}
