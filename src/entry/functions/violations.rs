//! The violations of the session's last command, and how a violation is a row.

use std::collections::HashMap;

use super::{Call, Outcome};
use crate::facts::QualifiedName;
use crate::guard::session;
use crate::pg::backend;
use crate::pg::rows::Value;
use crate::rule::{Fix, FixApplies, Violation};

/// Lists the violations of the last client command that was checked.
pub fn last_violations(call: &Call) -> Outcome {
    // What one role did is for nobody to see who cannot act as that role: sessions are handed on, and change their roles. A
    // transaction that took a role by SET LOCAL ROLE has lost it when it was refused.
    let (violations, role) = session::with(|session| {
        let (violations, role) = session.record.last();
        (violations.to_vec(), role)
    });
    let mut violations = if backend::outer_role_may_act_as(role) { violations } else { Vec::new() };
    share_fixes(&mut violations);
    violations.sort_by_key(|violation| violation.fix.phase);
    call.write_rows(violations, value)
}

/// The value of a violation for a column of `last_violations()`, which `audit()` and `dry_run()` have, too.
pub fn value(violation: &Violation, column: &str) -> Option<Value> {
    Some(match column {
        "rule" => Value::text(violation.rule),
        "level" => Value::text(violation.level.word()),
        "moment" => Value::text(violation.moment.word()),
        "object_kind" => Value::text(violation.object_kind),
        "schema_name" => Value::text(&violation.relation.schema),
        "table_name" => Value::text(&violation.relation.name),
        "column_name" => Value::optional(violation.column.as_deref()),
        // As in PostgreSQL's own messages, the name of an index is that of a constraint as well.
        "constraint_name" => Value::optional(violation.constraint.as_deref().or(violation.index.as_deref())),
        "index_name" => Value::optional(violation.index.as_deref()),
        "data_type" => Value::optional(violation.data_type.as_ref().map(|name| name.to_string()).as_deref()),
        "message" => Value::text(&violation.message),
        "reason" => Value::text(&violation.reason),
        "fix" => Value::Text(violation.fix.text()),
        "fix_applies" => Value::text(violation.fix.applies.words()),
        "fix_caution" => Value::optional(violation.fix.caution.as_deref()),
        "fingerprint" => Value::text(&violation.fingerprint),
        _ => return None,
    })
}

/// Lets the fixes share what they have in common, since a command may have been checked more than once. An element means
/// something in its own table only, so those of two tables are kept apart.
pub fn share_fixes<'v>(violations: impl IntoIterator<Item = &'v mut Violation>) {
    let mut groups: HashMap<Option<QualifiedName>, Vec<&mut Fix>> = HashMap::new();
    for violation in violations {
        let table = (violation.fix.applies == FixApplies::Instead).then(|| violation.relation.clone());
        groups.entry(table).or_default().push(&mut violation.fix);
    }
    for fixes in groups.into_values() {
        Fix::share(fixes.into_iter());
    }
}
