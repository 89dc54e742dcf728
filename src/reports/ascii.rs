//! Texts in which characters beyond ASCII are written as escapes, so that they mean the same whatever encoding the server
//! and the client have.

use std::borrow::Cow;
use std::fmt::Write;

/// JSON, where such characters stand in strings alone.
pub fn json(text: &str) -> Cow<'_, str> {
    escape(text, |c, escaped| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

/// XML or HTML, where such characters stand in texts and in the values of attributes alone.
pub fn markup(text: &str) -> Cow<'_, str> {
    escape(text, |c, escaped| {
        let _ = write!(escaped, "&#{};", u32::from(c));
    })
}

fn escape(text: &str, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if c.is_ascii() { escaped.push(c) } else { write(c, &mut escaped) }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_beyond_ascii_are_escaped() {
        assert_eq!(json("\"é🙂\""), r#""\u00e9\ud83d\ude42""#);
        assert_eq!(serde_json::from_str::<String>(&json("\"é🙂\"")).unwrap(), "é🙂");
        assert_eq!(markup("<b>é🙂"), "<b>&#233;&#128578;");
        assert!(matches!(json("plain"), Cow::Borrowed("plain")));
    }
}
