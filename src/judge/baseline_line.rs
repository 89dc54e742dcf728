//! The baseline as text: a line of JSON for each entry.

use serde::{Deserialize, Serialize};

use crate::rule::Violation;
use crate::rule::fingerprint::is_fingerprint;
use crate::rules;

/// An entry of the baseline, as a line of JSON. Lines are sorted as texts, so what is alike stands together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub rule: String,
    pub schema: String,
    pub table: String,
    pub kind: String,
    pub object: Option<String>,
    pub fingerprint: String,
}

impl Entry {
    /// The entry of a violation.
    pub fn of(violation: &Violation) -> Self {
        Self {
            rule: violation.rule.to_owned(),
            schema: violation.relation.schema.clone(),
            table: violation.relation.name.clone(),
            kind: violation.object_kind.to_owned(),
            object: violation.part().map(str::to_owned),
            fingerprint: violation.fingerprint.clone(),
        }
    }

    /// The entry as a line.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("texts can be written as JSON")
    }

    /// Reads a line; the refusal says what is wrong with it.
    fn read(line: &str) -> Result<Self, String> {
        let entry: Self = serde_json::from_str(line)
            .map_err(|error| format!("it is not an entry of a baseline ({})", cause(&error)))?;
        if rules::find(&entry.rule).is_none() {
            return Err(format!("there is no rule \"{}\"", entry.rule));
        }
        if !is_fingerprint(&entry.fingerprint) {
            return Err(format!("\"{}\" is not a fingerprint", entry.fingerprint));
        }
        let texts = [Some(&entry.schema), Some(&entry.table), Some(&entry.kind), entry.object.as_ref()];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            return Err("there is a character with the code 0 in it".to_owned());
        }
        Ok(entry)
    }
}

/// What is wrong with a line of JSON; without where, since each line is read as the first of its text.
fn cause(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Reads the lines of a text. Blank lines are skipped; a bad one is refused with its number.
pub fn read_lines(lines: &str) -> Result<Vec<Entry>, (usize, String)> {
    let numbered = (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty());
    numbered.map(|(number, line)| Entry::read(line).map_err(|problem| (number, problem))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(rule: &str, fingerprint: &str) -> String {
        format!(
            r#"{{"rule":"{rule}","schema":"public","table":"a\"b\nc😀","kind":"column","object":null,"fingerprint":"{fingerprint}"}}"#
        )
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let text = line("fk_without_index", "0123456789abcdef:2");
        let entries = read_lines(&format!("\n{text}\r\n  \n")).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].line(), text);
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = line("fk_without_index", "0123456789abcdef");
        for (bad, words) in [
            (line("fk_without_indx", "0123456789abcdef"), "no rule \"fk_without_indx\""),
            (line("fk_without_index", "0123"), "\"0123\" is not a fingerprint"),
            ("<<<<<<< HEAD".to_owned(), "it is not an entry of a baseline (expected value)"),
            ("{}".to_owned(), "it is not an entry of a baseline (missing field `rule`)"),
        ] {
            let (number, problem) = read_lines(&format!("{good}\n\n{bad}\n")).unwrap_err();
            assert_eq!(number, 3);
            assert!(problem.contains(words), "{problem}");
        }
    }
}
