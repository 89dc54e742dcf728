//! What there is to know about the rules.

use pgrx::PgSqlErrorCode;

use super::{Answer, Call, Outcome};
use crate::pg::guc;
use crate::pg::report::RawReport;
use crate::pg::rows::Value;
use crate::rule::{Rule, page};
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
    Ok(Answer::Text(page))
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
