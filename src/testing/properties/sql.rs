//! Text of SQL: nothing gets out of a comment, a name or a constant, and what is written on one line means the same.

use super::SEPARATOR;
use super::tokens::{self, Token};
use crate::sql;

/// SQL as PostgreSQL writes it from its catalogs, with these texts as its names and constants.
fn written(text: &str) -> String {
    let write = |(at, part): (usize, &str)| match at % 3 {
        0 => format!("({}", sql::quote(part)),
        1 => format!(" = {}", sql::literal(part)),
        _ => format!("\n    AND '{}')", part.replace('\'', "''")),
    };
    text.split(SEPARATOR).enumerate().map(write).collect()
}

pub fn one_line(text: &str) {
    let sql = written(text);
    let line = sql::one_line(&sql);
    if !line.contains('$') {
        assert!(!line.contains(sql::is_odd), "{line:?}");
    }
    // A constant with a dollar sign is left as it is only outside of its quotes.
    assert_eq!(tokens::read(&line), tokens::read(&sql), "{line}");
    assert_eq!(sql::one_line(&line), line);
    sql::one_line(text);
    assert!(!sql::on_one_line(text).contains(sql::is_odd));
}

pub fn joined_lines(text: &str) {
    let sql = written(text);
    let joined = sql::join_lines(&sql);
    assert_eq!(tokens::read(&joined), tokens::read(&sql), "{joined}");
    sql::join_lines(text);
}

pub fn comments(text: &str) {
    let comment = sql::comment(text);
    let lines = comment.split(['\n', '\r', '\x0B', '\x0C', '\u{85}', '\u{2028}', '\u{2029}']);
    assert!(lines.clone().all(|line| line.starts_with("-- ")));
    assert_eq!(
        lines.map(|line| &line[3..]).collect::<String>(),
        text.replace(['\n', '\r', '\x0B', '\x0C', '\u{85}', '\u{2028}', '\u{2029}'], "",)
    );
    if !sql::may_hold_comment(text) {
        let tokens = tokens::read(text).unwrap_or_default();
        assert!(!tokens.iter().any(|token| matches!(token, Token::Comment(_))), "{text:?}");
    }
}
