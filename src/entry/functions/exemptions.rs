//! Exemptions.

use std::collections::HashSet;

use pgrx::PgSqlErrorCode::{
    self, ERRCODE_INVALID_NAME, ERRCODE_INVALID_PARAMETER_VALUE, ERRCODE_INVALID_SCHEMA_NAME,
    ERRCODE_NULL_VALUE_NOT_ALLOWED, ERRCODE_UNDEFINED_OBJECT, ERRCODE_WRONG_OBJECT_TYPE,
};

use super::catalogue::find_rule;
use super::{Answer, Call, Outcome};
use crate::guard::audit::{self, Scope};
use crate::judge::waiver::{NO_REASON, is_reason};
use crate::pg::own_tables::{Parameter, write_as_owner};
use crate::pg::read::exemptions::{self, Stored};
use crate::pg::read::relation_by_name::{self, Named, Unusable};
use crate::pg::report::RawReport;
use crate::pg::rows::Value;
use crate::rule::{Check, EVERY_RULE, pattern_for, pattern_for_relation};
use crate::rules;
use crate::settings::parse::patterns::Patterns;
use crate::sql;

/// Exempts a table or type, or a part of it, from a rule. Returns the id of the exemption.
pub fn exempt(call: &Call) -> Outcome {
    let (rule, relation) = (call.text_of(0, "rule")?, call.text_of(1, "relation")?);
    check_rule(&rule)?;
    let reason = call.text(3).unwrap_or_default();
    check_reason(&reason)?;
    let expires_at = call.timestamp(4);
    if expires_at.is_some_and(exemptions::is_over_now) {
        let hint = "Leave out expires_at for an exemption without end.";
        return Err(refusal(ERRCODE_INVALID_PARAMETER_VALUE, "expires_at is not in the future", "", hint));
    }
    let (relation, object) = patterns_of(&relation, call.text(2))?;
    let written = write_as_owner(
        c"exemptions",
        "INSERT INTO guardrail.exemptions (rule, relation, object, reason, expires_at) VALUES ($1, $2, $3, $4, $5) \
         RETURNING id",
        &[
            Parameter::Text(Some(&rule)),
            Parameter::Text(Some(&relation)),
            Parameter::Text(object.as_deref()),
            Parameter::Text(Some(&reason)),
            Parameter::Timestamp(expires_at),
        ],
    );
    match written.and_then(|written| written.first) {
        Some(id) => Ok(Answer::Int(id)),
        None => {
            let hint = "Drop the extension and create it again.";
            Err(refusal(ERRCODE_UNDEFINED_OBJECT, "the table guardrail.exemptions is missing", "", hint))
        }
    }
}

/// The patterns for a relation, and for a part of it, that a person has named.
fn patterns_of(relation: &str, object: Option<String>) -> Result<(String, Option<String>), RawReport> {
    let is_blank = |text: &str| text.trim().is_empty();
    if object.as_deref().is_some_and(is_blank) {
        return Err(no_name("object", WHOLE_RELATION));
    }
    let named = match is_blank(relation) {
        true => None,
        false => Some(relation_by_name::resolve(relation).map_err(|unusable| refuse_relation(relation, unusable))?),
    };
    let has_name = |named: &Named| !named.name.name.is_empty() && !named.name.schema.is_empty();
    let Some(named) = named.filter(has_name) else {
        return Err(no_name("relation", "It is the name of a table or type, as in public.orders."));
    };
    let object = object.map(|object| relation_by_name::resolve_part(&object, named.relation.as_ref()));
    match object.as_deref() {
        Some("") => Err(no_name("object", WHOLE_RELATION)),
        object => Ok((pattern_for_relation(&named.name), object.map(pattern_for))),
    }
}

fn no_name(argument: &str, hint: &str) -> RawReport {
    refusal(ERRCODE_INVALID_NAME, &format!("the {argument} to exempt has no name"), "", hint)
}

/// What a missing object stands for.
const WHOLE_RELATION: &str = "If object is NULL, the relation is exempt with all its columns, constraints and indexes.";

fn refuse_relation(text: &str, unusable: Unusable) -> RawReport {
    let text = sql::on_one_line(text);
    let not_a_table = format!("\"{text}\" is not the name of a table or type");
    match unusable {
        Unusable::NoSchema => {
            let message = format!("relation \"{text}\" does not exist, and search_path has no schema to create it in");
            refusal(ERRCODE_INVALID_SCHEMA_NAME, &message, "", "Write the schema before the name.")
        }
        Unusable::Temporary => {
            let message = format!("relation \"{text}\" is temporary");
            let detail = "Temporary tables and types are never checked.";
            let hint = "For a permanent one of the same name, write the schema before the name.";
            refusal(ERRCODE_WRONG_OBJECT_TYPE, &message, detail, hint)
        }
        Unusable::WrongKind(name) => {
            let detail = format!("{} is an index or a sequence.", sql::one_line(&sql::quote_qualified(&name)));
            let hint = "Name the table as relation. A column, a constraint or an index of it is the object.";
            refusal(ERRCODE_WRONG_OBJECT_TYPE, &not_a_table, &detail, hint)
        }
        Unusable::TooManyParts => {
            let hint =
                "It is a name, or a schema and a name, in this database. A name with a dot in it needs double quotes.";
            refusal(ERRCODE_INVALID_NAME, &not_a_table, "", hint)
        }
    }
}

/// Returns true, or raises an error that says what is wrong with a row of `guardrail.exemptions`. NULL where a column is null
/// that must not be: its own constraint says so.
pub fn is_exemption(call: &Call) -> Outcome {
    let (Some(rule), Some(relation), Some(reason)) = (call.text(0), call.text(1), call.text(3)) else {
        return Ok(Answer::Nothing);
    };
    check_rule(&rule)?;
    let hint = "The pattern .* stands for every table and type.";
    check_patterns("relation", &relation, hint)?;
    if let Some(object) = call.text(2) {
        check_patterns("object", &object, WHOLE_RELATION)?;
    }
    check_reason(&reason)?;
    Ok(Answer::Bool(true))
}

fn check_rule(rule: &str) -> Result<(), RawReport> {
    if rule == EVERY_RULE { Ok(()) } else { find_rule(rule).map(|_| ()) }
}

fn check_patterns(column: &str, text: &str, hint_if_empty: &str) -> Result<(), RawReport> {
    let code = ERRCODE_INVALID_PARAMETER_VALUE;
    match Patterns::parse(text) {
        Ok(patterns) if patterns.is_empty() => {
            Err(refusal(code, &format!("{column} of the exemption is empty"), "", hint_if_empty))
        }
        Ok(_) => Ok(()),
        Err(bad) => {
            let message = format!("{column} of the exemption is not a list of patterns");
            Err(refusal(code, &message, &bad.detail, bad.hint.as_deref().unwrap_or(ABOUT_LISTS)))
        }
    }
}

const ABOUT_LISTS: &str = "It is a comma-separated list of regular expressions, each for a whole name.";

fn check_reason(reason: &str) -> Result<(), RawReport> {
    if is_reason(reason) {
        return Ok(());
    }
    let code = if reason.is_empty() { ERRCODE_NULL_VALUE_NOT_ALLOWED } else { ERRCODE_INVALID_PARAMETER_VALUE };
    let detail = if reason.trim() == NO_REASON { "The dots stand for a reason that you have to give." } else { "" };
    let hint = "Say in reason why it may stay as it is: reason => 'imported, replaced in May'.";
    Err(refusal(code, "the exemption has no reason", detail, hint))
}

fn refusal(code: PgSqlErrorCode, message: &str, detail: &str, hint: &str) -> RawReport {
    RawReport::failure(true, code as i32, message, detail, hint)
}

/// Lists the exemptions that are over, and those that match nothing that the audit finds.
pub fn list_unused_exemptions(call: &Call) -> Outcome {
    let all = exemptions::read_all().unwrap_or_default();
    let is_audited = |stored: &Stored| !stored.is_over && is_seen_by_audit(&stored.exemption.rule);
    let used = match all.iter().any(is_audited) {
        true => audit::audit(&Scope::everything(), |_| {}),
        false => HashSet::new(),
    };
    let cause = |stored: &Stored| match stored.is_over {
        true => Some("expired"),
        false => (is_audited(stored) && !used.contains(&stored.exemption.id)).then_some("unused"),
    };
    let unused = all.iter().filter_map(|stored| Some((stored.exemption.id, cause(stored)?)));
    call.write_rows(unused, |(id, cause), column| {
        Some(match column {
            "id" => Value::Int(*id),
            "cause" => Value::text(cause),
            _ => return None,
        })
    })
}

/// Whether the audit can find what an exemption of this rule is for. What is about statements and transactions is gone with
/// them.
fn is_seen_by_audit(rule: &str) -> bool {
    rules::find(rule).is_none_or(|rule| matches!(rule.check, Check::Relation(_)))
}
