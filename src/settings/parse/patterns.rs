//! Lists of regular expressions over names.

use std::cell::RefCell;
use std::collections::BTreeSet;

use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, Look};

use super::list;
use super::regex;
use crate::facts::QualifiedName;
use crate::settings::BadValue;

/// Regular expressions, each of which must match a whole name. Matching takes linear time.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// The patterns that are nothing but a name.
    names: BTreeSet<String>,
    /// Those that are nothing but a schema and a name: `audit\.log`.
    qualified_names: Vec<QualifiedName>,
    /// All other patterns, compiled into one expression for whole names.
    expressions: Option<Regex>,
    /// The relation that was asked for last, and whether it matches: many rules ask for the same one.
    last_asked: RefCell<Option<(QualifiedName, bool)>>,
}

impl Patterns {
    /// Reads a comma-separated list. The refusal names the pattern that is broken.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        Self::of_items(list::split(text)?)
    }

    /// Reads a single pattern, in which a comma is a comma.
    pub fn parse_single(text: &str) -> Result<Self, BadValue> {
        Self::of_items(vec![text.to_owned()]).map_err(|bad| BadValue { hint: None, ..bad })
    }

    fn of_items(items: Vec<String>) -> Result<Self, BadValue> {
        let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let (names, others): (Vec<String>, Vec<String>) = items.into_iter().partition(|text| is_name(text));
        let (mut qualified_names, mut expressions) = (Vec::new(), Vec::new());
        for pattern in others {
            match pattern.split_once(r"\.") {
                Some((schema, name)) if is_name(schema) && is_name(name) => {
                    qualified_names.push(QualifiedName::new(schema, name));
                }
                _ => expressions.push(pattern),
            }
        }
        let length: usize = expressions.iter().map(String::len).sum();
        if length > MAX_EXPRESSIONS_BYTES || expressions.iter().any(|pattern| pattern.len() > MAX_PATTERN_BYTES) {
            return Err(refuse_length());
        }
        let anchored = expressions.iter().map(|pattern| anchored(pattern)).collect::<Result<Vec<_>, _>>()?;
        let expressions = match anchored.is_empty() {
            true => None,
            false => Some(compile(&anchored).map_err(|reason| refusal(&expressions.join(", "), &reason))?),
        };
        Ok(Self { names: names.into_iter().collect(), qualified_names, expressions, last_asked: RefCell::default() })
    }

    /// Whether any pattern matches the whole of `name`.
    pub fn matches(&self, name: &str) -> bool {
        let whole = || Input::new(name).anchored(Anchored::Yes);
        self.names.contains(name)
            || (name.contains('.') && self.qualified_names.iter().any(|known| known.to_string() == name))
            || self.expressions.as_ref().is_some_and(|all| all.is_match(whole()))
    }

    /// Whether any pattern matches the name of a relation, alone or with its schema.
    pub fn matches_relation(&self, name: &QualifiedName) -> bool {
        let mut last_asked = self.last_asked.borrow_mut();
        match &*last_asked {
            Some((asked, matches)) if asked == name => *matches,
            _ => last_asked.insert((name.clone(), self.find_match(name))).1,
        }
    }

    fn find_match(&self, name: &QualifiedName) -> bool {
        // A pattern that is nothing but a name has no dot.
        self.matches(&name.name)
            || self.qualified_names.contains(name)
            || (self.expressions.is_some() && self.matches(&name.to_string()))
    }

    /// The patterns as names, without the schemas of those that have one; `None` if one of them is more than a name.
    pub fn plain_names(&self) -> Option<impl Iterator<Item = &str>> {
        let qualified = self.qualified_names.iter().map(|known| known.name.as_str());
        self.expressions.is_none().then(|| self.names.iter().map(String::as_str).chain(qualified))
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.qualified_names.is_empty() && self.expressions.is_none()
    }
}

/// How long a pattern may be that is more than a name, and all of those of a list. Reading them cannot be cancelled, takes
/// up to a hundred times their length in memory, and anybody may ask for it.
const MAX_PATTERN_BYTES: usize = 10_000;
const MAX_EXPRESSIONS_BYTES: usize = 100_000;

fn refuse_length() -> BadValue {
    let detail = format!(
        "A pattern may have {MAX_PATTERN_BYTES} bytes, and those of a list that are more than names may have \
         {MAX_EXPRESSIONS_BYTES} bytes together."
    );
    BadValue { detail, hint: None }
}

/// A pattern that matches whole names only. Put together as text, `a)|(b` would become well-formed inside of a group, and
/// the comment in `(?x)a # b` would not end before the group does.
fn anchored(pattern: &str) -> Result<Hir, BadValue> {
    let expression = regex::parse(pattern).map_err(|error| refusal(pattern, &error.to_string()))?;
    Ok(Hir::concat(vec![Hir::look(Look::Start), expression, Hir::look(Look::End)]))
}

/// Compiles patterns into one expression that matches what any of them does. Names are short, so an engine that is cheap
/// to build is best.
fn compile(patterns: &[Hir]) -> Result<Regex, String> {
    let config = Regex::config()
        .dfa(false)
        .onepass(false)
        .auto_prefilter(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(10 << 20));
    Regex::builder().configure(config).build_many_from_hir(patterns).map_err(|error| error.to_string())
}

fn refusal(pattern: &str, reason: &str) -> BadValue {
    let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
    BadValue {
        detail: format!("\"{pattern}\" is not a regular expression: {reason}."),
        hint: Some("A pattern with a comma in it needs double quotes around it.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_anchored_as_a_whole() {
        let patterns = Patterns::parse("a|bc, x.*").unwrap();
        assert!(patterns.matches("x\ny"), "a name may hold a line break");
        assert!(patterns.matches("a") && patterns.matches("bc") && patterns.matches("xyz"));
        assert!(!patterns.matches("abc") && !patterns.matches("ab") && !patterns.matches("yx"));
        let commented = Patterns::parse("(?x)a b # not c, z").unwrap();
        assert!(commented.matches("ab") && commented.matches("z") && !commented.matches("abc"));
    }

    #[test]
    fn what_takes_long_to_read_is_refused() {
        let fits = |text: String| Patterns::parse(&text).is_ok();
        assert!(fits("a|".repeat(5000)) && !fits("a|".repeat(5001)));
        assert!(fits(format!("{}b", "a|b,".repeat(20_000))) && !fits("a|bcdefgh,".repeat(12_000) + "b"));
        assert!(fits("name,".repeat(100_000) + "b"), "names are cheap");
        assert!(Patterns::parse_single(&r"\w{1,50},".repeat(100_000)).is_err());
    }

    #[test]
    fn a_broken_pattern_is_named() {
        for broken in ["a(", "a)|(b", "[z-a]", "*"] {
            let refused = Patterns::parse(&format!("fine, {broken}")).unwrap_err();
            assert!(refused.detail.starts_with(&format!("\"{broken}\" is not")), "{}", refused.detail);
        }
    }

    #[test]
    fn plain_names_are_told_from_patterns() {
        let names = |text| Patterns::parse(text).unwrap().plain_names().map(Iterator::count);
        assert_eq!((names("alembic_version, größe"), names("a.*"), names("")), (Some(2), None, Some(0)));
        assert_eq!((names(r"a, b\.c"), names(r"b\.c.*"), names("b.c")), (Some(2), None, None));
    }

    #[test]
    fn a_name_with_its_schema_is_one_relation() {
        let patterns = Patterns::parse(r"audit\.log").unwrap();
        let matches = |schema, name| patterns.matches_relation(&QualifiedName::new(schema, name));
        assert!(matches("audit", "log") && matches("other", "audit.log"));
        assert!(!matches("public", "log") && !matches("audit", "logs"));
        assert!(!patterns.is_empty());
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        let none = Patterns::parse("").unwrap();
        assert!(none.is_empty() && !none.matches("") && !none.matches("a"));
    }
}
