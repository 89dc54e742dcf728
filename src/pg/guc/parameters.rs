//! The settings as PostgreSQL's configuration parameters. Which there are follows from the rules' declarations.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode, pg_guard, pg_sys};

use super::late_load;
use crate::pg::text;
use crate::rules;
use crate::settings::{self, BadValue, FOLLOW_PRESET, Level, Mode, Preset, Settings};

/// The addresses PostgreSQL writes the values to.
struct Variables {
    mode: *const c_int,
    preset: *const c_int,
    /// In the order of the rules; [`FOLLOWS`] for one that follows the preset.
    levels: Vec<*const c_int>,
    /// In the order of the options; null where none was set.
    options: Vec<*const *mut c_char>,
}

/// The value of a rule's own setting that follows the preset.
const FOLLOWS: c_int = -1;

thread_local! {
    static VARIABLES: OnceCell<Variables> = const { OnceCell::new() };
    /// Grows with every change of a setting.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
    static IN_FORCE: RefCell<Option<(u64, Rc<Settings>)>> = const { RefCell::new(None) };
    /// Defaults of options as C strings, for SHOW.
    static SHOWN: RefCell<HashMap<&'static str, CString>> = RefCell::default();
}

/// Grows with every change of a setting.
pub fn generation() -> u64 {
    GENERATION.get()
}

/// The settings in force, read anew only after a change.
pub fn in_force() -> Rc<Settings> {
    let generation = generation();
    let known =
        IN_FORCE.with_borrow(|known| known.as_ref().filter(|(of, _)| *of == generation).map(|(_, s)| s.clone()));
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
        variables.get().map_or(Mode::Off, |v| Mode::ALL[unsafe { *v.mode } as usize])
    })
}

/// The text of an option in force.
pub fn text_in_force(option: &str) -> String {
    let at = settings::options().iter().position(|known| known.name() == option).expect("an option of a rule");
    // SAFETY: a show hook gives a NUL-terminated string.
    unsafe { text::from_server(HOOKS[at].1()) }
}

fn read() -> Settings {
    VARIABLES.with(|variables| {
        let variables = variables.get().expect("settings are registered when the library is loaded");
        let options = settings::options();
        let level_of = |rule: &crate::rule::Rule| {
            let at = rules::ALL.iter().position(|known| known.id == rule.id)?;
            // SAFETY: as above; the value is FOLLOWS or the position of a level.
            let value = unsafe { *variables.levels[at] };
            (value != FOLLOWS).then(|| Level::ALL[value as usize])
        };
        let text_of = |name: &str| {
            let at = options.iter().position(|option| option.name() == name)?;
            // SAFETY: as above; the string is null or NUL-terminated.
            let text = unsafe { (*variables.options[at]).as_ref().map(|text| text::from_server(text)) }?;
            has_its_types(options[at], &text).then_some(text)
        };
        // SAFETY: as above; the value is the position of a preset.
        let preset = Preset::ALL[unsafe { *variables.preset } as usize];
        Settings::new(mode(), preset, level_of, text_of)
    })
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
        settings::DEFAULT_PRESET as c_int,
        &Preset::ALL.iter().map(|preset| (preset.word(), *preset as c_int)).collect::<Vec<_>>(),
    );
    let mut words = vec![(FOLLOW_PRESET, FOLLOWS)];
    words.extend(Level::ALL.iter().map(|level| (level.word(), *level as c_int)));
    let levels = rules::ALL
        .iter()
        .map(|rule| {
            let summary = format!("Sets the level of the rule against {}.", rule.summary);
            let details = format!(
                "\"{FOLLOW_PRESET}\" does as guardrail.preset says. Judged at the {}.",
                match rule.check.moment() {
                    "commit" => "commit",
                    "before" => "start of the statement",
                    _ => "end of the statement",
                }
            );
            define_enum(rule.id, &summary, &details, FOLLOWS, &words)
        })
        .collect();
    let options = settings::options().into_iter().enumerate().map(|(at, option)| define_text(at, option)).collect();
    VARIABLES.with(|variables| {
        let _ = variables.set(Variables { mode, preset, levels, options });
    });
    reserve_prefix();
    placeholders.restore_if_lost();
}

/// The names of all settings, without their prefix.
fn names() -> impl Iterator<Item = &'static str> {
    let rules = rules::ALL.iter().map(|rule| rule.id);
    ["mode", "preset"].into_iter().chain(rules).chain(settings::options().into_iter().map(|option| option.name()))
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

fn define_text(at: usize, option: &dyn settings::AnyOpt) -> *const *mut c_char {
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

type CheckHook = unsafe extern "C-unwind" fn(*mut *mut c_char, *mut *mut c_void, pg_sys::GucSource::Type) -> bool;
type ShowHook = unsafe extern "C-unwind" fn() -> *const c_char;

/// PostgreSQL does not tell a hook which parameter it is called for, so each option has hooks of its own.
macro_rules! hooks {
    ($($at:literal)+) => { [$((check::<$at> as CheckHook, show::<$at> as ShowHook)),+] };
}
const HOOKS: [(CheckHook, ShowHook); 40] = hooks!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
);

/// Refuses a value that cannot be read, naming the part that is wrong.
#[pg_guard]
unsafe extern "C-unwind" fn check<const AT: usize>(
    new: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL passes the address of a string, which is null for "not set".
    let Some(text) = (unsafe { (*new).as_ref().map(|text| text::from_server(text)) }) else { return true };
    let option = settings::options()[AT];
    let Err(bad) = option.parse_any(&text).map(|_| ()).and_then(|()| types_exist(option, &text)) else { return true };
    // SAFETY: PostgreSQL reads both after a hook has said no.
    unsafe {
        pg_sys::GUC_check_errdetail_string = text::to_server(&bad.detail);
        if let Some(hint) = bad.hint {
            pg_sys::GUC_check_errhint_string = text::to_server(&hint);
        }
    }
    false
}

/// Whether all types that a value names exist. What stands in postgresql.conf is read where there is no catalog to look
/// into; then a bad value is reported and dropped here.
fn has_its_types(option: &dyn settings::AnyOpt, text: &str) -> bool {
    let Err(bad) = types_exist(option, text) else { return true };
    let message = format!("invalid value for parameter \"guardrail.{}\": \"{text}\"", option.name());
    let code = PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
    let mut report = ErrorReport::new(code, message, "has_its_types").set_detail(bad.detail);
    if let Some(hint) = bad.hint {
        report = report.set_hint(hint);
    }
    report.report(PgLogLevel::WARNING);
    false
}

/// Refuses a type that does not exist, where there is a catalog to look into.
fn types_exist(option: &dyn settings::AnyOpt, text: &str) -> Result<(), BadValue> {
    // SAFETY: reads variables.
    let has_catalog = unsafe { pg_sys::IsTransactionState() && pg_sys::MyDatabaseId != pg_sys::InvalidOid };
    let mentions = if has_catalog { option.types_in(text) } else { Vec::new() };
    match mentions.into_iter().find(|mention| crate::pg::read::type_by_name::resolve(&mention.name).is_none()) {
        Some(mention) => Err(mention.unknown()),
        None => Ok(()),
    }
}

/// The value in force: what was set, or the default under the preset.
#[pg_guard]
unsafe extern "C-unwind" fn show<const AT: usize>() -> *const c_char {
    VARIABLES.with(|variables| {
        let Some(variables) = variables.get() else { return c"".as_ptr() };
        // SAFETY: registered addresses stay valid; the string is null or NUL-terminated.
        unsafe {
            let set = *variables.options[AT];
            if !set.is_null() {
                return set.cast_const();
            }
            let preset = Preset::ALL[*variables.preset as usize];
            shown(settings::options()[AT].default_under(preset)).as_ptr()
        }
    })
}

/// A default as a C string that lives as long as the process.
fn shown(text: &'static str) -> &'static CStr {
    SHOWN.with_borrow_mut(|shown| {
        let text = shown.entry(text).or_insert_with(|| CString::new(text).unwrap_or_default());
        // SAFETY: entries are never removed or changed, and moving a CString does not move its text.
        unsafe { CStr::from_ptr(text.as_ptr()) }
    })
}
