//! The settings in force.

use std::mem::ManuallyDrop;
use std::rc::Rc;

use super::hooks::HOOKS;
use super::unknown_names::warn_of_unknown_names;
use super::variables::{generation, journal, level_set_for, log_refusals, max_messages, mode, preset, text_set_for};
use crate::pg::memory::Kept;
use crate::pg::text;
use crate::rule::Rule;
use crate::rules;
use crate::settings::{DEFAULT_JOURNAL, DEFAULT_LOG_REFUSALS, DEFAULT_MAX_MESSAGES, DEFAULT_PRESET, Settings};

thread_local! {
    /// The settings as they were last read, and the generation they are of.
    static IN_FORCE: Kept<Option<(u64, Rc<Settings>)>> = const { Kept::new(ManuallyDrop::new(None)) };
}

/// The settings in force. They are read again only after a change.
pub fn in_force() -> Rc<Settings> {
    // A setting that does not exist changes nothing, so it is looked for each time.
    #[cfg(any(feature = "pg13", feature = "pg14"))]
    super::unknown_settings::warn_of_unknown_settings();
    let generation = generation();
    let up_to_date = IN_FORCE.with_borrow(|last_read| {
        let (read_at, settings) = last_read.as_ref()?;
        (*read_at == generation).then(|| settings.clone())
    });
    up_to_date.unwrap_or_else(|| {
        let settings = Rc::new(read());
        IN_FORCE.with_borrow_mut(|last_read| **last_read = Some((generation, settings.clone())));
        settings
    })
}

/// Reads all settings. What they name is looked up in the catalogs now, as it could not be when they were set.
fn read() -> Settings {
    let level_of = |rule: &Rule| level_set_for(rules::ALL.iter().position(|other| other.id == rule.id)?);
    let text_of = |at: usize| {
        // SAFETY: the string is null or NUL-terminated, and PostgreSQL frees it only when it sets another one.
        let text = unsafe { text_set_for(at).as_ref().map(|text| text::from_server(text)) }?;
        warn_of_unknown_names(rules::OPTIONS[at], &text);
        Some(text)
    };
    let mut settings = rules::settings(mode(), preset().unwrap_or(DEFAULT_PRESET), level_of, text_of);
    settings.max_messages = max_messages().unwrap_or(DEFAULT_MAX_MESSAGES);
    settings.journal = journal().unwrap_or(DEFAULT_JOURNAL);
    settings.log_refusals = log_refusals().unwrap_or(DEFAULT_LOG_REFUSALS);
    settings
}

/// The text of an option in force: what was set, or the default under the preset. `option` is the name of an option.
pub fn text_in_force(option: &str) -> String {
    let at = rules::OPTIONS.iter().position(|other| other.name() == option).expect("an option of a rule");
    // SAFETY: the show hook needs nothing but the registered variables, and returns a NUL-terminated string.
    unsafe { text::from_server(HOOKS[at].1()) }
}
