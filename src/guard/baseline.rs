//! The baseline: the violations that were there when the conventions were adopted. It only shrinks, unless somebody asks.

use std::collections::HashSet;

use super::audit::{Audited, Scope, audit};
use crate::facts::QualifiedName;
use crate::judge::baseline_line::{Entry, read_lines};
use crate::judge::exemptions::exempts_name;
use crate::pg::guc;
use crate::pg::own_tables::{Parameter, write_as_owner};
use crate::pg::read::frozen;
use crate::rule::Status;
use crate::rules;

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
        lines.push(entry.line());
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
