//! The exemptions that people have written down, each with its reason.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::facts::QualifiedName;
use crate::settings::parse::list;
use crate::settings::parse::patterns::Patterns;

/// Stands for every rule.
pub const EVERY_RULE: &str = "*";

/// An exemption as it is stored.
#[derive(Clone, Debug, Default)]
pub struct Exemption {
    /// `guardrail.exemptions.id`.
    pub id: i64,
    /// The id of a rule, or [`EVERY_RULE`].
    pub rule: String,
    /// Patterns for the names of relations, as in `guardrail.exempt_tables`.
    pub relation: String,
    /// Patterns for the names of columns, constraints and indexes; `None` for the relation with all its parts.
    pub object: Option<String>,
    pub reason: String,
}

/// The exemptions that count, arranged so that those of one relation are found at once.
#[derive(Default)]
pub struct Exemptions {
    /// Those for one relation, by its name, with or without the schema.
    by_name: HashMap<String, Vec<Entry>>,
    /// Those with a pattern.
    others: Vec<Entry>,
}

struct Entry {
    exemption: Exemption,
    relation: NamePatterns,
    object: Option<NamePatterns>,
}

/// One name, or patterns. They are read when they are first asked for.
enum NamePatterns {
    Name(String),
    Patterns { text: String, read: OnceCell<Patterns> },
}

impl Exemptions {
    pub fn new(exemptions: impl IntoIterator<Item = Exemption>) -> Self {
        let mut all = Self::default();
        for exemption in exemptions {
            let relation = NamePatterns::read(&exemption.relation);
            let object = exemption.object.as_deref().map(NamePatterns::read);
            let name = match &relation {
                NamePatterns::Name(name) => Some(name.clone()),
                NamePatterns::Patterns { .. } => None,
            };
            let entry = Entry { exemption, relation, object };
            match name {
                Some(name) => all.by_name.entry(name).or_default().push(entry),
                None => all.others.push(entry),
            }
        }
        all
    }

    /// The exemptions of a violation of a rule in a relation, or in the part of it that has the name `object`.
    pub fn of<'a>(
        &'a self,
        rule: &'a str,
        relation: &'a QualifiedName,
        object: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Exemption> {
        let of_name = |name: &str| self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let named = of_name(&relation.name).iter().chain(of_name(&relation.to_string()));
        named
            .chain(&self.others)
            .filter(move |entry| entry.covers(rule, relation, object))
            .map(|entry| &entry.exemption)
    }

    /// Whether a violation is exempt.
    pub fn cover(&self, rule: &str, relation: &QualifiedName, object: Option<&str>) -> bool {
        self.of(rule, relation, object).next().is_some()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty() && self.others.is_empty()
    }
}

impl Entry {
    fn covers(&self, rule: &str, relation: &QualifiedName, object: Option<&str>) -> bool {
        (self.exemption.rule == rule || self.exemption.rule == EVERY_RULE)
            && self.object.as_ref().is_none_or(|names| object.is_some_and(|object| names.matches(object)))
            && self.relation.matches_relation(relation)
    }
}

impl NamePatterns {
    fn read(text: &str) -> Self {
        match single_name(text) {
            Some(name) => Self::Name(name),
            None => Self::Patterns { text: text.to_owned(), read: OnceCell::new() },
        }
    }

    /// The patterns; none if they are broken. They are checked when they are stored.
    fn patterns(&self) -> Option<&Patterns> {
        match self {
            Self::Name(_) => None,
            Self::Patterns { text, read } => Some(read.get_or_init(|| Patterns::parse(text).unwrap_or_default())),
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Patterns { .. } => self.patterns().is_some_and(|patterns| patterns.matches(name)),
        }
    }

    fn matches_relation(&self, name: &QualifiedName) -> bool {
        match self {
            Self::Name(own) => *own == name.name || *own == name.to_string(),
            Self::Patterns { .. } => self.patterns().is_some_and(|patterns| patterns.matches_relation(name)),
        }
    }
}

/// A pattern that matches this text alone, as an item of a list.
pub fn pattern_for(text: &str) -> String {
    let pattern = regex_syntax::escape(text);
    let needs_quotes = pattern.contains([',', '"']) || pattern.trim() != pattern || pattern.is_empty();
    if needs_quotes { format!("\"{}\"", pattern.replace('"', "\"\"")) } else { pattern }
}

/// The name for which a list of patterns stands, if it has one item, which is nothing but a name.
fn single_name(text: &str) -> Option<String> {
    let mut items = list::split(text).ok()?;
    let item = items.pop().filter(|_| items.is_empty())?;
    let mut name = String::new();
    let mut characters = item.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => name.push(characters.next().filter(char::is_ascii_punctuation)?),
            _ if regex_syntax::is_meta_character(c) => return None,
            _ => name.push(c),
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exemptions(rows: &[(&str, &str, Option<&str>)]) -> Exemptions {
        let exemption = |(id, (rule, relation, object)): (i64, &(&str, &str, Option<&str>))| Exemption {
            id,
            rule: rule.to_string(),
            relation: relation.to_string(),
            object: object.map(str::to_owned),
            reason: "because".to_owned(),
        };
        Exemptions::new((1..).zip(rows).map(exemption))
    }

    fn ids(all: &Exemptions, rule: &str, schema: &str, name: &str, object: Option<&str>) -> Vec<i64> {
        all.of(rule, &QualifiedName::new(schema, name), object).map(|exemption| exemption.id).collect()
    }

    #[test]
    fn a_relation_is_known_by_its_name_with_and_without_the_schema() {
        let all = exemptions(&[("r", r"app\.t", None), ("r", "t", None), ("*", r"app\..*, x", None), ("q", "t", None)]);
        assert_eq!(ids(&all, "r", "app", "t", None), [2, 1, 3]);
        assert_eq!(ids(&all, "r", "other", "t", Some("a")), [2]);
        assert_eq!(ids(&all, "s", "app", "u", None), [3]);
        assert!(ids(&all, "r", "app_t", "u", None).is_empty());
    }

    #[test]
    fn an_object_is_asked_for_where_one_is_named() {
        let all = exemptions(&[("r", "t", Some("fk_a")), ("r", "t", Some("ix_.*"))]);
        assert_eq!(ids(&all, "r", "s", "t", Some("fk_a")), [1]);
        assert_eq!(ids(&all, "r", "s", "t", Some("ix_b")), [2]);
        assert!(ids(&all, "r", "s", "t", None).is_empty());
        assert!(ids(&all, "r", "s", "t", Some("fk_ab")).is_empty());
    }

    #[test]
    fn a_name_becomes_a_pattern_for_itself_alone() {
        for name in ["public.t", "a,b", "say \"x\"", " t ", "a\nb", "t😀*", "", r"back\slash", "<b>", "a+(b)|[c]{2}^$"]
        {
            let pattern = pattern_for(name);
            assert_eq!(single_name(&pattern).as_deref(), if name.is_empty() { None } else { Some(name) }, "{pattern}");
            if !name.is_empty() {
                assert!(Patterns::parse(&pattern).unwrap().matches(name), "{pattern}");
            }
        }
        for pattern in ["a.b", "a, b", r"\d", "(", "a*"] {
            assert_eq!(single_name(pattern), None, "{pattern}");
        }
    }
}
