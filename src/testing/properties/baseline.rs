//! Fingerprints and the lines of a baseline.

use super::texts;
use crate::facts::QualifiedName;
use crate::judge::baseline_line::{Entry, read_lines};
use crate::rule::fingerprint::{fingerprint, is_fingerprint, numbered};

pub fn fingerprints(text: &str) {
    let [schema, table, subject, other] = texts(text);
    let of = |subject: &str| fingerprint("r", &QualifiedName::new(schema, table), "column", &[subject.to_owned()]);
    assert!(is_fingerprint(&of(subject)));
    assert!(subject == other || of(subject) != of(other));
    for number in [1, 2, 10, u32::MAX as usize] {
        assert!(is_fingerprint(&numbered(&of(subject), number)));
    }
    if is_fingerprint(text) {
        assert!(text.len() >= 16 && text.is_ascii());
    }
}

pub fn lines(text: &str) {
    match read_lines(text) {
        Ok(entries) => {
            let written: Vec<String> = entries.iter().map(Entry::line).collect();
            assert!(written.iter().all(|line| !line.contains(['\n', '\r'])));
            assert_eq!(read_lines(&written.join("\n")), Ok(entries));
        }
        Err((number, problem)) => {
            let line = text.lines().nth(number - 1).unwrap_or_else(|| panic!("there is no line {number}"));
            assert_eq!(read_lines(line), Err((1, problem)));
        }
    }
    // Whatever the names are, a line holds them.
    let [schema, table, object] = texts(text);
    let entry = Entry {
        rule: "fk_without_index".to_owned(),
        schema: schema.to_owned(),
        table: table.to_owned(),
        kind: "constraint".to_owned(),
        object: Some(object.to_owned()),
        fingerprint: "0123456789abcdef".to_owned(),
    };
    assert_eq!(read_lines(&entry.line()), Ok(vec![entry]));
}
