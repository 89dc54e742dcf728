//! What there is to know about the rules.

use pgrx::PgSqlErrorCode;

use super::{Answer, Call, Outcome};
use crate::pg::read::exemptions::{self, Stored};
use crate::pg::read::frozen;
use crate::pg::report::RawReport;
use crate::pg::rows::Value;
use crate::pg::{backend, guc};
use crate::rule::{EVERY_RULE, Rule, page};
use crate::rules;
use crate::settings::parse::list;
use crate::sql;

/// Lists every rule with the level that the preset gives it and the level in force.
pub fn list_rules(call: &Call) -> Outcome {
    let settings = guc::in_force();
    call.write_rows(rules::ALL, |rule, column| {
        Some(match column {
            "id" => Value::text(rule.id),
            "moment" => Value::text(rule.moment.word()),
            "preset_level" => Value::text(rule.levels.under(settings.preset).word()),
            "level" => Value::text(settings.level(rule.id).word()),
            "summary" => Value::text(rule.summary),
            "reason" => Value::text(rule.reason),
            _ => return None,
        })
    })
}

/// Returns the documentation page of a rule, with its level and its options in force. Raises an error if there is no
/// such rule.
pub fn explain(call: &Call) -> Outcome {
    let rule = find_rule(&call.text_of(0, "rule")?)?;
    let settings = guc::in_force();
    let mut page = page::page(rule);
    page += &format!("\n## In force\n\n* guardrail.{}: {}\n", rule.id, settings.level(rule.id).word());
    for option in rule.options {
        page += &format!("* guardrail.{}: {}\n", option.name(), guc::text_in_force(option.name()));
    }
    page += &exemptions_of(rule).unwrap_or_default();
    Ok(Answer::Text(page))
}

/// How many exemptions a page lists at most.
const MAX_EXEMPTIONS: usize = 20;

/// How many characters of a reason a page shows at most.
const MAX_REASON_LENGTH: usize = 500;

/// The section about the exemptions of a rule and what is frozen of it; `None` if there are no tables for them, because the SQL
/// of the extension is older than the library.
fn exemptions_of(rule: &Rule) -> Option<String> {
    let mut of_rule = exemptions::read_all()?;
    of_rule.retain(|stored| [rule.id, EVERY_RULE].contains(&stored.exemption.rule.as_str()));
    let frozen = frozen::count_of(rule.id)?;
    let mut section = "\n## Exemptions\n\n".to_owned();
    for stored in of_rule.iter().take(MAX_EXEMPTIONS) {
        section += &format!("* {}\n", describe(stored));
    }
    match of_rule.len().checked_sub(MAX_EXEMPTIONS) {
        _ if of_rule.is_empty() => section += "* none\n",
        None | Some(0) => {}
        Some(more) => section += &format!("* and {more} more: SELECT * FROM guardrail.exemptions;\n"),
    }
    Some(section + &format!("\nFrozen violations: {frozen}\n"))
}

/// An exemption on one line.
fn describe(stored: &Stored) -> String {
    let exemption = &stored.exemption;
    let object = exemption.object.as_ref().map_or(String::new(), |object| format!(", object {object}"));
    let end = match stored.expires_at {
        None => String::new(),
        Some(end) if stored.is_over => format!(", over since {}", backend::time_text(end)),
        Some(end) => format!(", until {}", backend::time_text(end)),
    };
    let line =
        format!("{}{object}: {} (by {}{end})", exemption.relation, shorten(&exemption.reason), stored.created_by);
    sql::on_one_line(&line).into_owned()
}

fn shorten(reason: &str) -> String {
    match reason.char_indices().nth(MAX_REASON_LENGTH) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
}

/// The rule of this id, or the error that there is none.
pub fn find_rule(id: &str) -> Result<&'static Rule, RawReport> {
    rules::find(id).ok_or_else(|| {
        let id = sql::truncate(id);
        let closest = list::find_closest(id, rules::ALL.iter().map(|other| other.id));
        let hint =
            closest.map_or("The view guardrail.rules lists them.".to_owned(), |id| format!("Did you mean \"{id}\"?"));
        let code = PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT as i32;
        RawReport::failure(true, code, &format!("rule \"{id}\" does not exist"), "", &hint)
    })
}
