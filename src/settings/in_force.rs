//! All settings together, as they are at one moment.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use super::{AnyOption, Level, Mode, Preset, TextOption};

/// The value of `guardrail.max_messages` where none was set.
pub const DEFAULT_MAX_MESSAGES: usize = 20;

/// The value of `guardrail.journal` where none was set.
pub const DEFAULT_JOURNAL: bool = false;

/// The value of `guardrail.log_refusals` where none was set.
pub const DEFAULT_LOG_REFUSALS: bool = true;

/// All settings in force, kept until one of them changes.
pub struct Settings {
    pub mode: Mode,
    pub preset: Preset,
    /// How many warnings and notices one statement or COMMIT sends at most; at least 1.
    pub max_messages: usize,
    /// Whether what is let through is written to the journal.
    pub journal: bool,
    /// Whether what is refused is written to the server's log.
    pub log_refusals: bool,
    /// The rules that are not off, by their ids, in the order in which they were given.
    levels: Vec<(&'static str, Level)>,
    /// In the order of the addresses of the options' names.
    values: Vec<Value>,
}

/// The value of an option. Its text is read when it is first asked for.
struct Value {
    /// The address of the option's name. An option is declared once, and its name with it, so this identifies it.
    address: usize,
    option: &'static dyn AnyOption,
    text: String,
    read: OnceCell<Rc<dyn Any>>,
}

impl Settings {
    /// Takes the settings as they are: the level of each rule by its id, and the text of each option, `None` where none
    /// was set.
    pub fn new(
        mode: Mode,
        preset: Preset,
        levels: impl Iterator<Item = (&'static str, Level)>,
        texts: impl Iterator<Item = (&'static dyn AnyOption, Option<String>)>,
    ) -> Self {
        let value = |(option, text): (&'static dyn AnyOption, Option<String>)| {
            let text = text.unwrap_or_else(|| option.default_under(preset).to_owned());
            Value { address: option.name().as_ptr().addr(), option, text, read: OnceCell::new() }
        };
        let mut values: Vec<Value> = texts.map(value).collect();
        values.sort_by_key(|value| value.address);
        let levels = levels.filter(|(_, level)| *level != Level::Off).collect();
        let (journal, log_refusals) = (DEFAULT_JOURNAL, DEFAULT_LOG_REFUSALS);
        Self { mode, preset, max_messages: DEFAULT_MAX_MESSAGES, journal, log_refusals, levels, values }
    }

    /// The value of an option.
    ///
    /// # Panics
    /// Where the option was not given to [`Settings::new`], or its text cannot be read; the text was checked when it
    /// was set.
    pub fn option<T: 'static>(&self, option: &TextOption<T>) -> &T {
        let at = self.values.binary_search_by_key(&option.name.as_ptr().addr(), |value| value.address);
        let value = &self.values[at.expect("every option is in the list of options")];
        let read = value.read.get_or_init(|| match value.option.parse_any(&value.text) {
            Ok(read) => read,
            Err(bad) => panic!("guardrail.{} cannot be read: {}", option.name, bad.detail),
        });
        read.downcast_ref().expect("an option's name stands for one type")
    }

    /// The rules that are not off, by their ids, with their levels.
    pub fn levels(&self) -> &[(&'static str, Level)] {
        &self.levels
    }

    /// The level in force of the rule with this id.
    pub fn level(&self, rule: &str) -> Level {
        self.levels.iter().find(|(id, _)| *id == rule).map_or(Level::Off, |(_, level)| *level)
    }
}
