//! The variables that PostgreSQL writes the values of the settings to.

use std::cell::{Cell, OnceCell};
use std::ffi::{c_char, c_int};
use std::ptr::null;

use crate::settings::{Level, Mode, Preset};

/// The addresses of the variables that PostgreSQL writes the values to.
pub struct Variables {
    pub mode: *const c_int,
    pub preset: *const c_int,
    pub max_messages: *const c_int,
    pub journal: *const bool,
    pub log_refusals: *const bool,
    /// The rules' levels, in the order of [`rules::ALL`](crate::rules::ALL); [`FOLLOWS`] for a rule whose level the preset sets.
    pub levels: Vec<*const c_int>,
    /// The options' texts, in the order of [`rules::OPTIONS`](crate::rules::OPTIONS); null for an option that was not set.
    pub options: Vec<*const *mut c_char>,
}

/// The value of a rule's setting if the preset sets its level.
pub const FOLLOWS: c_int = -1;

thread_local! {
    static VARIABLES: OnceCell<Variables> = const { OnceCell::new() };
    /// Counts the changes of settings.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
    /// The mode in whose place `enforce` is in force, if there is one.
    static REPLACED_MODE: Cell<Option<Mode>> = const { Cell::new(None) };
}

/// Keeps the variables, once they have been registered.
pub fn keep(variables: Variables) {
    VARIABLES.with(|kept| {
        let _ = kept.set(variables);
    });
}

/// A number that grows with every change of a setting, so that an older result can be told to be out of date.
pub fn generation() -> u64 {
    GENERATION.get()
}

/// Notes that a setting has changed.
pub fn advance_generation() {
    GENERATION.set(GENERATION.get() + 1);
}

/// The mode in force. It is asked for each statement, so it is read without the other settings.
pub fn mode() -> Mode {
    let mode = mode_set();
    if REPLACED_MODE.get() == Some(mode) { Mode::Enforce } else { mode }
}

/// From now on `enforce` is in force in the place of the mode that is set now. Another mode that is set meanwhile is in
/// force as it is.
pub fn replace_mode_by_enforce() {
    REPLACED_MODE.set(Some(mode_set()));
    advance_generation();
}

/// From now on the mode that is set is in force.
pub fn stop_replacing_mode() {
    REPLACED_MODE.set(None);
    advance_generation();
}

/// The mode that is set.
fn mode_set() -> Mode {
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

/// How many messages a statement may send; `None` before the settings have been registered.
pub fn max_messages() -> Option<usize> {
    VARIABLES.with(|variables| {
        // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only.
        variables.get().and_then(|variables| usize::try_from(unsafe { *variables.max_messages }).ok())
    })
}

/// Whether what is let through is written to the journal; `None` before the settings have been registered.
pub fn journal() -> Option<bool> {
    // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only.
    VARIABLES.with(|variables| variables.get().map(|variables| unsafe { *variables.journal }))
}

/// Whether what is refused is written to the server's log; `None` before the settings have been registered.
pub fn log_refusals() -> Option<bool> {
    // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only.
    VARIABLES.with(|variables| variables.get().map(|variables| unsafe { *variables.log_refusals }))
}

/// The text that was set for the option at this position, as a C string; null if the option was not set.
pub fn text_set_for(at: usize) -> *const c_char {
    VARIABLES.with(|variables| {
        // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only.
        variables.get().map_or(null(), |variables| unsafe { (*variables.options[at]).cast_const() })
    })
}

/// The level that was set for the rule at this position in [`rules::ALL`](crate::rules::ALL); `None` if the preset sets it.
pub fn level_set_for(at: usize) -> Option<Level> {
    // SAFETY: the variable was leaked, so its address stays valid, and PostgreSQL writes it on this thread only. The
    // value is FOLLOWS or the position of a level.
    let value = VARIABLES.with(|variables| variables.get().map(|variables| unsafe { *variables.levels[at] }))?;
    (value != FOLLOWS).then(|| Level::ALL[value as usize])
}
