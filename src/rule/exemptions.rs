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

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_qualified_name.is_empty() && self.by_name.is_empty() && self.others.is_empty()
    }
}

impl Entry {
    fn covers(&self, rule: &str, relation: &QualifiedName, object: Option<&str>) -> bool {
        (self.exemption.rule == rule || self.exemption.rule == EVERY_RULE)
            && self.object.as_ref().is_none_or(|names| object.is_some_and(|object| names.matches(object)))
            && self.relation.as_ref().is_none_or(|patterns| patterns.matches_relation(relation))
    }
}

impl ObjectNames {
    fn read(text: &str) -> Self {
        single_name(text).map_or_else(|| Self::Patterns(LazyPatterns::new(text)), Self::Name)
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Patterns(patterns) => patterns.read().matches(name),
        }
    }
}

impl LazyPatterns {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), read: OnceCell::new() }
    }

    /// The patterns; none if they are broken. They are checked when they are stored.
    fn read(&self) -> &Patterns {
        self.read.get_or_init(|| Patterns::parse(&self.text).unwrap_or_default())
    }

    /// Whether they match a relation. A name with a dot in it is matched with its schema only: else a table in one schema
    /// could take a name that looks like that of an exempt table in another one.
    fn matches_relation(&self, name: &QualifiedName) -> bool {
        match name.name.contains('.') {
            true => self.read().matches(&name.to_string()),
            false => self.read().matches_relation(name),
        }
    }
}

/// A pattern that matches this text alone, as an item of a list.
pub fn pattern_for(text: &str) -> String {
    as_item(regex_syntax::escape(text))
}

/// A pattern that matches this relation alone, as an item of a list. The dot between the schema and the name is written in
/// another way than those in them, so that it can be told where the schema ends.
pub fn pattern_for_relation(name: &QualifiedName) -> String {
    let escape = |part: &str| regex_syntax::escape(part).replace(r"\.", DOT_IN_NAME);
    as_item(format!(r"{}\.{}", escape(&name.schema), escape(&name.name)))
}

/// The pattern of a dot inside of a schema's or a relation's name.
const DOT_IN_NAME: &str = "[.]";

fn as_item(pattern: String) -> String {
    let needs_quotes = pattern.contains([',', '"']) || pattern.trim() != pattern || pattern.is_empty();
    if needs_quotes { format!("\"{}\"", pattern.replace('"', "\"\"")) } else { pattern }
}

/// The only item of a list.
fn single_item(text: &str) -> Option<String> {
    let mut items = list::split(text).ok()?;
    items.pop().filter(|_| items.is_empty())
}

/// The name for which a list of patterns stands, if it has one item, which is nothing but a name.
fn single_name(text: &str) -> Option<String> {
    unescape(&single_item(text)?)
}

/// The relation for which a list of patterns stands, if it has one item, which is nothing but its name, alone or with its
/// schema.
fn single_relation(text: &str) -> Option<(Option<String>, String)> {
    let item = single_item(text)?;
    let mut separators = separators(&item);
    match (separators.next(), separators.next()) {
        (None, _) => Some((None, unescape(&item)?)),
        (Some(at), None) => {
            let part = |part: &str| unescape(&part.replace(DOT_IN_NAME, r"\."));
            Some((Some(part(&item[..at])?), part(&item[at + 2..])?))
        }
        // It may be a name with a dot in it.
        _ => None,
    }
}

/// Where the escaped dots of a pattern are.
fn separators(pattern: &str) -> impl Iterator<Item = usize> {
    let mut characters = pattern.char_indices();
    std::iter::from_fn(move || {
        while let Some((at, c)) = characters.next() {
            if c == '\\' && characters.next().is_some_and(|(_, escaped)| escaped == '.') {
                return Some(at);
            }
        }
        None
    })
}

/// The text that a pattern matches, if it matches one alone.
fn unescape(pattern: &str) -> Option<String> {
    let mut name = String::new();
    let mut characters = pattern.chars();
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
    fn a_relation_becomes_a_pattern_for_itself_alone() {
        let odd = ["t", "a.b", r"a\.b", r"a\", ".", "a,b", "say \"x\"", " t ", "a\nb", "t😀*", "[.]", r"\", "<b>"];
        for (schema, name) in odd.iter().flat_map(|schema| odd.map(|name| (*schema, name))) {
            let pattern = pattern_for_relation(&QualifiedName::new(schema, name));
            let expected = Some((Some(schema.to_owned()), name.to_owned()));
            assert_eq!(single_relation(&pattern), expected, "{pattern}");
            assert!(Patterns::parse(&pattern).unwrap().matches(&format!("{schema}.{name}")), "{pattern}");
        }
        assert_eq!(pattern_for_relation(&QualifiedName::new("public", "orders")), r"public\.orders");
        for pattern in [r"a\.b\.c", "a[.]b", r"a\..*", r"a\.b, c", "a.b"] {
            assert_eq!(single_relation(pattern), None, "{pattern}");
        }
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
