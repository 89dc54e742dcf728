//! SQL without line breaks and other control characters.

use super::text::is_odd;

/// SQL on one line: the line breaks and other control characters that stand in its names and strings are written as
/// escapes, so that a tool that reads lines, or a terminal that SQL is pasted into, takes none of them for its own. The
/// text is one that PostgreSQL has written from its catalogs, or is left as it is: where it has comments or dollar signs,
/// it is a client's.
pub fn one_line(sql: &str) -> String {
    if !sql.contains(is_odd) {
        return sql.to_owned();
    }
    escape(sql).unwrap_or_else(|| sql.to_owned())
}

fn escape(sql: &str) -> Option<String> {
    let (mut escaped, mut rest) = (String::new(), sql);
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("--") || rest.starts_with("/*") || first == '$' {
            return None;
        }
        if !matches!(first, '\'' | '"') {
            escaped.push(if is_odd(first) { ' ' } else { first });
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let has_escapes = first == '\'' && takes_prefix(&mut escaped);
        let length = quoted_length(rest, first, has_escapes)?;
        let (quoted, after) = rest.split_at(length);
        match (quoted.contains(is_odd), first) {
            (true, '"') => push_name(quoted, &mut escaped),
            (true, _) => push_string(quoted, has_escapes, &mut escaped),
            (false, _) => {
                escaped += if has_escapes { "E" } else { "" };
                escaped += quoted;
            }
        }
        rest = after;
    }
    Some(escaped)
}

/// Takes the E of a string with escapes off the text before it.
fn takes_prefix(before: &mut String) -> bool {
    let is_prefix =
        before.strip_suffix('E').is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    if is_prefix {
        before.pop();
    }
    is_prefix
}

/// The length of a quoted text with its quotes; `None` if it has no end.
fn quoted_length(text: &str, quote: char, has_escapes: bool) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if has_escapes && c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// Adds a quoted name with Unicode escapes.
fn push_name(quoted: &str, sql: &mut String) {
    *sql += "U&";
    for c in quoted.chars() {
        match c {
            '\\' => *sql += r"\\",
            c if is_odd(c) => *sql += &format!("\\{:04X}", u32::from(c)),
            c => sql.push(c),
        }
    }
}

/// Adds a string with escapes.
fn push_string(quoted: &str, has_escapes: bool, sql: &mut String) {
    sql.push('E');
    for c in quoted.chars() {
        match c {
            '\\' if !has_escapes => *sql += r"\\",
            c if is_odd(c) => *sql += &format!("\\u{:04X}", u32::from(c)),
            c => sql.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn line_breaks_in_names_and_strings_are_escapes() {
        for (sql, expected) in [
            ("ALTER TABLE a;", "ALTER TABLE a;"),
            ("ALTER TABLE \"a\n; DROP TABLE b; --\";", r#"ALTER TABLE U&"a\000A; DROP TABLE b; --";"#),
            ("s.\"a\r\"\"\\\u{2028}\".\"b c\"", r#"s.U&"a\000D""\\\2028"."b c""#),
            ("CHECK (a = 'x\n''y')", r"CHECK (a = E'x\u000A''y')"),
            ("CHECK (a = E'\\\\x\n\\'y\u{1b}')", r"CHECK (a = E'\\x\u000A\'y\u001B')"),
            ("SELECT E'\\'', \"E\"'a', 'b\u{3}'", r#"SELECT E'\'', "E"'a', E'b\u0003'"#),
            ("\"\u{202e}a\u{2066}\"", r#"U&"\202Ea\2066""#),
            ("CASE\n    WHEN a", "CASE     WHEN a"),
        ] {
            assert_eq!(one_line(sql), expected, "{sql:?}");
        }
    }

    #[test]
    fn what_a_client_wrote_is_left_as_it_is() {
        for sql in ["a -- it's\n;", "f($$\n$$)", "/* ' */ 'a\n'", "'a\n", "\"a\n"] {
            assert_eq!(one_line(sql), sql);
        }
    }
}
