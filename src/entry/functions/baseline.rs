//! The baseline.

use pgrx::PgSqlErrorCode;

use super::audit::scope;
use super::{Answer, Call, Outcome, need_table};
use crate::guard::baseline;
use crate::pg::report::{self, RawReport};
use crate::pg::rows::Value;

/// Stores the open violations; returns how many.
pub fn freeze(call: &Call) -> Outcome {
    need_table(c"frozen")?;
    let done = baseline::freeze(&scope(call, 0)?, call.bool_of(3, "add_new")?);
    if done.left_out > 0 {
        let violations = if done.left_out == 1 { "violation was" } else { "violations were" };
        report::send(&RawReport::notice(&format!(
            "{} open {violations} left out, as there is a baseline already; add_new => true adds them",
            done.left_out
        )));
    }
    Ok(Answer::Int(done.added as i64))
}

/// Removes what is gone; returns how much.
pub fn thaw(_: &Call) -> Outcome {
    need_table(c"frozen")?;
    Ok(Answer::Int(baseline::thaw() as i64))
}

/// Returns the baseline as sorted lines.
pub fn export_frozen(call: &Call) -> Outcome {
    call.write_rows(baseline::export(), |line, _| Some(Value::text(line)))
}

/// Adds such lines to the baseline; returns how many were new.
pub fn import_frozen(call: &Call) -> Outcome {
    need_table(c"frozen")?;
    let added = baseline::import(&call.text_of(0, "lines")?).map_err(|(number, problem)| {
        let code = PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION as i32;
        let message = format!("line {number} of the baseline cannot be read: {problem}");
        let hint = "The lines are those of guardrail.export_frozen(). Nothing was added.";
        RawReport::failure(true, code, &message, "", hint)
    })?;
    Ok(Answer::Int(added as i64))
}
