//! The audit.

use pgrx::PgSqlErrorCode;

use super::{Answer, Call, Outcome, violations};
use crate::guard::audit::{self, Audited, Scope};
use crate::pg::report::{self, RawReport, VIOLATION, sqlstate};
use crate::pg::rows::Value;
use crate::rule::{Status, Violation};
use crate::rules;
use crate::settings::Level;
use crate::settings::parse::list;
use crate::settings::parse::patterns::Patterns;
use crate::sql;

/// How many violations the error of `assert_clean` names.
const MAX_NAMED: usize = 10;

/// Lists the violations that there are.
pub fn audit(call: &Call) -> Outcome {
    let scope = scope(call, 0)?;
    let mut rows = call.rows();
    audit::audit(&scope, |Audited { violation, status }| {
        rows.write(|column| match column {
            "certain" => Some(Value::Bool(violation.is_certain)),
            "status" => Some(Value::text(status.word())),
            _ => violations::value(&violation, column),
        });
    });
    Ok(Answer::Nothing)
}

/// The scope that three arguments of a call give, from the one at `first` on.
pub fn scope(call: &Call, first: usize) -> Result<Scope, RawReport> {
    let patterns = |at: usize, name: &str| {
        let text = call.text_of(at, name)?;
        Patterns::parse_single(&text).map_err(|bad| {
            let code = PgSqlErrorCode::ERRCODE_INVALID_REGULAR_EXPRESSION as i32;
            RawReport::failure(true, code, &format!("invalid value for argument \"{name}\""), &bad.detail, "")
        })
    };
    let scope = Scope {
        schemas: patterns(first, "schemas")?,
        tables: patterns(first + 1, "tables")?,
        rules: patterns(first + 2, "rules")?,
    };
    // A name that is not spelled right finds nothing, which looks like a database without violations.
    if !rules::ALL.iter().any(|rule| scope.rules.matches(rule.id)) {
        report::send(&no_such_rule(&call.text_of(first + 2, "rules")?));
    }
    Ok(scope)
}

/// The warning that a pattern stands for no rule.
fn no_such_rule(pattern: &str) -> RawReport {
    let code = PgSqlErrorCode::ERRCODE_WARNING as i32;
    let pattern = sql::on_one_line(pattern);
    let message = format!("no rule has a name that \"{pattern}\" matches as a whole");
    let close = list::find_closest(&pattern, rules::ALL.iter().map(|rule| rule.id));
    let hint = close.map_or("The view guardrail.rules lists them.".to_owned(), |id| format!("Did you mean \"{id}\"?"));
    RawReport::failure(false, code, &message, "", &hint)
}

/// Raises an error if there are open violations of a level or above; with `only_new = false` frozen ones count, too.
pub fn assert_clean(call: &Call) -> Outcome {
    let level = level_of(&call.text_of(0, "level")?)?;
    let only_new = call.bool_of(1, "only_new")?;
    let (mut count, mut named, mut rest) = (0_usize, Vec::new(), 0_usize);
    audit::audit(&Scope::everything(), |Audited { violation, status }| {
        let counts = status == Status::Open || (status == Status::Frozen && !only_new);
        if !counts || violation.level < level {
            return;
        }
        count += 1;
        match named.len() < MAX_NAMED {
            true => named.push(describe(&violation)),
            false => rest += 1,
        }
    });
    if count == 0 {
        return Ok(Answer::Nothing);
    }
    if rest > 0 {
        named.push(format!("… and {rest} more"));
    }
    let violations = if count == 1 { "violation" } else { "violations" };
    let open = if only_new { "open " } else { "" };
    let above = if level == Level::Error { "" } else { " or above" };
    let message = format!("the database has {count} {open}{violations} at level {}{above}", level.word());
    let of_status = if only_new { "status = 'open'" } else { "status <> 'exempt'" };
    let of_level = match level {
        Level::Error => " AND level = 'error'",
        Level::Warning => " AND level <> 'notice'",
        Level::Notice | Level::Off => "",
    };
    let hint = format!("All of them, with their fixes: SELECT * FROM guardrail.audit() WHERE {of_status}{of_level};");
    Err(RawReport::failure(true, sqlstate(VIOLATION), &message, &named.join("\n"), &hint))
}

/// A violation in a line, which ends in its rule in the words that all violations end in.
fn describe(violation: &Violation) -> String {
    let perhaps = if violation.is_certain { "" } else { " (not certain: PostgreSQL would choose the same name)" };
    format!("{}{perhaps}. Rule: {} ({}).", violation.message, violation.rule, violation.level.word())
}

/// The level of this word.
fn level_of(word: &str) -> Result<Level, RawReport> {
    let levels = || Level::ALL.iter().filter(|level| **level != Level::Off);
    levels().find(|level| level.word().eq_ignore_ascii_case(word)).copied().ok_or_else(|| {
        let words = || levels().map(|level| level.word());
        let close = list::find_closest(&word.to_lowercase(), words());
        let close = close.map_or(String::new(), |word| format!("Did you mean \"{word}\"? "));
        let available = words().collect::<Vec<_>>().join(", ");
        let code = PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE as i32;
        let message = format!("invalid value for argument \"level\": \"{word}\"");
        RawReport::failure(true, code, &message, "", &format!("{close}Available values: {available}."))
    })
}
