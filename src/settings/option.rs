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
    /// The types and roles that the value names. Whether they exist is not known when the text is set: it may be set
    /// for another database, and before they are made.
    pub mentions: fn(&T) -> Vec<Mention>,
}

/// A type or a role that an option names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mention {
    pub kind: MentionKind,
    /// Where the name stands: `required_columns.created_at.type`.
    pub place: String,
    /// A type as SQL: `timestamp with time zone`. A role's name as it is stored.
    pub name: String,
}

/// What an option names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MentionKind {
    Type,
    Role,
}

impl MentionKind {
    /// The kind as messages call it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Role => "role",
        }
    }

    /// What to know about a name that nothing of this kind has.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Type => "Write the schema before the name of a type that is not PostgreSQL's own.",
            Self::Role => "If a role of that name is created later, it is one of the listed roles from then on.",
        }
    }
}

impl Mention {
    /// The mention of a type at this place.
    pub fn of_type(place: impl Into<String>, name: &str) -> Self {
        Self { kind: MentionKind::Type, place: place.into(), name: name.to_owned() }
    }

    /// The mentions of roles by the option called `option`.
    pub fn of_roles(option: &str, names: &[String]) -> Vec<Self> {
        let mention = |name: &String| Self { kind: MentionKind::Role, place: option.to_owned(), name: name.clone() };
        names.iter().map(mention).collect()
    }
}

/// The `mentions` of an option that names no types and no roles.
pub fn no_mentions<T>(_: &T) -> Vec<Mention> {
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
    /// The types and roles that a well-formed text names.
    fn mentions_in(&self, text: &str) -> Vec<Mention>;
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
    fn mentions_in(&self, text: &str) -> Vec<Mention> {
        (self.parse)(text).map_or(Vec::new(), |value| (self.mentions)(&value))
    }
}
