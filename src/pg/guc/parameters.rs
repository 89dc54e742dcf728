//! Registers the settings with PostgreSQL. There is one for the mode, one for the preset, one for the number of messages,
//! one for the journal, one for the log, one for each rule's level and one for each option.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use pgrx::{pg_guard, pg_sys};

use super::hooks::HOOKS;
use super::late_load;
use super::variables::{self, FOLLOWS, Variables, advance_generation};
#[cfg(any(feature = "pg13", feature = "pg14"))]
use crate::pg::backend;
use crate::rules;
use crate::settings::{
    AnyOption, DEFAULT_JOURNAL, DEFAULT_LOG_REFUSALS, DEFAULT_MAX_MESSAGES, DEFAULT_PRESET, FOLLOW_PRESET, Level, Mode,
    Preset,
};

/// Registers every setting and reserves the prefix `guardrail`; called once when the library is loaded.
pub fn register() {
    let mut registration = Registration::default();
    let mode = registration.define_enum(
        "mode",
        "Sets what is done about violations of the rules.",
        "\"off\" checks nothing, \"warn\" reports errors as warnings, \"enforce\" refuses what violates a rule at level \
         error.",
        Mode::Warn as c_int,
        &Mode::ALL.iter().map(|mode| (mode.word(), *mode as c_int)).collect::<Vec<_>>(),
    );
    let preset = registration.define_enum(
        "preset",
        "Sets the level of each rule and the default of each option that have no value of their own.",
        "",
        DEFAULT_PRESET as c_int,
        &Preset::ALL.iter().map(|preset| (preset.word(), *preset as c_int)).collect::<Vec<_>>(),
    );
    let max_messages = registration.define_max_messages();
    let journal = registration.define_switch(
        "journal",
        c"Sets whether violations that are let through are written to guardrail.journal.",
        c"Warnings, notices and what an exemption covers are written in the same transaction.",
        DEFAULT_JOURNAL,
    );
    let log_refusals = registration.define_switch(
        "log_refusals",
        c"Sets whether each refusal is written to the server's log as one line of JSON.",
        c"The line begins with \"pg_guardrail refusal: \". The client does not get it.",
        DEFAULT_LOG_REFUSALS,
    );
    let mut words = vec![(FOLLOW_PRESET, FOLLOWS)];
    words.extend(Level::ALL.iter().map(|level| (level.word(), *level as c_int)));
    let levels = rules::ALL
        .iter()
        .map(|rule| {
            let summary = format!("Sets the level of the rule against {}.", rule.summary);
            let moment = rule.moment.phrase();
            let details =
                format!("\"{FOLLOW_PRESET}\" stands for the level that guardrail.preset sets. Checked {moment}.");
            registration.define_enum(rule.id, &summary, &details, FOLLOWS, &words)
        })
        .collect();
    let options = rules::OPTIONS.iter().enumerate().map(|(at, option)| registration.define_text(at, *option)).collect();
    variables::keep(Variables { mode, preset, max_messages, journal, log_refusals, levels, options });
    reserve_prefix();
    registration.refused.restore();
}

/// Makes PostgreSQL refuse settings with the prefix that do not exist. Before 15 it cannot; they are reported.
fn reserve_prefix() {
    #[cfg(any(feature = "pg13", feature = "pg14"))]
    if !backend::is_parallel_worker() {
        super::unknown_settings::warn_of_unknown_settings();
    }
    #[cfg(not(any(feature = "pg13", feature = "pg14")))]
    // SAFETY: the prefix is NUL-terminated and static.
    unsafe {
        pg_sys::MarkGUCPrefixReserved(c"guardrail".as_ptr())
    };
}

/// Copies a text into a C string that is never freed: PostgreSQL keeps the pointer.
fn leak_c_string(text: &str) -> &'static CStr {
    Box::leak(CString::new(text).unwrap_or_default().into_boxed_c_str())
}

/// The same, with null for an empty text.
fn leak_unless_empty(text: &str) -> *const c_char {
    if text.is_empty() { null() } else { leak_c_string(text).as_ptr() }
}

/// Defines settings, and notes what they lose by that.
#[derive(Default)]
struct Registration {
    refused: late_load::Refused,
}

impl Registration {
    /// Has `define` define the setting of this name, without its prefix. `define` gets the whole name and the variable
    /// for the value, which PostgreSQL uses as long as the process lives. Returns the address of that variable.
    fn define<T: 'static>(&mut self, name: &str, value: T, define: impl FnOnce(*const c_char, *mut T)) -> *const T {
        let name = leak_c_string(&format!("guardrail.{name}"));
        let variable: *mut T = Box::leak(Box::new(value));
        self.refused.watch(name, || define(name.as_ptr(), variable));
        variable
    }

    /// Defines a setting with a choice of words, each with the number that stands for it.
    fn define_enum(
        &mut self,
        name: &str,
        summary: &str,
        details: &str,
        default: c_int,
        words: &[(&str, c_int)],
    ) -> *const c_int {
        let entry = |name: *const c_char, val| pg_sys::config_enum_entry { name, val, hidden: false };
        let mut entries: Vec<_> = words.iter().map(|(word, val)| entry(leak_c_string(word).as_ptr(), *val)).collect();
        entries.push(entry(null(), 0));
        // SAFETY: the strings, the entries and the variable are leaked, so they live as long as PostgreSQL uses them.
        // The entries end with a null name.
        self.define(name, default, |name, variable| unsafe {
            pg_sys::DefineCustomEnumVariable(
                name,
                leak_c_string(summary).as_ptr(),
                leak_unless_empty(details),
                variable,
                default,
                entries.leak().as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                0,
                None,
                Some(number_assigned),
                None,
            );
        })
    }

    /// Defines the setting for the number of messages.
    fn define_max_messages(&mut self) -> *const c_int {
        let default = DEFAULT_MAX_MESSAGES as c_int;
        // SAFETY: the strings are static and the variable is leaked, so they live as long as PostgreSQL uses them.
        self.define("max_messages", default, |name, variable| unsafe {
            pg_sys::DefineCustomIntVariable(
                name,
                c"Sets how many warnings and notices a statement or COMMIT sends at most.".as_ptr(),
                c"One more message says how many violations were left out; guardrail.last_violations() lists them. \
                  An error does not count."
                    .as_ptr(),
                variable,
                default,
                1,
                c_int::MAX,
                pg_sys::GucContext::PGC_SUSET,
                0,
                None,
                Some(number_assigned),
                None,
            );
        })
    }

    /// Defines a setting that is on or off.
    fn define_switch(
        &mut self,
        name: &str,
        summary: &'static CStr,
        details: &'static CStr,
        default: bool,
    ) -> *const bool {
        // SAFETY: the strings are static and the variable is leaked, so they live as long as PostgreSQL uses them.
        self.define(name, default, |name, variable| unsafe {
            pg_sys::DefineCustomBoolVariable(
                name,
                summary.as_ptr(),
                details.as_ptr(),
                variable,
                default,
                pg_sys::GucContext::PGC_SUSET,
                0,
                None,
                Some(switch_assigned),
                None,
            );
        })
    }

    /// Defines the setting of the option at this position.
    fn define_text(&mut self, at: usize, option: &dyn AnyOption) -> *const *mut c_char {
        let (check, show) = HOOKS[at];
        // SAFETY: the strings and the variable are leaked, so they live as long as PostgreSQL uses them. A null boot
        // value is allowed; it means "not set", and the show hook shows the default instead.
        self.define(option.name(), null_mut(), |name, variable| unsafe {
            pg_sys::DefineCustomStringVariable(
                name,
                leak_c_string(option.summary()).as_ptr(),
                leak_unless_empty(option.details()),
                variable,
                null(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GUC_LIST_INPUT as c_int,
                Some(check),
                Some(text_assigned),
                Some(show),
            );
        })
    }
}

/// Called by PostgreSQL when it has set the mode, the preset, the number of messages or a level.
#[pg_guard]
unsafe extern "C-unwind" fn number_assigned(_value: c_int, _extra: *mut c_void) {
    advance_generation();
}

/// Called by PostgreSQL when it has set what is on or off.
#[pg_guard]
unsafe extern "C-unwind" fn switch_assigned(_value: bool, _extra: *mut c_void) {
    advance_generation();
}

/// Called by PostgreSQL when it has set an option.
#[pg_guard]
unsafe extern "C-unwind" fn text_assigned(_value: *const c_char, _extra: *mut c_void) {
    advance_generation();
}
