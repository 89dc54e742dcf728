//! The baseline: the violations that were there when the conventions were adopted. It only shrinks, unless somebody asks.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::audit::{Audited, Scope, audit};
use crate::facts::QualifiedName;
use crate::judge::exemptions::exempts_name;
use crate::pg::guc;
use crate::pg::own_tables::{Parameter, write_as_owner};
use crate::pg::read::frozen;
use crate::rule::fingerprint::is_fingerprint;
use crate::rule::{Status, Violation};
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
    fn of(violation: &Violation) -> Self {
        Self {
            rule: violation.rule.to_owned(),
            schema: violation.relation.schema.clone(),
            table: violation.relation.name.clone(),
            kind: violation.object_kind.to_owned(),
            object: violation.part().map(str::to_owned),
            fingerprint: violation.fingerprint.clone(),
        }
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

/// How many entries are written by one statement.
const BATCH: usize = 1000;

/// What [`freeze`] has done.
pub struct Freezing {
    /// How many violations it has added.
    pub added: u64,
    /// How many open ones it has left out.
    pub left_out: u64,
}

/// Adds the open violations to the baseline: to an empty one all of them, to another one only with `add_new`.
pub fn freeze(scope: &Scope, add_new: bool) -> Freezing {
    let adds = add_new || frozen::is_empty();
    let (mut batch, mut freezing) = (Vec::new(), Freezing { added: 0, left_out: 0 });
    audit(scope, |Audited { violation, status }| {
        if status != Status::Open {
            return;
        }
        if !adds {
            freezing.left_out += 1;
            return;
        }
        batch.push(Entry::of(&violation));
        if batch.len() == BATCH {
            freezing.added += write(&batch);
            batch.clear();
        }
    });
    freezing.added += write(&batch);
    freezing
}

/// Adds entries to the baseline and returns how many were new.
fn write(entries: &[Entry]) -> u64 {
    if entries.is_empty() {
        return 0;
    }
    const INSERT: &str = "INSERT INTO guardrail.frozen (fingerprint, rule, schema_name, table_name, object_kind, object_name) \
         SELECT e.fingerprint, e.rule, e.\"schema\", e.\"table\", e.kind, e.object \
         FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS e(fingerprint pg_catalog.text, \
         rule pg_catalog.text, \"schema\" pg_catalog.text, \"table\" pg_catalog.text, kind pg_catalog.text, \
         object pg_catalog.text) ON CONFLICT (fingerprint) DO NOTHING";
    let json = serde_json::to_string(entries).expect("texts can be written as JSON");
    write_as_owner(c"frozen", INSERT, &[Parameter::Text(Some(&json))]).map_or(0, |written| written.rows)
}

/// Removes what is gone from the baseline and returns how much it was. What is not checked now, because its rule is off or
/// its table exempt, stays.
pub fn thaw() -> u64 {
    let settings = guc::in_force();
    let in_force: HashSet<&str> = rules::in_force(&settings).map(|(rule, _)| rule.id).collect();
    let mut gone = HashSet::new();
    frozen::read(|entry| {
        let relation = QualifiedName::new(entry.schema, entry.table);
        if in_force.contains(entry.rule.as_str()) && !exempts_name(&settings, &relation) {
            gone.insert(entry.fingerprint);
        }
    });
    audit(&Scope::everything(), |Audited { violation, .. }| {
        gone.remove(&violation.fingerprint);
    });
    const DELETE: &str = "DELETE FROM guardrail.frozen USING \
         pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) AS gone(fingerprint) \
         WHERE frozen.fingerprint OPERATOR(pg_catalog.=) gone.fingerprint";
    let gone: Vec<String> = gone.into_iter().collect();
    let remove = |batch: &[String]| {
        let json = serde_json::to_string(batch).expect("texts can be written as JSON");
        write_as_owner(c"frozen", DELETE, &[Parameter::Text(Some(&json))]).map_or(0, |written| written.rows)
    };
    gone.chunks(BATCH).map(remove).sum()
}

/// The baseline as lines, sorted.
pub fn export() -> Vec<String> {
    let mut lines = Vec::new();
    frozen::read(|frozen| {
        let frozen::Frozen { fingerprint, rule, schema, table, kind, object } = frozen;
        let entry = Entry { rule, schema, table, kind, object, fingerprint };
        lines.push(serde_json::to_string(&entry).expect("texts can be written as JSON"));
    });
    lines.sort_unstable();
    lines
}

/// Adds lines, as [`export`] gives them, to the baseline and returns how many were new. Blank lines are skipped. A bad line
/// is refused with its number, and nothing is added.
pub fn import(lines: &str) -> Result<u64, (usize, String)> {
    let entries = read_lines(lines)?;
    Ok(entries.chunks(BATCH).map(write).sum())
}

fn read_lines(lines: &str) -> Result<Vec<Entry>, (usize, String)> {
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
        assert_eq!(serde_json::to_string(&entries[0]).unwrap(), text);
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
