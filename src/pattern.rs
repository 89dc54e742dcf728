//! Lists of regular expressions over names.

use regex::Regex;

use crate::list;
use crate::settings::BadValue;

/// Regular expressions, each of which must match a whole name. Matching takes linear time.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<Pattern>);

#[derive(Clone, Debug)]
struct Pattern {
    /// As it was written.
    text: String,
    /// For whole names.
    regex: Regex,
}

impl Patterns {
    /// Reads a comma-separated list; the refusal names the pattern that is broken.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let pattern = |text: String| Ok(Pattern { regex: anchored(&text)?, text });
        list::split(text)?.into_iter().map(pattern).collect::<Result<_, _>>().map(Self)
    }

    /// Whether any of them matches the whole of `name`.
    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.regex.is_match(name))
    }

    /// The patterns as names, if that is all they are.
    pub fn plain_names(&self) -> Option<impl Iterator<Item = &str>> {
        let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        self.0.iter().all(|one| is_plain(&one.text)).then(|| self.0.iter().map(|one| one.text.as_str()))
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a regular expression of PostgreSQL matches strings up to some length only: it is anchored at both ends and
/// repeats nothing without end. False where that is not plain to see.
pub fn bounds_length(regex: &str) -> bool {
    let Some(inner) = regex.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')) else { return false };
    let mut chars = inner.chars();
    let (mut depth, mut in_brackets) = (0, false);
    while let Some(c) = chars.next() {
        match c {
            // The last character may be what makes the closing "$" a plain one.
            '\\' if chars.next().is_none() => return false,
            '\\' => {}
            _ if in_brackets => in_brackets = c != ']',
            '[' => {
                in_brackets = true;
                // "]" is a member where it comes first.
                let rest = chars.as_str();
                let members = rest.strip_prefix('^').unwrap_or(rest);
                chars = members.strip_prefix(']').unwrap_or(members).chars();
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            '*' | '+' => return false,
            '|' if depth == 0 => return false,
            '{' if chars.as_str().split_once('}').is_none_or(|(bounds, _)| bounds.ends_with(',')) => return false,
            _ => {}
        }
    }
    !in_brackets
}

/// Compiles a pattern so that it matches whole names only.
fn anchored(pattern: &str) -> Result<Regex, BadValue> {
    // The bare pattern is compiled first: "a)|(b" must not become well-formed by what is put around it.
    Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})$"))).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        BadValue {
            detail: format!("\"{pattern}\" is not a regular expression: {reason}."),
            hint: Some("A pattern with a comma in it needs double quotes around it.".to_owned()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_anchored_as_a_whole() {
        let patterns = Patterns::parse("a|bc, x.*").unwrap();
        assert!(patterns.matches("a") && patterns.matches("bc") && patterns.matches("xyz"));
        assert!(!patterns.matches("abc") && !patterns.matches("ab") && !patterns.matches("yx"));
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
        let names = |text| Patterns::parse(text).unwrap().plain_names().map(|names| names.count());
        assert_eq!((names("alembic_version, größe"), names("a.*"), names("")), (Some(2), None, Some(0)));
    }

    #[test]
    fn regular_expressions_that_bound_a_length() {
        for bounded in
            ["^[A-Z]{3}$", r"^\d{1,5}(-\d{4})?$", "^(a|b)$", "^[*+]$", "^[]*]$", "^[^]|]{2}$", r"^\+\*$", "^$"]
        {
            assert!(bounds_length(bounded), "{bounded}");
        }
        for unbounded in ["^[a-z]+$", "^a*$", "[A-Z]{3}", "^a{2,}$", "^a|b$", r"^a\$", "^a{2", "^[a", "^", "$", ""] {
            assert!(!bounds_length(unbounded), "{unbounded}");
        }
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        let none = Patterns::parse("").unwrap();
        assert!(none.is_empty() && !none.matches("") && !none.matches("a"));
    }
}
