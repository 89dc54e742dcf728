//! The SQL functions behind `guardrail.rules` and `guardrail.last_violations()`. Their signatures in SQL stand in
//! sql/pg_guardrail.sql.

use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use super::guc;
use crate::{docs, list, rules, session};

/// Every rule with its level under the preset and the level in force.
#[pg_extern(sql = false)]
fn guardrail_list_rules() -> TableIterator<
    'static,
    (
        name!(id, &'static str),
        name!(judged_at, &'static str),
        name!(preset_level, &'static str),
        name!(level, &'static str),
        name!(summary, &'static str),
        name!(reason, &'static str),
    ),
> {
    let settings = guc::in_force();
    let rows = rules::ALL.iter().map(move |rule| {
        let preset_level = rule.levels.under(settings.preset).word();
        (rule.id, rule.check.moment(), preset_level, settings.level(rule).word(), rule.summary, rule.reason)
    });
    TableIterator::new(rows)
}

/// The page of a rule, with its level and its options in force.
#[pg_extern(sql = false)]
fn guardrail_explain(rule: &str) -> String {
    let Some(found) = rules::find(rule) else {
        let close = list::closest(rule, rules::ALL.iter().map(|known| known.id));
        let hint = close.map_or("The view guardrail.rules lists them.".to_owned(), |id| format!("Did you mean \"{id}\"?"));
        let message = format!("rule \"{rule}\" does not exist");
        ErrorReport::new(PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT, message, "guardrail_explain")
            .set_hint(hint)
            .report(PgLogLevel::ERROR);
        unreachable!("an error does not come back");
    };
    let settings = guc::in_force();
    let mut page = docs::page(found);
    page += &format!("\n## In force\n\n* guardrail.{rule}: {}\n", settings.level(found).word());
    for option in found.options {
        page += &format!("* guardrail.{}: {}\n", option.name(), guc::text_in_force(option.name()));
    }
    page
}

/// The violations of the last client command that was judged.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)]
fn guardrail_last_violations() -> TableIterator<
    'static,
    (
        name!(rule, &'static str),
        name!(level, &'static str),
        name!(judged_at, &'static str),
        name!(object_kind, &'static str),
        name!(schema_name, String),
        name!(table_name, String),
        name!(column_name, Option<String>),
        name!(constraint_name, Option<String>),
        name!(data_type, Option<String>),
        name!(message, String),
        name!(reason, &'static str),
        name!(fix, String),
    ),
> {
    let violations = session::with(|s| s.last_violations().to_vec());
    TableIterator::new(violations.into_iter().map(|v| {
        let data_type = v.data_type.map(|name| name.to_string());
        let (schema, table) = (v.relation.schema, v.relation.name);
        (
            v.rule,
            v.level.word(),
            v.judged_at,
            v.object_kind,
            schema,
            table,
            v.column,
            v.constraint,
            data_type,
            v.message,
            v.reason,
            v.fix,
        )
    }))
}
