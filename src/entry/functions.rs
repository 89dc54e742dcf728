//! The SQL functions. sql/pg_guardrail.sql declares them.

use std::collections::HashMap;

use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use crate::facts::QualifiedName;
use crate::guard::session;
use crate::pg::text::{from_server, to_server};
use crate::pg::{backend, guc};
use crate::rule::{Fix, FixApplies, Violation, page};
use crate::rules;
use crate::settings::parse::list;
use crate::sql;

/// Lists every rule with the level that the preset gives it and the level in force.
#[pg_extern(sql = false)]
fn guardrail_list_rules() -> TableIterator<
    'static,
    (
        name!(id, &'static str),
        name!(moment, &'static str),
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

/// Returns the documentation page of a rule, with its level and its options in force. Raises an error if there is no
/// such rule.
#[pg_extern(sql = false)]
fn guardrail_explain(rule: Text) -> Text {
    let rule = rule.0;
    let Some(known_rule) = rules::find(&rule) else {
        // pgrx sends the message as it is, whatever the server's encoding.
        let rule = sql::truncate(&rule).escape_default().to_string();
        let closest = list::find_closest(&rule, rules::ALL.iter().map(|other| other.id));
        let hint =
            closest.map_or("The view guardrail.rules lists them.".to_owned(), |id| format!("Did you mean \"{id}\"?"));
        let message = format!("rule \"{rule}\" does not exist");
        ErrorReport::new(PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT, message, "guardrail_explain")
            .set_hint(hint)
            .report(PgLogLevel::ERROR);
        unreachable!("reporting an error does not return");
    };
    let settings = guc::in_force();
    let mut page = page::page(known_rule);
    page += &format!("\n## In force\n\n* guardrail.{rule}: {}\n", settings.level(known_rule.id).word());
    for option in known_rule.options {
        page += &format!("* guardrail.{}: {}\n", option.name(), guc::text_in_force(option.name()));
    }
    Text(page)
}

/// Lists the violations of the last client command that was checked.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)]
fn guardrail_last_violations() -> TableIterator<
    'static,
    (
        name!(rule, &'static str),
        name!(level, &'static str),
        name!(moment, &'static str),
        name!(object_kind, &'static str),
        name!(schema_name, Text),
        name!(table_name, Text),
        name!(column_name, Option<Text>),
        name!(constraint_name, Option<Text>),
        name!(data_type, Option<Text>),
        name!(message, Text),
        name!(reason, Text),
        name!(fix, Text),
        name!(fix_applies, &'static str),
        name!(fix_caution, Option<Text>),
    ),
> {
    // What one role did is for nobody to see who has not its rights: sessions are handed on, and change their roles.
    let (violations, role) = session::with(|session| {
        let (violations, role) = session.record.last();
        (violations.to_vec(), role)
    });
    let mut violations = if backend::outer_role_has_rights_of(role) { violations } else { Vec::new() };
    share_fixes(&mut violations);
    violations.sort_by_key(|violation| violation.fix.phase);
    TableIterator::new(violations.into_iter().map(|violation| {
        (
            violation.rule,
            violation.level.word(),
            violation.moment.word(),
            violation.object_kind,
            Text(violation.relation.schema),
            Text(violation.relation.name),
            violation.column.map(Text),
            violation.constraint.or(violation.index).map(Text),
            violation.data_type.map(|name| Text(name.to_string())),
            Text(violation.message),
            text(&violation.reason),
            Text(violation.fix.text()),
            violation.fix.applies.words(),
            violation.fix.caution.map(Text),
        )
    }))
}

/// Lets the fixes share what they have in common, since a command may have been checked more than once. An element means
/// something in its own table only, so those of two tables are kept apart.
fn share_fixes(violations: &mut [Violation]) {
    let mut groups: HashMap<Option<QualifiedName>, Vec<&mut Fix>> = HashMap::new();
    for violation in violations {
        let table = (violation.fix.applies == FixApplies::Instead).then(|| violation.relation.clone());
        groups.entry(table).or_default().push(&mut violation.fix);
    }
    for fixes in groups.into_values() {
        Fix::share(fixes.into_iter());
    }
}

/// A text that is converted from and to the server's encoding on its way from and to SQL. pgrx passes Rust's strings as
/// they are.
struct Text(String);

fn text(text: &str) -> Text {
    Text(text.to_owned())
}

impl IntoDatum for Text {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        // SAFETY: `to_server` returns a NUL-terminated string, which is copied into a text in the current memory
        // context.
        Some(unsafe { pg_sys::cstring_to_text(to_server(&self.0)) }.into())
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTOID
    }
}

impl FromDatum for Text {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the caller promises that the datum is a text if it is not null, and text_to_cstring returns a
        // NUL-terminated copy.
        (!is_null).then(|| unsafe { Self(from_server(pg_sys::text_to_cstring(datum.cast_mut_ptr()))) })
    }
}

// SAFETY: the function is strict, so its argument, a text as SQL is told below, is not null.
unsafe impl<'fcx> ArgAbi<'fcx> for Text {
    unsafe fn unbox_arg_unchecked(argument: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above.
        unsafe { argument.unbox_arg_using_from_datum() }.expect("the function is strict")
    }
}

// SAFETY: what is returned is a datum of type text, as SQL is told below.
unsafe impl BoxRet for Text {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: the datum is of type text and lives in the memory context that the function was called in.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

pgrx::impl_sql_translatable!(Text, "text");
