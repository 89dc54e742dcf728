//! Texts as parts of a document of Markdown in which nothing of them has a meaning: no markup, no HTML, and none of what
//! GitHub makes links of (`@team`, `#1`, addresses, hashes of commits).

use crate::sql::on_one_line;

/// A message, in which names stand between quotation marks: the names become code. What does not look like a message of the
/// extension, as where a name has a quotation mark in it, becomes code as a whole.
pub fn message(text: &str) -> String {
    let text = on_one_line(text);
    let parts: Vec<&str> = text.split('"').collect();
    let is_plain = |at: usize| at.is_multiple_of(2);
    let is_balanced = parts.len() % 2 == 1 && (0..parts.len()).all(|at| is_plain(at) || !parts[at].trim().is_empty());
    if !is_balanced || !parts.iter().step_by(2).all(|part| is_harmless(part)) {
        return code(&text);
    }
    let written = parts.iter().enumerate().map(|(at, part)| match is_plain(at) {
        true => part.replace('_', "\\_"),
        false => code(part),
    });
    written.collect()
}

/// Whether a text means nothing to Markdown or GitHub but for its underscores, wherever it stands in a line but at its
/// start.
fn is_harmless(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || " ,.;:()'-/%=_".contains(c);
    // GitHub makes links of hashes, of GH-1 and of web addresses, and pictures of :words:.
    let is_hash = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_link = |word: &str| word.starts_with("www.") || word.starts_with("GH-") || is_hash(word);
    text.chars().all(is_known)
        && !text.split(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c)).any(is_link)
        && text.match_indices(':').all(|(at, _)| text[at + 1..].is_empty() || text[at + 1..].starts_with(' '))
}

/// A text as code within a line.
pub fn code(text: &str) -> String {
    let text = on_one_line(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // A reader takes one space off both ends if there is one at each.
    let touches = |c: Option<char>| matches!(c, Some('`' | ' '));
    let pad = if touches(text.chars().next()) || touches(text.chars().next_back()) { " " } else { "" };
    // Of spaces alone it takes nothing.
    let pad = if text.trim_matches(' ').is_empty() { "" } else { pad };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A text as a block of SQL, whose lines begin with `indent`.
pub fn sql_block(text: &str, indent: &str) -> String {
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    let text = text.replace("\r\n", "\n");
    // A reader takes a CR for the end of a line, too.
    let lines: String = text.split(['\n', '\r']).map(|line| format!("{indent}{line}\n")).collect();
    format!("{indent}{fence}sql\n{lines}{indent}{fence}\n")
}

/// How many of a character there are at most beside each other.
fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_code() {
        for (text, expected) in [
            ("column \"a\" of table \"s.t\" is bad", "column `a` of table `s.t` is bad"),
            ("table \"<b>|@team [x](y) `\" is bad", "table `` <b>|@team [x](y) ` `` is bad"),
            ("has no a_b: numeric(10,2)", "has no a\\_b: numeric(10,2)"),
        ] {
            assert_eq!(message(text), expected);
        }
    }

    #[test]
    fn what_could_mean_something_becomes_code_as_a_whole() {
        for text in [
            "a \"b",
            "a \"\" b",
            "@team",
            "#1",
            "<b>",
            "a *b*",
            "[x](y)",
            "www.a.com",
            "http://a.com",
            "see GH-12",
            "commit 0123abc",
            ":smile:",
            "\u{e9}",
            "a\\b",
            "a~b~",
            "user\"x\"@b.com",
        ] {
            assert_eq!(message(text), format!("`{}`", text.replace('`', "")), "{text}");
        }
        assert_eq!(message("a\n\n# b"), "`a\\n\\n# b`");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(sql_block("a ````\r\nb\rc", " "), " `````sql\n a ````\n b\n c\n `````\n");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code(" "), "` `");
        assert_eq!(code(""), "");
    }
}
