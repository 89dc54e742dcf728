//! Names as SQL: what is quoted reads as the same name, and what is chosen or suggested is a name that can be had.

use super::texts;
use super::tokens::{self, Token};
use crate::sql;

pub fn quoting(text: &str) {
    let quoted = sql::quote(text);
    let expected = match quoted == text {
        true => Token::Other(text.to_owned()),
        false => Token::Name(text.to_owned()),
    };
    assert_eq!(tokens::read(&quoted), Some(vec![expected]));
    let literal = sql::literal(text);
    assert_eq!(tokens::read(&literal), Some(vec![Token::Text(text.to_owned())]));
    let cut = sql::truncate(text);
    assert!(cut.len() <= 63 && text.starts_with(cut) && (cut == text || cut.len() > 59));
    let plain = sql::plain_name(text, "s", "t_");
    assert_eq!(sql::quote(&plain), plain);
}

/// Names are replaced where they are names, and nothing else is touched.
pub fn identifiers(text: &str) {
    assert_eq!(sql::replace_identifiers(text, |_| None), text);
    let names = sql::identifiers(text);
    let mut asked = 0;
    sql::replace_identifiers(text, |name| {
        asked += 1;
        assert!(names.contains(name));
        None
    });
    assert!(names.len() <= asked);
    // Written again, each is what it was.
    if let Some(before) = tokens::read(text) {
        let written = sql::replace_identifiers(text, |name| Some(format!("\"{}\"", name.replace('"', "\"\""))));
        let after = tokens::read(&written);
        let plain = |token: Token| match token {
            Token::Name(name) => Token::Other(name),
            other => other,
        };
        let is_quoted_empty = before.contains(&Token::Name(String::new()));
        let before: Vec<Token> = before.into_iter().map(plain).collect();
        let after = after.map(|after| after.into_iter().map(plain).collect::<Vec<_>>());
        // A string with escapes is more than it looks here, and so is a name next to another one.
        if !is_quoted_empty && !text.contains(['\\', '&']) && !has_neighbours(text) {
            assert_eq!(after, Some(before), "{written}");
        }
    }
}

/// Whether a quote and a letter stand side by side: the quotes that are added there make one name of two, or a string with
/// escapes another one. And a comment may hold anything.
fn has_neighbours(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let is_quote = |c: char| matches!(c, '"' | '\'');
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let touch = |pair: &[char]| {
        (is_quote(pair[0]) && (is_word(pair[1]) || is_quote(pair[1]))) || (is_word(pair[0]) && is_quote(pair[1]))
    };
    text.contains("--") || chars.windows(2).any(touch)
}

/// No two names that a chooser gives are the same, and each can be had.
pub fn chosen(text: &str) {
    let [first, second, taken] = texts(text);
    let mut chooser = sql::NameChooser::default();
    let mut seen = std::collections::HashSet::new();
    for parts in [[first, second], [first, ""], ["", second], [second, first], [first, second]] {
        let name = chooser.choose(&parts, |name| name == taken);
        assert!(name.len() <= 63 && name != taken && chooser.has_chosen(&name));
        assert!(seen.insert(name), "{seen:?}");
    }
}

/// A name that PostgreSQL makes up is known again.
pub fn made_up(text: &str) {
    let [table, column, second] = texts(text);
    let (table, column, second) = (sql::truncate(table), sql::truncate(column), sql::truncate(second));
    let middle = sql::index_columns_in_name([column, second, column]);
    for (middle, label) in [(None, "pkey"), (Some(column), "check"), (Some(middle.as_str()), "key"), (Some(""), "fkey")]
    {
        for number in ["", "1", "12"] {
            let name = sql::made_up_name(table, middle, &format!("{label}{number}"));
            assert!(name.len() <= 63);
            assert!(sql::is_made_up_name(&name, table, middle, label), "{name}");
            assert!(sql::has_label(&name, label), "{name}");
        }
        sql::is_made_up_name(text, table, middle, label);
    }
}

/// Every long name of a text is found, and nothing else is longer than asked for.
pub fn long(text: &str) {
    for length in [0, 3, 63] {
        let names = sql::long_names::long_names(text, length);
        assert!(names.iter().all(|name| name.len() > length));
        let read = tokens::read(text).unwrap_or_default();
        if text.contains(['$', '\\', '&', '/']) || read.iter().any(|token| matches!(token, Token::Comment(_))) {
            continue;
        }
        for token in read {
            if let Token::Name(name) = token
                && name.len() > length
            {
                assert!(names.contains(&name), "{name:?} is not among {names:?}");
            }
        }
    }
}
