//! What an option is: a setting with a text that is read into a value.

use std::any::Any;
use std::rc::Rc;

use super::Preset;

/// Why a value was refused: which part of it is wrong, and what would do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadValue {
    pub detail: String,
    pub hint: Option<String>,
}

/// A setting with a text that is read into a `T`.
pub struct TextOption<T: 'static> {
    // How it is shown.
    /// The part of the name after `guardrail.`.
    pub name: &'static str,
    /// One sentence for `pg_settings.short_desc`.
    pub summary: &'static str,
    /// More for `pg_settings.extra_desc`.
    pub details: &'static str,

    // What it is where nothing was set.
    /// The text under every preset that has none of its own.
    pub default: &'static str,
    /// The texts of the presets that have one of their own.
    pub preset_defaults: &'static [(Preset, &'static str)],

    // What the text means.
    /// Reads the text.
    pub parse: fn(&str) -> Result<T, BadValue>,
    /// The types that the value names; they must exist in the database.
    pub types: fn(&T) -> Vec<TypeMention>,
}

/// A type that an option names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeMention {
    /// Where the name stands: `required_columns.created_at.type`.
    pub place: String,
    /// The type as SQL: `timestamp with time zone`.
    pub name: String,
}

impl TypeMention {
    /// Why a type that does not exist is refused.
    pub fn unknown(&self) -> BadValue {
        let detail = format!("{}: type \"{}\" does not exist.", self.place, self.name);
        BadValue {
            detail,
            hint: Some("Write the schema before the name of a type that is not PostgreSQL's own.".to_owned()),
        }
    }
}

/// The `types` of an option that names none.
pub fn no_types<T>(_: &T) -> Vec<TypeMention> {
    Vec::new()
}

/// A [`TextOption`] of any type.
pub trait AnyOption: Sync {
    fn name(&self) -> &'static str;
    fn summary(&self) -> &'static str;
    fn details(&self) -> &'static str;
    /// The text under this preset where nothing was set.
    fn default_under(&self, preset: Preset) -> &'static str;
    fn parse_any(&self, text: &str) -> Result<Rc<dyn Any>, BadValue>;
    /// The types that a well-formed text names.
    fn types_in(&self, text: &str) -> Vec<TypeMention>;
}

impl<T: 'static> AnyOption for TextOption<T> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn summary(&self) -> &'static str {
        self.summary
    }
    fn details(&self) -> &'static str {
        self.details
    }
    fn default_under(&self, preset: Preset) -> &'static str {
        let own = self.preset_defaults.iter().find(|(of, _)| *of == preset);
        own.map_or(self.default, |(_, text)| text)
    }
    fn parse_any(&self, text: &str) -> Result<Rc<dyn Any>, BadValue> {
        Ok(Rc::new((self.parse)(text)?))
    }
    fn types_in(&self, text: &str) -> Vec<TypeMention> {
        (self.parse)(text).map_or(Vec::new(), |value| (self.types)(&value))
    }
}
