//! The lines of JSON that a report reads.

use serde_json::json;

use super::texts;
use crate::reports::Entry;

pub fn lines(text: &str) {
    for read in Entry::read_lines(text) {
        match read {
            Ok(entry) => assert_eq!(read_again(&write(&entry)), Ok(write(&entry))),
            Err((number, problem)) => {
                let line = text.lines().nth(number - 1).unwrap_or_else(|| panic!("there is no line {number}"));
                assert_eq!(read_again(line), Err((1, problem)));
            }
        }
    }
    // Whatever the texts of a violation are, a line holds them.
    let [schema, table, column, message] = texts(text);
    let line = json!({
        "rule": "fk_without_index", "level": "error", "status": "open", "certain": true, "moment": "commit",
        "object_kind": "constraint", "schema_name": schema, "table_name": table, "column_name": column,
        "constraint_name": null, "index_name": null, "data_type": null, "message": message, "reason": text, "fix": text,
        "fix_applies": "in place", "fix_caution": null, "fingerprint": "0123456789abcdef",
    });
    let written = read_again(&line.to_string()).expect("it is a violation");
    assert!(!written.contains(['\n', '\r']));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written).ok(), Some(line));
}

fn write(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("it holds nothing that JSON has not")
}

/// What is written of the violation that a line is read as.
fn read_again(line: &str) -> Result<String, (usize, String)> {
    Entry::read_lines(line).next().expect("it is not blank").map(|entry| write(&entry))
}
