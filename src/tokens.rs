//! Names in the text of a command, as far as it takes to find those that are too long.

use crate::sql::MAX_NAME_BYTES;

/// The names in a text that are longer than PostgreSQL keeps, as PostgreSQL reads them before it cuts them: without
/// quotes, in lower case where they had none. Strings and comments are passed over; the bodies between dollar quotes
/// are read.
pub fn long_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    if text.len() > MAX_NAME_BYTES {
        collect(text, &mut names);
        names.retain(|name| name.len() > MAX_NAME_BYTES);
    }
    names
}

fn collect(text: &str, names: &mut Vec<String>) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment_length(rest)
        } else if first == '\'' {
            quoted_length(rest, '\'', false)
        } else if rest.starts_with("E'") || rest.starts_with("e'") {
            1 + quoted_length(&rest[1..], '\'', true)
        } else if first == '"' {
            let length = quoted_length(rest, '"', false);
            names.push(rest[1..length].trim_end_matches('"').replace("\"\"", "\""));
            length
        } else if first == '$' {
            dollar_quoted(rest, names)
        } else if is_name_start(first) {
            let length = rest.find(|c| !is_name_start(c) && !c.is_ascii_digit() && c != '$').unwrap_or(rest.len());
            names.push(rest[..length].to_ascii_lowercase());
            length
        } else {
            first.len_utf8()
        };
        rest = &rest[length..];
    }
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// The length of a comment; comments nest.
fn comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a quoted text with its quotes; a doubled quote stands for one, a backslash may escape.
fn quoted_length(text: &str, quote: char, backslash: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if backslash && c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// Reads a text between dollar quotes; gives its length with them, or that of a lone dollar sign.
fn dollar_quoted(text: &str, names: &mut Vec<String>) -> usize {
    let Some(end) = text[1..].find('$') else { return 1 };
    let tag = &text[..end + 2];
    if !tag[1..end + 1].chars().all(|c| is_name_start(c) || c.is_ascii_digit()) {
        return 1;
    }
    let body = &text[tag.len()..];
    let length = body.find(tag).unwrap_or(body.len());
    collect(&body[..length], names);
    (2 * tag.len() + length).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_everything_else_is_passed_over() {
        let long = "Abcdefgh".repeat(8);
        let lower = long.to_lowercase();
        let cases = [
            (format!("CREATE TABLE {long}x (a int)"), vec![format!("{lower}x")]),
            (format!("CREATE TABLE \"{long} x\" (a int)"), vec![format!("{long} x")]),
            (format!("SELECT '{long}x', E'\\'{long}x', 'it''s {long}x'"), vec![]),
            (format!("-- {long}x\nSELECT 1 /* /* {long}x */ {long}x */"), vec![]),
            (format!("DO $a$ BEGIN CREATE TABLE {long}x (); END $a$; SELECT $1"), vec![format!("{lower}x")]),
            (format!("SELECT {}", "x".repeat(63)), vec![]),
            (format!("SELECT \"{}", "x".repeat(64)), vec!["x".repeat(64)]),
            (format!("SELECT 'a', {}", "ä".repeat(32)), vec!["ä".repeat(32)]),
        ];
        for (text, expected) in cases {
            assert_eq!(long_names(&text), expected, "{text}");
        }
    }

    #[test]
    fn broken_text_does_no_harm() {
        for text in ["'", "\"", "$", "$$", "$a$", "/*", "/* /*", "--", "E'", "$a", "ä$ä$", "*/"] {
            assert!(long_names(&text.repeat(40)).len() <= 1, "{text}");
        }
    }
}
