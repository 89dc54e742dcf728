//! The baseline (`guardrail.frozen`).

use std::collections::HashSet;

use crate::pg::scan::scan_own_table;

/// The violation that an entry of the baseline stands for.
pub struct Frozen {
    pub fingerprint: String,
    pub rule: String,
    pub schema: String,
    pub table: String,
    pub kind: String,
    pub object: Option<String>,
}

/// Gives every entry of the baseline to `each`.
pub fn read(mut each: impl FnMut(Frozen)) {
    scan_own_table(c"frozen", |row| {
        let text = |column| row.text(column).unwrap_or_default();
        each(Frozen {
            fingerprint: text("fingerprint"),
            rule: text("rule"),
            schema: text("schema_name"),
            table: text("table_name"),
            kind: text("object_kind"),
            object: row.text("object_name"),
        });
    });
}

/// The fingerprints of the baseline.
pub fn fingerprints() -> HashSet<String> {
    let mut fingerprints = HashSet::new();
    scan_own_table(c"frozen", |row| fingerprints.extend(row.text("fingerprint")));
    fingerprints
}

/// Whether there is no baseline.
pub fn is_empty() -> bool {
    let mut is_empty = true;
    scan_own_table(c"frozen", |_| is_empty = false);
    is_empty
}

/// How many violations of a rule are frozen; `None` if there is no table of them.
pub fn count_of(rule: &str) -> Option<usize> {
    let mut count = 0;
    scan_own_table(c"frozen", |row| count += usize::from(row.text("rule").as_deref() == Some(rule))).then_some(count)
}
