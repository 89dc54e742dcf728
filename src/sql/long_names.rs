//! The names in the text of a command that are too long.

/// The names in a text that are longer than `longer_than` bytes, as PostgreSQL reads them before it cuts them: without
/// their quotes, and in lower case if they had none. Strings and comments are skipped. The bodies between dollar quotes are
/// read, and so are the strings in them.
pub fn long_names(text: &str, longer_than: usize) -> Vec<String> {
    let mut search = Search { longer_than, names: Vec::new() };
    if search.may_have_long_name(text) {
        search.collect(text, 0);
    }
    search.names
}

/// How deep bodies within bodies are read. The recursion must not use up the stack, and nobody writes more.
const MAX_DEPTH: usize = 16;

struct Search {
    longer_than: usize,
    names: Vec<String>,
}

impl Search {
    /// Whether a text has any word or quoted part that is long enough, be it a name or not. Most texts have none and need no
    /// closer look.
    fn may_have_long_name(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        has_long_run(bytes, self.longer_than, is_byte_of_name)
            || (text.contains('"') && self.may_have_long_quoted(bytes))
    }

    fn may_have_long_quoted(&self, bytes: &[u8]) -> bool {
        let (mut quoted, mut in_quotes) = (0, false);
        for (at, byte) in bytes.iter().enumerate() {
            // A doubled quote is part of a quoted name and does not end it.
            let is_quote = *byte == b'"' && bytes.get(at + 1) != Some(&b'"') && (at == 0 || bytes[at - 1] != b'"');
            in_quotes |= *byte == b'"';
            quoted = if is_quote || !in_quotes { 0 } else { quoted + 1 };
            if quoted > self.longer_than {
                return true;
            }
        }
        false
    }

    /// Adds a name if it is long. `written` is the name as it stands in the text, which is never shorter.
    fn push(&mut self, written: &str, read: impl FnOnce(&str) -> String) {
        if written.len() > self.longer_than {
            self.names.extend(Some(read(written)).filter(|name| name.len() > self.longer_than));
        }
    }

    /// Collects the long names of a text that stands inside of `depth` bodies and strings.
    fn collect(&mut self, text: &str, depth: usize) {
        if text.len() <= self.longer_than || depth > MAX_DEPTH {
            return;
        }
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = if rest.starts_with("--") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                comment_length(rest)
            } else if first == '\'' {
                let length = quoted_length(rest, '\'', false);
                if depth > 0 {
                    self.collect(&rest[1..length].replace("''", "'"), depth + 1);
                }
                length
            } else if rest.starts_with("U&\"") || rest.starts_with("u&\"") {
                let length = 2 + quoted_length(&rest[2..], '"', false);
                let escape = escape_character(&rest[length..]);
                self.push(&rest[2..length], |quoted| unescaped(&without_quotes(quoted), escape));
                length
            } else if rest.starts_with("E'") || rest.starts_with("e'") {
                1 + quoted_length(&rest[1..], '\'', true)
            } else if first == '"' {
                let length = quoted_length(rest, '"', false);
                self.push(&rest[..length], without_quotes);
                length
            } else if first == '$' {
                self.dollar_quoted(rest, depth)
            } else if is_name_start(first) {
                let length = rest.find(|c| !is_name_start(c) && !c.is_ascii_digit() && c != '$').unwrap_or(rest.len());
                self.push(&rest[..length], str::to_ascii_lowercase);
                length
            } else {
                first.len_utf8()
            };
            rest = &rest[length..];
        }
    }

    /// Reads the text between dollar quotes. Gives its length with the quotes, or 1 for a lone dollar sign.
    fn dollar_quoted(&mut self, text: &str, depth: usize) -> usize {
        let Some(end) = text[1..].find('$') else { return 1 };
        let tag = &text[..end + 2];
        if !tag[1..end + 1].chars().all(|c| is_name_start(c) || c.is_ascii_digit()) {
            return 1;
        }
        let body = &text[tag.len()..];
        let length = body.find(tag).unwrap_or(body.len());
        self.collect(&body[..length], depth + 1);
        (2 * tag.len() + length).min(text.len())
    }
}

fn is_byte_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// Whether more bytes than `longer_than` in a row are of a kind. Such a run has one at every place that is a multiple of its
/// length, so the others are looked at only beside such a place.
fn has_long_run(bytes: &[u8], longer_than: usize, is_of_kind: fn(u8) -> bool) -> bool {
    let of_kind = |byte: &&u8| is_of_kind(**byte);
    (longer_than..bytes.len()).step_by(longer_than + 1).any(|at| {
        let (before, after) = bytes.split_at(at);
        let after = after.iter().take_while(of_kind).count();
        after > 0 && after + before.iter().rev().take_while(of_kind).count() > longer_than
    })
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// The length of a comment. Comments nest.
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

/// The length of a quoted text with its quotes. A doubled quote does not end it, nor does a quote after a `backslash`,
/// where that escapes.
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

/// The name that a quoted name stands for. The closing quote may be missing.
fn without_quotes(quoted: &str) -> String {
    let inner = &quoted[1..];
    // Quotes inside are doubled, so the last one is the closing quote if their number is odd.
    let closing_quotes = inner.len() - inner.trim_end_matches('"').len();
    inner[..inner.len() - closing_quotes % 2].replace("\"\"", "\"")
}

/// The escape character of a name with Unicode escapes: the one that UESCAPE names after it, or the backslash.
fn escape_character(after: &str) -> char {
    let after = after.trim_start();
    let named = after.get(..7).filter(|word| word.eq_ignore_ascii_case("uescape")).map(|_| after[7..].trim_start());
    named.and_then(|quoted| quoted.strip_prefix('\'')?.chars().next()).unwrap_or('\\')
}

/// A name with its Unicode escapes replaced: four digits, or six after a plus sign. Escapes that PostgreSQL would refuse
/// stay as they are.
fn unescaped(name: &str, escape: char) -> String {
    let (mut plain, mut rest) = (String::new(), name);
    while let Some(at) = rest.find(escape) {
        let after = &rest[at + escape.len_utf8()..];
        let digits = if after.starts_with('+') { 1..7 } else { 0..4 };
        let code = after.get(digits.clone()).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (c, length) = match code.and_then(char::from_u32) {
            Some(c) => (c, digits.end),
            None => (escape, if after.starts_with(escape) { escape.len_utf8() } else { 0 }),
        };
        plain += &rest[..at];
        plain.push(c);
        rest = &after[length..];
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::{has_long_run, is_byte_of_name};

    fn long_names(text: &str) -> Vec<String> {
        super::long_names(text, 63)
    }

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
            (format!("DO $$ EXECUTE 'CREATE TABLE {long}x ()' $$"), vec![format!("{lower}x")]),
            (format!("SELECT \"{}\"\"\"", "x".repeat(63)), vec![format!("{}\"", "x".repeat(63))]),
            (format!(r#"SELECT U&"{}\0061\+000062\\""#, "x".repeat(62)), vec![format!(r"{}ab\", "x".repeat(62))]),
            (format!("SELECT U&\"{}!0061\" UESCAPE '!'", "x".repeat(63)), vec![format!("{}a", "x".repeat(63))]),
            (format!(r#"SELECT U&"{}\0061", u"#, "x".repeat(62)), vec![]),
            (format!("SELECT {}", "x".repeat(63)), vec![]),
            (format!("SELECT \"{}", "x".repeat(64)), vec!["x".repeat(64)]),
            (format!("SELECT 'a', {}", "ä".repeat(32)), vec!["ä".repeat(32)]),
        ];
        for (text, expected) in cases {
            assert_eq!(long_names(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_run_is_found_wherever_it_stands() {
        for before in 0..9 {
            for length in 0..9 {
                let text = [vec![b'.'; before], vec![b'a'; length], vec![b'.'; 3]].concat();
                assert_eq!(has_long_run(&text, 3, is_byte_of_name), length > 3, "{length} after {before}");
            }
        }
        assert!(!has_long_run(b"aaa.aaa.aaa.aaa", 3, is_byte_of_name));
    }

    #[test]
    fn bodies_within_bodies_are_read_but_do_not_use_up_the_stack() {
        let nested = |depth: usize, inner: &str| {
            let opened: String = (0..depth).map(|at| format!("$a{at}$ ")).collect();
            let closed: String = (0..depth).rev().map(|at| format!(" $a{at}$")).collect();
            opened + inner + &closed
        };
        let long = "x".repeat(64);
        assert_eq!(long_names(&nested(10, &long)), [long.as_str()]);
        assert!(long_names(&nested(100_000, &long)).is_empty());
    }

    #[test]
    fn what_counts_as_long_is_up_to_the_caller() {
        let name = "x".repeat(43);
        assert_eq!(super::long_names(&format!("CREATE TABLE {name} ()"), 42), [name.as_str()]);
        assert!(super::long_names(&format!("CREATE TABLE {name} ()"), 43).is_empty());
    }

    #[test]
    fn broken_text_does_no_harm() {
        for text in ["'", "\"", "$", "$$", "$a$", "/*", "/* /*", "--", "E'", "$a", "ä$ä$", "*/"] {
            assert!(long_names(&text.repeat(40)).len() <= 1, "{text}");
        }
    }
}
