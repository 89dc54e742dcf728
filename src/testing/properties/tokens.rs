//! SQL as PostgreSQL's scanner reads it, as far as the properties need it: written apart from the code that they are about.

/// A token, with what its quotes and escapes stand for. White space tells tokens apart and is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Name(String),
    Text(String),
    Other(String),
    /// From `--` to the end of the line.
    Comment(String),
}

/// Reads a text to its end; `None` where something in it has no end, or is beyond this reader.
pub fn read(sql: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = sql.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (token, next) = match (chars[at], chars.get(at + 1)) {
            ('-', Some('-')) => {
                let length = chars[at..].iter().position(|c| ['\n', '\r'].contains(c));
                let end = length.map_or(chars.len(), |length| at + length);
                (Token::Comment(chars[at..end].iter().collect()), end)
            }
            ('/', Some('*')) | ('$', _) => return None,
            ('E' | 'e', Some('\'')) => text_with_escapes(&chars, at + 1)?,
            ('U' | 'u', Some('&')) if chars.get(at + 2) == Some(&'"') => {
                let (inner, end) = quoted(&chars, at + 2, '"')?;
                (Token::Name(without_unicode_escapes(&inner)?), end)
            }
            ('\'', _) => quoted(&chars, at, '\'').map(|(inner, end)| (Token::Text(inner), end))?,
            ('"', _) => quoted(&chars, at, '"').map(|(inner, end)| (Token::Name(inner), end))?,
            (c, _) if is_of_name(c) => {
                let length = chars[at..].iter().position(|c| !is_of_name(*c));
                let end = length.map_or(chars.len(), |length| at + length);
                (Token::Other(chars[at..end].iter().collect()), end)
            }
            (c, _) if c.is_whitespace() || c.is_control() || crate::sql::is_odd(c) => {
                at += 1;
                continue;
            }
            (c, _) => (Token::Other(c.to_string()), at + 1),
        };
        tokens.push(token);
        at = next;
    }
    Some(tokens)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands between two quotes, of which a doubled one is one, and where it ends.
fn quoted(chars: &[char], start: usize, quote: char) -> Option<(String, usize)> {
    let (mut inner, mut at) = (String::new(), start + 1);
    loop {
        match (*chars.get(at)?, chars.get(at + 1)) {
            (c, Some(next)) if c == quote && *next == quote => at += 1,
            (c, _) if c == quote => return Some((inner, at + 1)),
            _ => {}
        }
        inner.push(chars[at]);
        at += 1;
    }
}

/// A string that begins with E, of which only the escapes are read that pg_guardrail writes.
fn text_with_escapes(chars: &[char], start: usize) -> Option<(Token, usize)> {
    let (mut inner, mut at) = (String::new(), start + 1);
    loop {
        let next = chars.get(at + 1).copied();
        match *chars.get(at)? {
            '\\' if next == Some('u') => {
                inner.push(hexadecimal(chars.get(at + 2..at + 6)?)?);
                at += 6;
                continue;
            }
            '\\' if matches!(next, Some('\\' | '\'')) => at += 1,
            '\\' => return None,
            '\'' if next == Some('\'') => at += 1,
            '\'' => return Some((Token::Text(inner), at + 1)),
            _ => {}
        }
        inner.push(chars[at]);
        at += 1;
    }
}

fn without_unicode_escapes(name: &str) -> Option<String> {
    let chars: Vec<char> = name.chars().collect();
    let (mut plain, mut at) = (String::new(), 0);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('\\', Some('\\')) => {
                plain.push('\\');
                at += 2;
            }
            ('\\', _) => {
                plain.push(hexadecimal(chars.get(at + 1..at + 5)?)?);
                at += 5;
            }
            (c, _) => {
                plain.push(c);
                at += 1;
            }
        }
    }
    Some(plain)
}

fn hexadecimal(digits: &[char]) -> Option<char> {
    let digits: String = digits.iter().collect();
    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
}
