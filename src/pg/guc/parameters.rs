//! The parameters that PostgreSQL knows. Which there are follows from the rules' declarations.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use pgrx::{pg_guard, pg_sys};

use super::hooks::{HOOKS, has_its_types};
use super::late_load;
use crate::pg::text;
use crate::rule::Rule;
use crate::rules;
use crate::settings::{AnyOption, DEFAULT_PRESET, FOLLOW_PRESET, Level, Mode, Preset, Settings};

/// The addresses PostgreSQL writes the values to.
struct Variables {
    mode: *const c_int,
    preset: *const c_int,
    /// The rules' levels, in the order of [`rules::ALL`]; [`FOLLOWS`] for one that follows the preset.
    levels: Vec<*const c_int>,
    /// The options' texts, in the order of [`rules::OPTIONS`]; null where none was set.
    options: Vec<*const *mut c_char>,
}

/// The value of a rule's own setting that follows the preset.
const FOLLOWS: c_int = -1;

thread_local! {
    static VARIABLES: OnceCell<Variables> = const { OnceCell::new() };
    /// Grows with every change of a setting.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
    static IN_FORCE: RefCell<Option<(u64, Rc<Settings>)>> = const { RefCell::new(None) };
}

/// Grows with every change of a setting.
pub fn generation() -> u64 {
    GENERATION.get()
}

/// The settings in force, read anew only after a change.
pub fn in_force() -> Rc<Settings> {
    let generation = generation();
    let known = IN_FORCE
        .with_borrow(|known| known.as_ref().filter(|(of, _)| *of == generation).map(|(_, settings)| settings.clone()));
    known.unwrap_or_else(|| {
        let settings = Rc::new(read());
        IN_FORCE.set(Some((generation, settings.clone())));
        settings
    })
}

/// Only the mode, for those who need nothing else.
pub fn mode() -> Mode {
    VARIABLES.with(|variables| {
        // SAFETY: the address was registered and stays valid for the life of the process.
        variables.get().map_or(Mode::Off, |variables| Mode::ALL[unsafe { *variables.mode } as usize])
    })
}

/// The preset; `None` before the settings have been registered.
pub fn preset() -> Option<Preset> {
    VARIABLES.with(|variables| {
        // SAFETY: the address was registered and stays valid for the life of the process.
        variables.get().map(|variables| Preset::ALL[unsafe { *variables.preset } as usize])
    })
}

/// The text that was set for the option at this position, as a C string; null where none was.
pub fn text_set_for(at: usize) -> *const c_char {
    VARIABLES.with(|variables| {
        // SAFETY: as above; the string is null or NUL-terminated.
        variables.get().map_or(null(), |variables| unsafe { (*variables.options[at]).cast_const() })
    })
}

/// The text of an option in force.
pub fn text_in_force(option: &str) -> String {
    let at = rules::OPTIONS.iter().position(|known| known.name() == option).expect("an option of a rule");
    // SAFETY: a show hook gives a NUL-terminated string.
    unsafe { text::from_server(HOOKS[at].1()) }
}

fn read() -> Settings {
    let level_of = |rule: &Rule| {
        let at = rules::ALL.iter().position(|known| known.id == rule.id)?;
        // SAFETY: as above; the value is FOLLOWS or the position of a level.
        let value = VARIABLES.with(|variables| variables.get().map(|variables| unsafe { *variables.levels[at] }))?;
        (value != FOLLOWS).then(|| Level::ALL[value as usize])
    };
    let text_of = |at: usize| {
        // SAFETY: the string is null or NUL-terminated.
        let text = unsafe { text_set_for(at).as_ref().map(|text| text::from_server(text)) }?;
        has_its_types(rules::OPTIONS[at], &text).then_some(text)
    };
    rules::settings(mode(), preset().unwrap_or(DEFAULT_PRESET), level_of, text_of)
}

/// Registers every setting and reserves the prefix.
pub fn register() {
    let placeholders = late_load::Values::read(names().map(|name| format!("guardrail.{name}")));
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
fn names() -> impl Iterator<Item = &'static str> {
    let rules = rules::ALL.iter().map(|rule| rule.id);
    ["mode", "preset"].into_iter().chain(rules).chain(rules::OPTIONS.iter().map(|option| option.name()))
}

fn reserve_prefix() {
    let prefix = c"guardrail".as_ptr();
    // SAFETY: `prefix` is a static C string.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14"))]
        pg_sys::EmitWarningsOnPlaceholders(prefix);
        #[cfg(not(any(feature = "pg13", feature = "pg14")))]
        pg_sys::MarkGUCPrefixReserved(prefix);
    }
}

/// A C string that lives as long as the process: PostgreSQL keeps the pointer.
fn forever(text: &str) -> *const c_char {
    CString::new(text).unwrap_or_default().into_raw()
}

fn define_enum(name: &str, summary: &str, details: &str, default: c_int, words: &[(&str, c_int)]) -> *const c_int {
    let mut entries: Vec<_> = words
        .iter()
        .map(|(word, val)| pg_sys::config_enum_entry { name: forever(word), val: *val, hidden: false })
        .collect();
    entries.push(pg_sys::config_enum_entry { name: null(), val: 0, hidden: false });
    let variable = Box::leak(Box::new(default));
    // SAFETY: everything that is passed lives as long as the process.
    unsafe {
        pg_sys::DefineCustomEnumVariable(
            forever(&format!("guardrail.{name}")),
            forever(summary),
            if details.is_empty() { null() } else { forever(details) },
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

fn define_text(at: usize, option: &dyn AnyOption) -> *const *mut c_char {
    let variable: &'static mut *mut c_char = Box::leak(Box::new(null_mut()));
    let (check, show) = HOOKS[at];
    // SAFETY: everything that is passed lives as long as the process. The boot value is null, which stands for
    // "not set"; the show hook puts the default in its place.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            forever(&format!("guardrail.{}", option.name())),
            forever(option.summary()),
            if option.details().is_empty() { null() } else { forever(option.details()) },
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

fn changed() {
    GENERATION.set(GENERATION.get() + 1);
}

#[pg_guard]
unsafe extern "C-unwind" fn enum_assigned(_value: c_int, _extra: *mut c_void) {
    changed();
}

#[pg_guard]
unsafe extern "C-unwind" fn text_assigned(_value: *const c_char, _extra: *mut c_void) {
    changed();
}
