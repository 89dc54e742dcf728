//! The reports.

use pgrx::PgSqlErrorCode::{self, ERRCODE_INVALID_PARAMETER_VALUE, ERRCODE_INVALID_TEXT_REPRESENTATION};

use super::audit::scope;
use super::{Answer, Call, Outcome};
use crate::guard::audit::{self, Audited};
use crate::pg::lines::Lines;
use crate::pg::report::RawReport;
use crate::pg::{backend, guc};
use crate::reports::{About, Entry, Format, Report};
use crate::rules;
use crate::sql;

/// Returns the violations that there are in the database as the lines of a report.
pub fn report(call: &Call) -> Outcome {
    let format = format_of(call)?;
    let scope = scope(call, 1)?;
    let about = about(call, 4)?;
    let mut lines = Lines::new(call.rows());
    let mut report = Report::begin(format, &about, &mut lines);
    audit::audit(&scope, |Audited { violation, status }| {
        if let Some(entry) = Entry::new(&violation, status) {
            report.add(&entry);
        }
    });
    report.end();
    Ok(Answer::Nothing)
}

/// Returns given violations as the lines of a report.
pub fn render(call: &Call) -> Outcome {
    let format = format_of(call)?;
    let violations = call.text_of(1, "violations")?;
    let incomplete = call.text(3).map(|why| sql::on_one_line(why.trim()).into_owned());
    let about = About { incomplete: incomplete.filter(|why| !why.is_empty()), ..about(call, 2)? };
    let mut lines = Lines::new(call.rows());
    let mut report = Report::begin(format, &about, &mut lines);
    for entry in Entry::read_lines(&violations) {
        backend::check_for_interrupts();
        report.add(&entry.map_err(|(number, problem)| {
            let message = format!("line {number} of the violations cannot be read: {}", sql::on_one_line(&problem));
            refusal(ERRCODE_INVALID_TEXT_REPRESENTATION, &message, "The lines are those of guardrail.report('json').")
        })?);
    }
    report.end();
    Ok(Answer::Nothing)
}

fn format_of(call: &Call) -> Result<Format, RawReport> {
    let name = call.text_of(0, "format")?;
    Format::find(&name).map_err(|hint| {
        let name = sql::on_one_line(sql::truncate(&name));
        let message = format!("invalid value for argument \"format\": \"{name}\"");
        refusal(ERRCODE_INVALID_PARAMETER_VALUE, &message, &hint)
    })
}

/// What a report is about; the argument at `uri` is the file that stands for every violation.
fn about(call: &Call, uri: usize) -> Result<About, RawReport> {
    let uri = call.text(uri);
    if uri.as_deref().is_some_and(|uri| uri.trim().is_empty()) {
        let hint = "It is the path of a file in the repository, as in db/schema.sql, or NULL.";
        return Err(refusal(ERRCODE_INVALID_PARAMETER_VALUE, "invalid value for argument \"uri\": it is empty", hint));
    }
    let settings = guc::in_force();
    Ok(About {
        database: backend::database_name(),
        time: backend::time_text(backend::client_command_start()),
        preset: settings.preset,
        rules: rules::in_force(&settings).collect(),
        uri,
        incomplete: None,
    })
}

fn refusal(code: PgSqlErrorCode, message: &str, hint: &str) -> RawReport {
    RawReport::failure(true, code as i32, message, "", hint)
}
