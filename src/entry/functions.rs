//! The SQL functions. Their signatures in SQL stand in sql/pg_guardrail.sql.

use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use crate::guard::session;
use crate::pg::guc;
use crate::rule::page;
use crate::rules;
use crate::settings::parse::list;

/// Every rule with its level under the preset and the level in force.
#[pg_extern(sql = false)]
fn guardrail_list_rules() -> TableIterator<
    'static,
    (
        name!(id, &'static str),
        name!(judged_at, &'static str),
        name!(preset_level, &'static str),
        name!(level, &'static str),
        name!(summary, Text),
        name!(reason, Text),
    ),
> {
    let settings = guc::in_force();
    let rows = rules::ALL.iter().map(move |rule| {
        let preset_level = rule.levels.under(settings.preset).word();
        (
            rule.id,
            rule.moment.word(),
            preset_level,
            settings.level(rule.id).word(),
            text(rule.summary),
            text(rule.reason),
        )
    });
    TableIterator::new(rows)
}

/// The page of a rule, with its level and its options in force.
#[pg_extern(sql = false)]
fn guardrail_explain(rule: &str) -> Text {
    let Some(found) = rules::find(rule) else {
        let close = list::closest(rule, rules::ALL.iter().map(|known| known.id));
        let hint =
            close.map_or("The view guardrail.rules lists them.".to_owned(), |id| format!("Did you mean \"{id}\"?"));
        let message = format!("rule \"{rule}\" does not exist");
        ErrorReport::new(PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT, message, "guardrail_explain")
            .set_hint(hint)
            .report(PgLogLevel::ERROR);
        unreachable!("an error does not come back");
    };
    let settings = guc::in_force();
    let mut page = page::page(found);
    page += &format!("\n## In force\n\n* guardrail.{rule}: {}\n", settings.level(found.id).word());
    for option in found.options {
        page += &format!("* guardrail.{}: {}\n", option.name(), guc::text_in_force(option.name()));
    }
    Text(page)
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
        name!(schema_name, Text),
        name!(table_name, Text),
        name!(column_name, Option<Text>),
        name!(constraint_name, Option<Text>),
        name!(data_type, Option<Text>),
        name!(message, Text),
        name!(reason, Text),
        name!(fix, Text),
    ),
> {
    let violations = session::with(|s| s.last_violations().to_vec());
    TableIterator::new(violations.into_iter().map(|v| {
        (
            v.rule,
            v.level.word(),
            v.moment.word(),
            v.object_kind,
            Text(v.relation.schema),
            Text(v.relation.name),
            v.column.map(Text),
            v.constraint.or(v.index).map(Text),
            v.data_type.map(|name| Text(name.to_string())),
            Text(v.message),
            text(v.reason),
            Text(v.fix),
        )
    }))
}

/// A text that reaches SQL in the server's encoding.
struct Text(String);

fn text(text: &str) -> Text {
    Text(text.to_owned())
}

impl IntoDatum for Text {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        // SAFETY: the C string is NUL-terminated; the text is a copy in the current memory context.
        Some(unsafe { pg_sys::cstring_to_text(crate::pg::text::to_server(&self.0)) }.into())
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTOID
    }
}

// SAFETY: a datum of type text is made, never null.
unsafe impl BoxRet for Text {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: as above.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

pgrx::impl_sql_translatable!(Text, "text");
