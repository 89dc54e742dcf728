//! Registers the settings with PostgreSQL. There is one for the mode, one for the preset, one for the number of messages,
//! one for each rule's level and one for each option.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use pgrx::{pg_guard, pg_sys};

use super::hooks::HOOKS;
use super::late_load;
use super::variables::{self, FOLLOWS, Variables, advance_generation};
use crate::rules;
use crate::settings::{AnyOption, DEFAULT_MAX_MESSAGES, DEFAULT_PRESET, FOLLOW_PRESET, Level, Mode, Preset};

/// Registers every setting and reserves the prefix `guardrail`; called once when the library is loaded.
pub fn register() {
    let placeholders = late_load::Values::read(setting_names().map(|name| format!("guardrail.{name}")));
    let mode = define_enum(
        "mode",
        "Sets what is done about violations of the rules.",
        "\"off\" checks nothing, \"warn\" reports errors as warnings, \"enforce\" refuses what violates a rule at level \
         error.",
        Mode::Warn as c_int,
        &Mode::ALL.iter().map(|mode| (mode.word(), *mode as c_int)).collect::<Vec<_>>(),
    );
    let preset = define_enum(
        "preset",
        "Sets the level of each rule and the default of each option that have no value of their own.",
        "",
        DEFAULT_PRESET as c_int,
        &Preset::ALL.iter().map(|preset| (preset.word(), *preset as c_int)).collect::<Vec<_>>(),
    );
    let max_messages = define_max_messages();
    let mut words = vec![(FOLLOW_PRESET, FOLLOWS)];
    words.extend(Level::ALL.iter().map(|level| (level.word(), *level as c_int)));
    let levels = rules::ALL
        .iter()
        .map(|rule| {
            let summary = format!("Sets the level of the rule against {}.", rule.summary);
            let moment = rule.moment.phrase();
            let details =
                format!("\"{FOLLOW_PRESET}\" stands for the level that guardrail.preset sets. Checked {moment}.");
            define_enum(rule.id, &summary, &details, FOLLOWS, &words)
        })
        .collect();
    let options = rules::OPTIONS.iter().enumerate().map(|(at, option)| define_text(at, *option)).collect();
    variables::keep(Variables { mode, preset, max_messages, levels, options });
    reserve_prefix();
    placeholders.restore_if_lost();
}

/// The names of all settings, without their prefix.
fn setting_names() -> impl Iterator<Item = &'static str> {
    let rules = rules::ALL.iter().map(|rule| rule.id);
    ["mode", "preset", "max_messages"].into_iter().chain(rules).chain(rules::OPTIONS.iter().map(|option| option.name()))
}

/// Makes PostgreSQL refuse settings with the prefix that do not exist (before 15: warn about them).
fn reserve_prefix() {
    let prefix = c"guardrail".as_ptr();
    // SAFETY: `prefix` is NUL-terminated and static.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14"))]
        pg_sys::EmitWarningsOnPlaceholders(prefix);
        #[cfg(not(any(feature = "pg13", feature = "pg14")))]
        pg_sys::MarkGUCPrefixReserved(prefix);
    }
}

/// Copies a text into a C string that is never freed: PostgreSQL keeps the pointer.
fn leak_c_string(text: &str) -> *const c_char {
    CString::new(text).unwrap_or_default().into_raw()
}

/// Registers a setting with a choice of words, each with the number that stands for it. Returns the address of its
/// value.
fn define_enum(name: &str, summary: &str, details: &str, default: c_int, words: &[(&str, c_int)]) -> *const c_int {
    let mut entries: Vec<_> = words
        .iter()
        .map(|(word, val)| pg_sys::config_enum_entry { name: leak_c_string(word), val: *val, hidden: false })
        .collect();
    entries.push(pg_sys::config_enum_entry { name: null(), val: 0, hidden: false });
    let variable = Box::leak(Box::new(default));
    // SAFETY: the strings, the entries and the variable are leaked, so they live as long as PostgreSQL uses them. The
    // entries end with a null name.
    unsafe {
        pg_sys::DefineCustomEnumVariable(
            leak_c_string(&format!("guardrail.{name}")),
            leak_c_string(summary),
            if details.is_empty() { null() } else { leak_c_string(details) },
            variable,
            default,
            entries.leak().as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            0,
            None,
            Some(number_assigned),
            None,
        );
    }
    variable
}

/// Registers the setting for the number of messages. Returns the address of its value.
fn define_max_messages() -> *const c_int {
    let default = DEFAULT_MAX_MESSAGES as c_int;
    let variable = Box::leak(Box::new(default));
    // SAFETY: the strings are static and the variable is leaked, so they live as long as PostgreSQL uses them.
    unsafe {
        pg_sys::DefineCustomIntVariable(
            c"guardrail.max_messages".as_ptr(),
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
    }
    variable
}

/// Registers the setting of the option at this position. Returns the address of its text.
fn define_text(at: usize, option: &dyn AnyOption) -> *const *mut c_char {
    let variable: &'static mut *mut c_char = Box::leak(Box::new(null_mut()));
    let (check, show) = HOOKS[at];
    // SAFETY: the strings and the variable are leaked, so they live as long as PostgreSQL uses them. A null boot value
    // is allowed; it means "not set", and the show hook shows the default instead.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            leak_c_string(&format!("guardrail.{}", option.name())),
            leak_c_string(option.summary()),
            if option.details().is_empty() { null() } else { leak_c_string(option.details()) },
            variable,
            null(),
            pg_sys::GucContext::PGC_SUSET,
            pg_sys::GUC_LIST_INPUT as c_int,
            Some(check),
            Some(text_assigned),
            Some(show),
        );
    }
    variable
}

/// Called by PostgreSQL when it has set the mode, the preset, the number of messages or a level.
#[pg_guard]
unsafe extern "C-unwind" fn number_assigned(_value: c_int, _extra: *mut c_void) {
    advance_generation();
}

/// Called by PostgreSQL when it has set an option.
#[pg_guard]
unsafe extern "C-unwind" fn text_assigned(_value: *const c_char, _extra: *mut c_void) {
    advance_generation();
}
