//! The exemptions that people have written down, each with its reason.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::exemption_names::{common_prefix, single_name, single_relation};
use crate::facts::QualifiedName;
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
    /// Those for one relation in one schema.
    by_qualified_name: HashMap<QualifiedName, Vec<Entry>>,
    /// Those for the relations of one name, in whichever schema.
    by_name: HashMap<String, Vec<Entry>>,
    /// Those with a pattern.
    others: Vec<Entry>,
}

struct Entry {
    exemption: Exemption,
    /// `None` where the name is the key under which the exemption is found.
    relation: Option<LazyPatterns>,
    object: Option<ObjectNames>,
}

/// One name, or patterns.
enum ObjectNames {
    Name(String),
    Patterns(LazyPatterns),
}

/// Patterns that are read when they are first asked for.
struct LazyPatterns {
    text: String,
    /// What the names begin with that they match. Reading a pattern takes longer than comparing this with a name.
    prefix: String,
    read: OnceCell<Patterns>,
}

impl Exemptions {
    pub fn new(exemptions: impl IntoIterator<Item = Exemption>) -> Self {
        let mut all = Self::default();
        for exemption in exemptions {
            let object = exemption.object.as_deref().map(ObjectNames::read);
            let (relation, entries) = match single_relation(&exemption.relation) {
                Some((Some(schema), name)) => {
                    (None, all.by_qualified_name.entry(QualifiedName { schema, name }).or_default())
                }
                Some((None, name)) => (None, all.by_name.entry(name).or_default()),
                None => (Some(LazyPatterns::new(&exemption.relation)), &mut all.others),
            };
            entries.push(Entry { exemption, relation, object });
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
        let of_name = self.by_name.get(&relation.name);
        let named = self.by_qualified_name.get(relation).into_iter().chain(of_name).flatten();
        named
            .chain(&self.others)
            .filter(move |entry| entry.covers(rule, relation, object))
            .map(|entry| &entry.exemption)
    }

    /// Whether a violation is exempt.
    pub fn cover(&self, rule: &str, relation: &QualifiedName, object: Option<&str>) -> bool {
        self.of(rule, relation, object).next().is_some()
    }
}

impl Entry {
    fn covers(&self, rule: &str, relation: &QualifiedName, object: Option<&str>) -> bool {
        (self.exemption.rule == rule || self.exemption.rule == EVERY_RULE)
            && self.relation.as_ref().is_none_or(|patterns| patterns.matches_relation(relation))
            && self.object.as_ref().is_none_or(|names| object.is_some_and(|object| names.matches(object)))
    }
}

impl ObjectNames {
    fn read(text: &str) -> Self {
        single_name(text).map_or_else(|| Self::Patterns(LazyPatterns::new(text)), Self::Name)
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Patterns(patterns) => patterns.matches(name),
        }
    }
}

impl LazyPatterns {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), prefix: common_prefix(text), read: OnceCell::new() }
    }

    fn matches(&self, name: &str) -> bool {
        name.starts_with(&self.prefix) && self.read().matches(name)
    }

    /// The patterns; none if they are broken. They are checked when they are stored.
    fn read(&self) -> &Patterns {
        self.read.get_or_init(|| Patterns::parse(&self.text).unwrap_or_default())
    }

    /// Whether they match a relation. A name with a dot in it is matched with its schema only: else a table in one schema
    /// could take a name that looks like that of an exempt table in another one.
    fn matches_relation(&self, name: &QualifiedName) -> bool {
        (!name.name.contains('.') && self.matches(&name.name)) || self.matches(&name.to_string())
    }
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
        assert_eq!(ids(&all, "r", "app", "t", None), [1, 2, 3]);
        assert_eq!(ids(&all, "r", "other", "t", Some("a")), [2]);
        assert_eq!(ids(&all, "s", "app", "u", None), [3]);
        assert!(ids(&all, "r", "app_t", "u", None).is_empty());
    }

    #[test]
    fn a_name_with_a_dot_hides_behind_no_other_schema() {
        let all = exemptions(&[("r", r"app\.t", None), ("r", r"old\..*", None), ("r", r"x\.y\.z", None)]);
        assert!(ids(&all, "r", "other", "app.t", None).is_empty());
        assert!(ids(&all, "r", "other", "old.t", None).is_empty());
        assert_eq!(ids(&all, "r", "old", "a.t", None), [2]);
        assert_eq!((ids(&all, "r", "x.y", "z", None), ids(&all, "r", "x", "y.z", None)), (vec![3], vec![3]));
        assert!(ids(&all, "r", "other", "x.y.z", None).is_empty());
    }

    #[test]
    fn an_object_is_asked_for_where_one_is_named() {
        let all = exemptions(&[("r", "t", Some("fk_a")), ("r", "t", Some("ix_.*"))]);
        assert_eq!(ids(&all, "r", "s", "t", Some("fk_a")), [1]);
        assert_eq!(ids(&all, "r", "s", "t", Some("ix_b")), [2]);
        assert!(ids(&all, "r", "s", "t", None).is_empty());
        assert!(ids(&all, "r", "s", "t", Some("fk_ab")).is_empty());
    }
}
