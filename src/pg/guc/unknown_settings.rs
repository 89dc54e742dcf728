//! Tells about settings of the prefix `guardrail` that do not exist. PostgreSQL 13 and 14 cannot reserve a prefix, so they
//! accept any name under it, at any time, as a setting that nobody reads. From 15 on PostgreSQL refuses them itself.

use std::collections::HashSet;
use std::ffi::CStr;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode, pg_sys};

use crate::pg::memory::Kept;
use crate::pg::{backend, text};
use crate::settings::parse::list::find_closest;

const PREFIX: &str = "guardrail.";

thread_local! {
    /// The names that the session has been told about.
    static TOLD: Kept<HashSet<String>> = Kept::default();
}

/// Warns about each setting under the prefix that has a value and does not exist, once in a session.
pub fn warn_of_unknown_settings() {
    let variables = Variables::all();
    // What is told while the server starts only reaches its log, and the sessions inherit what is remembered.
    let is_new =
        |name: &String| backend::is_starting_server() || TOLD.with_borrow_mut(|told| told.insert(name.clone()));
    let mut unknown = variables.names(|variable| variable.is_unknown());
    unknown.retain(is_new);
    if unknown.is_empty() {
        return;
    }
    let known = variables.names(|variable| !variable.is_placeholder());
    for name in unknown {
        backend::check_for_interrupts();
        warn(&name, &known);
    }
}

fn warn(unknown: &str, known: &[String]) {
    let close = find_closest(&unknown[PREFIX.len()..].to_lowercase(), known.iter().map(|name| &name[PREFIX.len()..]));
    let hint = close.map_or_else(
        || "All settings: SELECT name, short_desc FROM pg_settings WHERE name LIKE 'guardrail.%';".to_owned(),
        |name| format!("Did you mean \"{PREFIX}{name}\"?"),
    );
    let message = format!("unrecognized configuration parameter \"{unknown}\"");
    ErrorReport::new(PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT, message, "warn_of_unknown_settings")
        .set_detail("pg_guardrail has no such setting. The value has no effect.")
        .set_hint(hint)
        .report(PgLogLevel::WARNING);
}

/// PostgreSQL's configuration parameters. They are valid until the next one is set, so nothing may be set meanwhile.
struct Variables<'a>(&'a [*mut pg_sys::config_generic]);

struct Variable<'a>(&'a pg_sys::config_generic);

impl Variables<'_> {
    fn all() -> Self {
        // SAFETY: the array has as many entries as PostgreSQL says. Both are asked for at once, and nothing is set
        // before the slice goes out of use.
        unsafe { Self(std::slice::from_raw_parts(pg_sys::get_guc_variables(), pg_sys::GetNumConfigOptions() as usize)) }
    }

    /// The names of those under the prefix that are `wanted`.
    fn names(&self, wanted: impl Fn(&Variable) -> bool) -> Vec<String> {
        // SAFETY: each entry points to a parameter, which PostgreSQL does not free.
        let all = self.0.iter().map(|entry| Variable(unsafe { &**entry }));
        all.filter(|variable| variable.is_ours() && wanted(variable))
            // SAFETY: the name of a parameter is a NUL-terminated string.
            .map(|variable| unsafe { text::from_server(variable.0.name) })
            .collect()
    }
}

impl Variable<'_> {
    fn name(&self) -> &CStr {
        // SAFETY: the name of a parameter is a NUL-terminated string.
        unsafe { CStr::from_ptr(self.0.name) }
    }

    fn is_ours(&self) -> bool {
        let start = self.name().to_bytes().get(..PREFIX.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
    }

    /// Whether PostgreSQL only keeps a value for it, as no library has defined it.
    fn is_placeholder(&self) -> bool {
        self.0.flags & pg_sys::GUC_CUSTOM_PLACEHOLDER as i32 != 0
    }

    /// A placeholder stays after its value is reset or rolled back.
    fn is_unknown(&self) -> bool {
        self.is_placeholder() && self.0.source != pg_sys::GucSource::PGC_S_DEFAULT
    }
}
