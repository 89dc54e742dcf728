//! Tells about the types and roles that an option names and that do not exist.

use std::collections::HashSet;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};

use crate::pg::backend;
use crate::pg::memory::Kept;
use crate::pg::read::type_by_name;
use crate::settings::{AnyOption, Mention, MentionKind};

thread_local! {
    /// The names that the session has been told about.
    static TOLD: Kept<HashSet<Mention>> = Kept::default();
}

/// Warns about each type and role that the text of an option names and that does not exist, once in a session. Needs a
/// catalog to look into.
pub fn warn_of_unknown_names(option: &dyn AnyOption, text: &str) {
    for mention in option.mentions_in(text) {
        if !exists(&mention) && TOLD.with_borrow_mut(|told| told.insert(mention.clone())) {
            warn(option, &mention);
        }
    }
}

fn exists(mention: &Mention) -> bool {
    match mention.kind {
        MentionKind::Type => type_by_name::resolve(&mention.name).is_some(),
        MentionKind::Role => backend::find_role(&mention.name).is_some(),
    }
}

fn warn(option: &dyn AnyOption, mention: &Mention) {
    let Mention { kind, place, name } = mention;
    let noun = kind.noun();
    let message = format!("parameter \"guardrail.{}\" names a {noun} that does not exist", option.name());
    ErrorReport::new(PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT, message, "warn_of_unknown_names")
        .set_detail(format!("{place}: {noun} \"{name}\" does not exist. The rest of the value takes effect."))
        .set_hint(kind.hint())
        .report(PgLogLevel::WARNING);
}
