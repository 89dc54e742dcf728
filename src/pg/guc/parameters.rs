//! Registers the settings with PostgreSQL and reads their values. There is one for the mode, one for the preset, one
//! for each rule's level and one for each option of the rules.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use pgrx::{pg_guard, pg_sys};

use super::hooks::{HOOKS, warn_unless_types_exist};
use super::late_load;
use crate::pg::text;
use crate::rule::Rule;
use crate::rules;
use crate::settings::{AnyOption, DEFAULT_PRESET, FOLLOW_PRESET, Level, Mode, Preset, Settings};

/// The addresses of the variables that PostgreSQL writes the values to.
struct Variables {
    mode: *const c_int,
    preset: *const c_int,
    /// The rules' levels, in the order of [`rules::ALL`]; [`FOLLOWS`] for a rule whose level the preset sets.
    levels: Vec<*const c_int>,
    /// The options' texts, in the order of [`rules::OPTIONS`]; null for an option that was not set.
    options: Vec<*const *mut c_char>,
}

/// The value of a rule's setting if the preset sets its level.
const FOLLOWS: c_int = -1;

thread_local! {
    static VARIABLES: OnceCell<Variables> = const { OnceCell::new() };
    /// Counts the changes of settings.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
    /// The settings as they were last read, and the generation they are of.
    static IN_FORCE: RefCell<Option<(u64, Rc<Settings>)>> = const { RefCell::new(None) };
}

/// A number that grows with every change of a setting, so that an older result can be told to be out of date.
pub fn generation() -> u64 {
    GENERATION.get()
}

/// The settings in force. They are read again only after a change.
pub fn in_force() -> Rc<Settings> {
    let generation = generation();
    let up_to_date = IN_FORCE.with_borrow(|last_read| {
        let (read_at, settings) = last_read.as_ref()?;
        (*read_at == generation).then(|| settings.clone())
    });
    up_to_date.unwrap_or_else(|| {
        let settings = Rc::new(read());
        IN_FORCE.set(Some((generation, settings.clone())));
        settings
    })
}

/// The mode in force. Unlike [`in_force`], this reads no other setting.
pub fn mode() -> Mode {
    VARIABLES.with(|variables| {
        // SAFETY: the variable was leaked, so its address stays valid. PostgreSQL writes it on this thread only, and
        // only the position of a mode.
        variables.get().map_or(Mode::Off, |variables| Mode::ALL[unsafe { *variables.mode } as usize])
    })
}

/// The preset in force; `None` before the settings have been registered.
pub fn preset() -> Option<Preset> {
    VARIABLES.with(|variables| {
        // SAFETY: the variable was leaked, so its address stays valid. PostgreSQL writes it on this thread only, and
        // only the position of a preset.
        variables.get().map(|variables| Preset::ALL[unsafe { *variables.preset } as usize])
    })
}

/// The text that was set for the option at this position, as a C string; null if the option was not set.
pub fn text_set_for(at: usize) -> *const c_char {
    VARIABLES.with(|variables| {
        // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only.
        variables.get().map_or(null(), |variables| unsafe { (*variables.options[at]).cast_const() })
    })
}

/// The text of an option in force: what was set, or the default under the preset. `option` is the name of an option.
pub fn text_in_force(option: &str) -> String {
    let at = rules::OPTIONS.iter().position(|other| other.name() == option).expect("an option of a rule");
    // SAFETY: the show hook needs nothing but the registered variables, and returns a NUL-terminated string.
    unsafe { text::from_server(HOOKS[at].1()) }
}

/// Reads all settings.
fn read() -> Settings {
    let level_of = |rule: &Rule| {
        let at = rules::ALL.iter().position(|other| other.id == rule.id)?;
        // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only.
        // The value is FOLLOWS or the position of a level.
        let value = VARIABLES.with(|variables| variables.get().map(|variables| unsafe { *variables.levels[at] }))?;
        (value != FOLLOWS).then(|| Level::ALL[value as usize])
    };
    let text_of = |at: usize| {
        // SAFETY: the string is null or NUL-terminated, and PostgreSQL frees it only when it sets another one.
        let text = unsafe { text_set_for(at).as_ref().map(|text| text::from_server(text)) }?;
        warn_unless_types_exist(rules::OPTIONS[at], &text).then_some(text)
    };
    rules::settings(mode(), preset().unwrap_or(DEFAULT_PRESET), level_of, text_of)
}

/// Registers every setting and reserves the prefix `guardrail`; called once when the library is loaded.
pub fn register() {
    let placeholders = late_load::Values::read(setting_names().map(|name| format!("guardrail.{name}")));
    let mode = define_enum(
        "mode",
        "Sets what is done with what the rules find.",
        "\"off\" looks at nothing, \"warn\" shows errors as warnings, \"enforce\" refuses what a rule at error level \
         objects to.",
        Mode::Warn as c_int,
        &Mode::ALL.iter().map(|mode| (mode.word(), *mode as c_int)).collect::<Vec<_>>(),
    );
    let preset = define_enum(
        "preset",
        "Sets the levels and option defaults where a rule or an option has no value of its own.",
        "",
        DEFAULT_PRESET as c_int,
        &Preset::ALL.iter().map(|preset| (preset.word(), *preset as c_int)).collect::<Vec<_>>(),
    );
    let mut words = vec![(FOLLOW_PRESET, FOLLOWS)];
    words.extend(Level::ALL.iter().map(|level| (level.word(), *level as c_int)));
    let levels = rules::ALL
        .iter()
        .map(|rule| {
            let summary = format!("Sets the level of the rule against {}.", rule.summary);
            let moment = rule.moment.phrase();
            let details = format!("\"{FOLLOW_PRESET}\" does as guardrail.preset says. Checked {moment}.");
            define_enum(rule.id, &summary, &details, FOLLOWS, &words)
        })
        .collect();
    let options = rules::OPTIONS.iter().enumerate().map(|(at, option)| define_text(at, *option)).collect();
    VARIABLES.with(|variables| {
        let _ = variables.set(Variables { mode, preset, levels, options });
    });
    reserve_prefix();
    placeholders.restore_if_lost();
}

/// The names of all settings, without their prefix.
fn setting_names() -> impl Iterator<Item = &'static str> {
    let rules = rules::ALL.iter().map(|rule| rule.id);
    ["mode", "preset"].into_iter().chain(rules).chain(rules::OPTIONS.iter().map(|option| option.name()))
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
            Some(enum_assigned),
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

/// Notes that a setting has changed.
fn advance_generation() {
    GENERATION.set(GENERATION.get() + 1);
}

/// Called by PostgreSQL when it has set the mode, the preset or a level.
#[pg_guard]
unsafe extern "C-unwind" fn enum_assigned(_value: c_int, _extra: *mut c_void) {
    advance_generation();
}

/// Called by PostgreSQL when it has set an option.
#[pg_guard]
unsafe extern "C-unwind" fn text_assigned(_value: *const c_char, _extra: *mut c_void) {
    advance_generation();
}
