//! The names in exemptions: as patterns that match them alone, and read back from these.

use std::borrow::Cow;

use crate::facts::QualifiedName;
use crate::settings::parse::list;

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
fn single_item(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains([',', '"']) {
        return Some(text.trim()).filter(|item| !item.is_empty()).map(Cow::Borrowed);
    }
    let mut items = list::split(text).ok()?;
    items.pop().filter(|_| items.is_empty()).map(Cow::Owned)
}

/// What every name begins with that a list of patterns matches; empty where that is not plain to see.
pub(super) fn common_prefix(text: &str) -> String {
    let Some(item) = single_item(text).filter(|item| !item.contains(['|', '(', '['])) else { return String::new() };
    let mut prefix = String::new();
    let mut characters = item.chars();
    while let Some(c) = characters.next() {
        let literal = match c {
            '\\' => characters.next().filter(char::is_ascii_punctuation),
            _ => Some(c).filter(|c| !regex_syntax::is_meta_character(*c)),
        };
        let Some(literal) = literal else {
            // The character before it need not be there.
            if matches!(c, '*' | '?' | '{') {
                prefix.pop();
            }
            break;
        };
        prefix.push(literal);
    }
    prefix
}

/// The name for which a list of patterns stands, if it has one item, which is nothing but a name.
pub(super) fn single_name(text: &str) -> Option<String> {
    unescape(&single_item(text)?)
}

/// The relation for which a list of patterns stands, if it has one item, which is nothing but its name, alone or with its
/// schema.
pub(super) fn single_relation(text: &str) -> Option<(Option<String>, String)> {
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
    use crate::settings::parse::patterns::Patterns;

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

    #[test]
    fn what_a_pattern_matches_begins_with_its_prefix() {
        for (pattern, prefix) in [
            (r"app\..*", "app."),
            ("old_.*", "old_"),
            ("ab*c", "a"),
            ("ab{2}", "a"),
            ("ab?", "a"),
            ("ab+", "ab"),
            (r"a\d", "a"),
            ("a|b", ""),
            ("(?i)abc", ""),
            ("[ab]c", ""),
            ("a, b", ""),
            (r#""a,b.*""#, "a,b"),
            ("^a", ""),
            (".*", ""),
        ] {
            assert_eq!(common_prefix(pattern), prefix, "{pattern}");
        }
    }
}
