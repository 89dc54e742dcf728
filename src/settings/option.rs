//! The settings as plain data: what each means, how its text is read, which words it refuses.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::facts::QualifiedName;
use crate::rule::Rule;
use crate::rules;
use crate::settings::parse::list;
use crate::settings::parse::patterns::Patterns;

/// Declares an enum whose values are the words of a setting.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands for this value in a setting.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// What the guard does with what it finds (`guardrail.mode`).
    Mode {
        /// Nothing is looked at.
        Off = "off",
        /// Errors are shown as warnings; nothing is refused.
        Warn = "warn",
        /// Errors refuse the statement or the transaction.
        Enforce = "enforce",
    }
}

words! {
    /// How loudly a rule speaks.
    Level { Off = "off", Notice = "notice", Warning = "warning", Error = "error" }
}

words! {
    /// A ready set of levels and option defaults (`guardrail.preset`).
    Preset {
        /// The four rules that the extension exists for.
        Core = "core",
        /// Those, and what most expect as warnings.
        Recommended = "recommended",
        /// The conventions of a team with SQLAlchemy and Alembic.
        House = "house",
        /// What Django decides is left alone.
        Django = "django",
        /// What Rails decides is left alone.
        Rails = "rails",
        /// No rule.
        None = "none",
    }
}

/// The preset where none was set.
pub const DEFAULT_PRESET: Preset = Preset::Recommended;

/// A rule's own setting: follow the preset, or a level.
pub const FOLLOW_PRESET: &str = "preset";

/// Why a value was refused: which part, and what would do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadValue {
    pub detail: String,
    pub hint: Option<String>,
}

/// A text setting that is read into a `T`.
pub struct Opt<T: 'static> {
    /// The part of the name after `guardrail.`.
    pub name: &'static str,
    /// One sentence for `pg_settings.short_desc`.
    pub summary: &'static str,
    /// More for `pg_settings.extra_desc`.
    pub details: &'static str,
    /// The value where neither a setting nor the preset says otherwise.
    pub default: &'static str,
    /// What some presets have in its place.
    pub preset_defaults: &'static [(Preset, &'static str)],
    /// Reads the text.
    pub parse: fn(&str) -> Result<T, BadValue>,
    /// The types it names, each with its place in the text; they must exist.
    pub types: fn(&T) -> Vec<TypeMention>,
}

/// A type that a setting names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeMention {
    /// Where: `required_columns.created_at.type`.
    pub place: String,
    /// The type as SQL: `timestamp with time zone`.
    pub name: String,
}

impl TypeMention {
    /// Why a type that does not exist is refused.
    pub fn unknown(&self) -> BadValue {
        let detail = format!("{}: type \"{}\" does not exist.", self.place, self.name);
        BadValue { detail, hint: Some("Types of users are found by schema and name.".to_owned()) }
    }
}

/// For an option that names no types.
pub fn no_types<T>(_: &T) -> Vec<TypeMention> {
    Vec::new()
}

/// An [`Opt`] of any type.
pub trait AnyOpt: Sync {
    fn name(&self) -> &'static str;
    fn summary(&self) -> &'static str;
    fn details(&self) -> &'static str;
    /// The value under this preset where nothing was set.
    fn default_under(&self, preset: Preset) -> &'static str;
    fn parse_any(&self, text: &str) -> Result<Rc<dyn Any>, BadValue>;
    /// The types that a well-formed text names.
    fn types_in(&self, text: &str) -> Vec<TypeMention>;
}

impl<T: 'static> AnyOpt for Opt<T> {
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
        let own = self.preset_defaults.iter().find(|(p, _)| *p == preset);
        own.map_or(self.default, |(_, text)| text)
    }
    fn parse_any(&self, text: &str) -> Result<Rc<dyn Any>, BadValue> {
        Ok(Rc::new((self.parse)(text)?))
    }
    fn types_in(&self, text: &str) -> Vec<TypeMention> {
        (self.parse)(text).map_or(Vec::new(), |value| (self.types)(&value))
    }
}

/// Schemas that are not judged.
pub static EXEMPT_SCHEMAS: Opt<Patterns> = Opt {
    name: "exempt_schemas",
    summary: "Sets the schemas whose tables and types are not judged.",
    details: "A comma-separated list of regular expressions, each matched against the whole name. \
              Double quotes around an item keep its commas.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    types: no_types,
};

/// Tables and types that are not judged.
pub static EXEMPT_TABLES: Opt<Patterns> = Opt {
    name: "exempt_tables",
    summary: "Sets the tables and types that are not judged.",
    details: "A comma-separated list of regular expressions, each matched against the whole name and \
              against schema.name. Double quotes around an item keep its commas.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    types: no_types,
};

/// Roles whose statements are not judged.
pub static EXEMPT_ROLES: Opt<Vec<String>> = Opt {
    name: "exempt_roles",
    summary: "Sets the roles whose statements are not judged.",
    details: "A comma-separated list of role names as they are stored. The current role is exempt when it is \
              one of them or a member of one; being a superuser does not count as membership.",
    default: "",
    preset_defaults: &[],
    parse: list::split,
    types: no_types,
};

/// The options that belong to no rule.
pub static GENERAL_OPTIONS: [&dyn AnyOpt; 3] = [&EXEMPT_SCHEMAS, &EXEMPT_TABLES, &EXEMPT_ROLES];

/// Every option once, the general ones first, then each rule's in the order of the rules.
pub fn options() -> Vec<&'static dyn AnyOpt> {
    let mut all = GENERAL_OPTIONS.to_vec();
    for option in rules::ALL.iter().flat_map(|rule| rule.options) {
        if !all.iter().any(|known| known.name() == option.name()) {
            all.push(*option);
        }
    }
    all
}

/// All settings in force, kept until one of them changes.
pub struct Settings {
    pub mode: Mode,
    pub preset: Preset,
    /// The rules that are not off, with their levels, in the order of [`rules::ALL`].
    in_force: Vec<(&'static Rule, Level)>,
    values: Vec<Value>,
}

/// The value of an option; its text is read when somebody asks for it first.
struct Value {
    option: &'static dyn AnyOpt,
    text: String,
    read: OnceCell<Rc<dyn Any>>,
}

impl Settings {
    /// Takes the settings as they are. `level_of` gives a rule's own level, `None` where it follows the preset;
    /// `text_of` an option's text, `None` where it was not set.
    pub fn new(
        mode: Mode,
        preset: Preset,
        level_of: impl Fn(&Rule) -> Option<Level>,
        text_of: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let level = |rule: &&Rule| level_of(rule).unwrap_or_else(|| rule.levels.under(preset));
        let value = |option: &'static dyn AnyOpt| {
            let text = text_of(option.name()).unwrap_or_else(|| option.default_under(preset).to_owned());
            Value { option, text, read: OnceCell::new() }
        };
        let levels = rules::ALL.iter().map(|rule| (*rule, level(rule)));
        let in_force = levels.filter(|(_, level)| *level != Level::Off).collect();
        Self { mode, preset, in_force, values: options().into_iter().map(value).collect() }
    }

    /// The value of an option.
    ///
    /// # Panics
    /// Where the text cannot be read; it was checked when it was set.
    pub fn get<T: 'static>(&self, option: &Opt<T>) -> &T {
        // An option is declared once, and its name with it: the address tells.
        let value = self.values.iter().find(|value| std::ptr::eq(value.option.name(), option.name));
        let value = value.expect("every option is in the list of options");
        let read = value.read.get_or_init(|| match value.option.parse_any(&value.text) {
            Ok(read) => read,
            Err(bad) => panic!("guardrail.{} cannot be read: {}", option.name, bad.detail),
        });
        read.downcast_ref().expect("an option's name stands for one type")
    }

    /// The rules that are not off, with their levels.
    pub fn in_force(&self) -> &[(&'static Rule, Level)] {
        &self.in_force
    }

    /// The level in force of a rule.
    pub fn level(&self, rule: &Rule) -> Level {
        self.in_force.iter().find(|(known, _)| known.id == rule.id).map_or(Level::Off, |(_, level)| *level)
    }

    /// Whether nothing in a schema of this name is judged.
    pub fn exempts_schema(&self, schema: &str) -> bool {
        is_internal_schema(schema) || self.get(&EXEMPT_SCHEMAS).matches(schema)
    }

    /// Whether a relation is never judged, because of its schema or its name.
    pub fn exempts(&self, name: &QualifiedName) -> bool {
        self.exempts_schema(&name.schema) || self.get(&EXEMPT_TABLES).match_relation(name)
    }
}

/// PostgreSQL's own schemas and the extension's.
fn is_internal_schema(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema" || schema == "guardrail"
}

#[cfg(test)]
impl Settings {
    /// For unit tests: every rule at error, the named options set.
    pub fn for_test(options: &[(&str, &str)]) -> Self {
        let text_of = |name: &str| options.iter().find(|(n, _)| *n == name).map(|(_, text)| text.to_string());
        Self::new(Mode::Enforce, Preset::Core, |_| Some(Level::Error), text_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_can_be_read() {
        for option in options() {
            for preset in Preset::ALL {
                let read = option.parse_any(option.default_under(*preset));
                assert!(read.is_ok(), "{} under {}: {read:?}", option.name(), preset.word());
            }
        }
    }

    #[test]
    fn names_of_settings_do_not_clash() {
        let mut names: Vec<_> = options().iter().map(|o| o.name()).collect();
        names.extend(rules::ALL.iter().map(|r| r.id));
        names.extend(["mode", "preset"]);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_rules_own_level_wins_over_the_preset() {
        let settings = Settings::new(Mode::Warn, Preset::None, |_| Some(Level::Notice), |_| None);
        assert_eq!(settings.level(rules::ALL[0]), Level::Notice);
        let settings = Settings::new(Mode::Warn, Preset::None, |_| None, |_| None);
        assert_eq!(settings.level(rules::ALL[0]), Level::Off);
    }

    #[test]
    fn exemptions_match_whole_names() {
        let settings = Settings::for_test(&[("exempt_schemas", "audit_.*"), ("exempt_tables", r"tmp_.*, app\.Log")]);
        let exempt = |schema, name| settings.exempts(&QualifiedName::new(schema, name));
        assert!(exempt("audit_2024", "x") && exempt("pg_catalog", "x") && exempt("guardrail", "x"));
        assert!(exempt("public", "tmp_1") && exempt("app", "Log"));
        assert!(!exempt("my_audit_2024", "x") && !exempt("public", "Log") && !exempt("public", "not_tmp_1"));
    }
}
