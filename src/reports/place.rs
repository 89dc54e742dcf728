//! Where a violation is, as the formats say it.

use super::{About, Entry};

/// What a violation is listed under: its file, or else its table or type.
pub fn heading(entry: &Entry) -> String {
    match &entry.file {
        Some(file) => file.clone(),
        None => relation(entry),
    }
}

/// The table or type that a violation is about, or else what it is about.
pub fn relation(entry: &Entry) -> String {
    match entry.table_name.as_str() {
        "" => subject(entry).to_owned(),
        table if entry.schema_name.is_empty() => table.to_owned(),
        table => format!("{}.{table}", entry.schema_name),
    }
}

/// The file and the line, as far as they are known: `a.sql:7`.
pub fn file_and_line(entry: &Entry) -> Option<String> {
    let file = entry.file.as_ref()?;
    Some(entry.line.map_or_else(|| file.clone(), |line| format!("{file}:{line}")))
}

/// The path of the file that a violation is shown in. Where none is known, the table stands for it: tools that show
/// violations beside the lines of files do not take any without one.
pub fn path(entry: &Entry, about: &About) -> String {
    match entry.file.as_ref().or(about.uri.as_ref()) {
        Some(file) => without_dot(file).to_owned(),
        None => names(entry).join("/"),
    }
}

/// The same as a reference to a URI, relative to the root of the repository. A file may have escapes already.
pub fn uri(entry: &Entry, about: &About) -> String {
    match entry.file.as_ref().or(about.uri.as_ref()) {
        Some(file) => encode_path(without_dot(file)),
        None => names(entry).into_iter().map(encode_name).collect::<Vec<_>>().join("/"),
    }
}

/// The line from 1; the first one where none is known.
pub fn line(entry: &Entry) -> u32 {
    entry.line.unwrap_or(1)
}

/// The names of the schema and the table, or else what the violation is about.
fn names(entry: &Entry) -> Vec<&str> {
    let names = [entry.schema_name.as_str(), entry.table_name.as_str()];
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if names.is_empty() { vec![subject(entry)] } else { names }
}

/// What stands where there is no name: `statement`, `transaction`.
fn subject(entry: &Entry) -> &str {
    if entry.object_kind.is_empty() { entry.rule.id } else { &entry.object_kind }
}

fn without_dot(file: &str) -> &str {
    let rest = file.strip_prefix("./").map(|rest| rest.trim_start_matches('/'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(file)
}

fn encode_path(path: &str) -> String {
    let has_scheme = path.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    let bytes = path.as_bytes();
    let is_escape = |at: usize| bytes.len() > at + 2 && bytes[at + 1..at + 3].iter().all(u8::is_ascii_hexdigit);
    let mut encoded = String::with_capacity(path.len());
    for (at, byte) in bytes.iter().enumerate() {
        let stays = match byte {
            b'/' => true,
            b'%' => is_escape(at),
            // In a path without a scheme, what stands before a colon would be one.
            b':' => has_scheme,
            byte => is_plain(*byte),
        };
        push_byte(*byte, stays, &mut encoded);
    }
    // Two slashes in front would begin the name of a host.
    if encoded.starts_with("//") { format!("/{}", encoded.trim_start_matches('/')) } else { encoded }
}

/// A name as one part of a path.
fn encode_name(name: &str) -> String {
    let steps = matches!(name, "." | "..");
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        push_byte(byte, is_plain(byte) && !steps, &mut encoded);
    }
    encoded
}

/// Whether a byte may stand in a path as it is (RFC 3986, `pchar` without the colon).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte)
}

fn push_byte(byte: u8, stays: bool, encoded: &mut String) {
    match stays {
        true => encoded.push(char::from(byte)),
        false => *encoded += &format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_part_of_a_uri() {
        for (path, expected) in [
            ("db/migrations/V1__a.sql", "db/migrations/V1__a.sql"),
            ("./a b.sql", "a%20b.sql"),
            (".//a.sql", "a.sql"),
            ("a%20b%2.sql%", "a%20b%252.sql%25"),
            ("C:\\a?#[1].sql", "C%3A%5Ca%3F%23%5B1%5D.sql"),
            ("file:///srv/a.sql", "file:///srv/a.sql"),
            ("//host/a", "/host/a"),
            ("é\n\".sql", "%C3%A9%0A%22.sql"),
        ] {
            assert_eq!(encode_path(without_dot(path)), expected, "{path:?}");
        }
    }

    #[test]
    fn a_name_stays_one_part_of_a_path() {
        for (name, expected) in [("a/b%41:", "a%2Fb%2541%3A"), ("..", "%2E%2E"), ("a.b", "a.b")] {
            assert_eq!(encode_name(name), expected);
        }
    }
}
