//! Regular expressions over names: every way to compare a name with one gives the same answer.

use regex_automata::meta::Regex;
use regex_syntax::ParserBuilder;

use super::texts;
use crate::settings::name_pattern::{NamePattern, Placeholders};
use crate::settings::parse::list;
use crate::settings::parse::patterns::Patterns;
use crate::settings::parse::regex;
use crate::sql::regex::bounds_length;

/// Longer patterns take the tests too long.
const MAX_BYTES: usize = 300;

/// Names that are longer may have been cut, and are compared in another way.
const MAX_NAME: usize = 40;

/// What any pattern of a list matches, the list matches, and nothing else; what is refused is named.
pub fn lists(text: &str) {
    let [list, name] = texts(text);
    let Ok(items) = list::split(list) else { return };
    if list.len() > MAX_BYTES {
        return;
    }
    let single: Vec<_> = items.iter().map(|item| Patterns::parse_single(item)).collect();
    match Patterns::parse(list) {
        Ok(patterns) => {
            assert_eq!(patterns.is_empty(), items.is_empty());
            for name in items.iter().map(String::as_str).chain([name, ""]) {
                let any = single.iter().any(|one| one.as_ref().is_ok_and(|one| one.matches(name)));
                assert_eq!(patterns.matches(name), any, "{name:?}");
            }
        }
        Err(bad) => {
            // A list may be too large as a whole.
            let is_named = |(item, one): (&String, &Result<Patterns, _>)| {
                one.is_err() && bad.detail.starts_with(&format!("\"{item}\" is not a regular expression: "))
            };
            let is_too_large = single.iter().all(Result::is_ok) && bad.detail.contains("size");
            assert!(is_too_large || items.iter().zip(&single).any(is_named), "{}", bad.detail);
        }
    }
}

/// The patterns of exemptions, those for names and the crate's own search agree.
pub fn engines(text: &str) {
    let [pattern, name] = texts(text);
    if pattern.len() > MAX_BYTES || name.len() > MAX_NAME {
        return;
    }
    let Ok(exempting) = Patterns::parse_single(pattern) else { return };
    let matches = exempting.matches(name);
    if let Ok(pattern) = NamePattern::parse(pattern, &[]) {
        assert_eq!(pattern.fits(name, &Placeholders::default()), matches);
    }
    let Ok(whole) = regex::parse(pattern) else { return };
    // As a group, so that the search itself has to find the whole name. A comment at the end would hide the parenthesis.
    let grouped = format!("^(?:{pattern}\n)$").replace("\n)", ")");
    let syntax = regex_automata::util::syntax::Config::new().dot_matches_new_line(true);
    if let Ok(grouped) = Regex::builder().syntax(syntax).build(&grouped) {
        assert_eq!(grouped.is_match(name), matches, "{whole:?}");
    }
}

/// A pattern that is compared piece by piece fits what the pattern with the names in it fits.
pub fn placeholders(text: &str) {
    let [pattern, name, table, column, second] = texts(text);
    if pattern.len() > MAX_BYTES || name.len() > MAX_NAME || text.contains('#') {
        return;
    }
    let Ok(read) = NamePattern::parse(pattern, &["table", "columns", "column_0", "ref_table"]) else { return };
    let columns = [Some(column.to_owned()), Some(second.to_owned())];
    let placeholders = Placeholders { table, columns: &columns, ref_table: "customers" };
    // A flag such as x changes what the names in the pattern mean.
    let plain = |text: &str| !text.contains(['{', '}']);
    if pattern.contains("(?") || ![table, column, second].into_iter().all(plain) {
        read.fits(name, &placeholders);
        return;
    }
    let names = [
        ("{table}", table.to_owned()),
        ("{columns}", format!("{column}_{second}")),
        ("{column_0}", column.to_owned()),
        ("{ref_table}", "customers".to_owned()),
    ];
    let put = |text: String, (word, name): &(&str, String)| text.replace(word, &regex_syntax::escape(name));
    let whole = names.iter().fold(pattern.to_owned(), put);
    if let Ok(whole) = Patterns::parse_single(&whole) {
        assert_eq!(read.fits(name, &placeholders), whole.matches(name));
    }
}

/// A name that a pattern suggests fits it.
pub fn suggestions(text: &str) {
    let [pattern, table, column, rest] = texts(text);
    if pattern.len() > MAX_BYTES {
        return;
    }
    let Ok(read) = NamePattern::parse(pattern, &["table", "columns", "column_0", "ref_table"]) else { return };
    assert_eq!(read.text(), pattern);
    let columns = [Some(column.to_owned()), None];
    let placeholders = Placeholders { table, columns: &columns, ref_table: table };
    if let Some(name) = read.suggest(&placeholders, rest) {
        assert!(read.fits(&name, &placeholders), "{name:?}");
        assert!(name.len() <= 63);
    }
}

/// What is said to bound a length has no match that is longer than every bound.
pub fn bounds(text: &str) {
    // These mean something else to PostgreSQL.
    if !bounds_length(text) || text.len() > MAX_BYTES || text.contains("(?") || text.contains("\\") {
        return;
    }
    // A brace with spaces is a limit to Rust alone.
    let has_spaces = |inside: &str| inside.split('}').next().unwrap_or_default().contains(char::is_whitespace);
    if text.contains("[") || text.split('{').skip(1).any(has_spaces) {
        return;
    }
    if let Ok(read) = ParserBuilder::new().build().parse(text) {
        assert!(read.properties().maximum_len().is_some(), "{read}");
    }
}
