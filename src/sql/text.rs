//! Text of SQL that is no name: constants and comments.

use std::borrow::Cow;

use super::names::quoted_length;

/// A text as a string constant.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    match text.contains('\\') {
        true => format!("E'{}'", quoted.replace('\\', r"\\")),
        false => format!("'{quoted}'"),
    }
}

/// A text as a comment. Each of its lines becomes one, whatever ends the line for PostgreSQL or for a tool that splits
/// scripts, so that nothing of the text can be run.
pub fn comment(text: &str) -> String {
    let lines: Vec<String> = text.split(is_line_break).map(|line| format!("-- {line}")).collect();
    lines.join("\n")
}

/// Whether a character ends a line somewhere: PostgreSQL knows CR and LF, Unicode some more.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0B' | '\x0C' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character would end a line, steer a terminal or turn the direction of what follows.
pub fn is_odd(c: char) -> bool {
    let turns = matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || is_line_break(c) || turns
}

/// A text on one line: line breaks and other control characters are written as escapes, so that what a name holds is not
/// taken for a line of its own.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_odd) {
        return text.into();
    }
    let escaped = |c: char| if is_odd(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect::<String>().into()
}

/// SQL on one line, as far as line breaks are not part of names and constants. There must be no comments in it.
pub fn join_lines(sql: &str) -> String {
    let (mut joined, mut rest) = (String::new(), sql);
    while let Some(at) = rest.find(['\'', '"', '\n']) {
        joined += &rest[..at];
        rest = &rest[at..];
        if rest.starts_with('\n') {
            joined.truncate(joined.trim_end().len());
            joined += if joined.ends_with('(') { "" } else { " " };
            rest = rest.trim_start();
        } else {
            let (quoted, after) = rest.split_at(quoted_length(rest, if rest.starts_with('"') { '"' } else { '\'' }));
            joined += quoted;
            rest = after;
        }
    }
    joined + rest
}

/// Whether there may be a comment in a client's SQL that ends with the line.
pub fn may_hold_comment(sql: &str) -> bool {
    // These may hide where a constant ends.
    if sql.contains(['\\', '$']) {
        return sql.contains("--");
    }
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '-']) {
        rest = &rest[at..];
        let end = match rest.chars().next() {
            Some('-') if rest.starts_with("--") => return true,
            Some(quote @ ('\'' | '"')) => quoted_length(rest, quote),
            _ => 1,
        };
        rest = &rest[end..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_quoted() {
        assert_eq!((literal("it's"), literal(r"a\b")), ("'it''s'".to_owned(), r"E'a\\b'".to_owned()));
    }

    #[test]
    fn lines_are_joined_outside_of_quotes() {
        let case = "(\nCASE\n    WHEN (a = 'x\n  y') THEN 0\n    ELSE \"b\n\"\nEND)";
        assert_eq!(join_lines(case), "(CASE WHEN (a = 'x\n  y') THEN 0 ELSE \"b\n\" END)");
    }

    #[test]
    fn a_comment_sign_in_quotes_is_no_comment() {
        assert!(!may_hold_comment("t (\"a -- b\") WHERE c <> '--' AND a - 1 > 0"));
        assert!(may_hold_comment("t (a) -- b"));
        assert!(may_hold_comment(r"t (a) WHERE b = E'\'' -- b"));
    }

    #[test]
    fn no_line_gets_out_of_a_comment() {
        assert_eq!(comment("plain"), "-- plain");
        for line_break in ["\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"] {
            assert_eq!(comment(&format!("\"x{line_break}DROP TABLE t; --\"")), "-- \"x\n-- DROP TABLE t; --\"");
        }
        assert_eq!(comment("a\r\nb"), "-- a\n-- \n-- b");
    }

    #[test]
    fn a_name_does_not_make_a_line_of_its_own() {
        assert_eq!(on_one_line("größe 'x' \\n"), "größe 'x' \\n");
        assert_eq!(on_one_line("a\n\tRule: x\u{2028}\u{1b}[0m"), "a\\n\\tRule: x\\u{2028}\\u{1b}[0m");
    }

    /// Texts made of what could end a constant, a quoted name or a comment.
    fn odd_texts() -> impl Iterator<Item = String> {
        let parts = ["'", "\"", "\\", "\n", "\r", "--", "/*", "*/", "$$", ";", "a", "\u{2028}", "$a$", " "];
        (0..20_000_usize).map(move |seed| {
            let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            (0..next() % 9).map(|_| parts[next() % parts.len()]).collect()
        })
    }

    #[test]
    fn nothing_gets_out_of_a_constant_a_name_or_a_comment() {
        for text in odd_texts() {
            assert_eq!(read_literal(&literal(&text)).as_deref(), Some(text.as_str()), "{text:?}");
            let quoted = crate::sql::quote(&text);
            let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let read = inner.map_or(quoted.clone(), |inner| inner.replace("\"\"", "\""));
            assert_eq!(read, text);
            assert!(inner.is_none_or(|inner| !inner.replace("\"\"", "").contains('"')), "{quoted:?}");
            assert!(comment(&text).split(['\n', '\r']).all(|line| line.starts_with("-- ")), "{text:?}");
            assert!(!on_one_line(&text).contains(['\n', '\r', '\u{2028}']), "{text:?}");
        }
    }

    /// Reads a constant as PostgreSQL does, whatever standard_conforming_strings is; `None` if it ends too early or not
    /// at all.
    fn read_literal(literal: &str) -> Option<String> {
        let (has_escapes, rest) = match literal.strip_prefix('E') {
            Some(rest) => (true, rest),
            None => (false, literal),
        };
        let mut chars = rest.strip_prefix('\'')?.strip_suffix('\'')?.chars();
        let mut read = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\'' if chars.next() != Some('\'') => return None,
                '\\' if !has_escapes || chars.next() != Some('\\') => return None,
                _ => read.push(c),
            }
        }
        Some(read)
    }
}
