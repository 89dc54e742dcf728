//! The dry run.

use std::collections::BTreeMap;

use super::{Call, Outcome, violations};
use crate::entry::transaction::check_commit;
use crate::guard::dry_run::{self, Found};
use crate::pg::rows::Value;

/// Runs SQL, undoes it, and lists the violations that it would add.
pub fn dry_run(call: &Call) -> Outcome {
    let mut found = dry_run::run(&call.raw_text_of(0, "sql")?, check_commit)?;
    share_fixes_of_each(&mut found);
    found.sort_by_key(|found| (found.place.map_or(i32::MAX, |place| place.number), found.violation.fix.phase));
    call.write_rows(found, |found, column| {
        let place = |value: Option<i32>| Some(value.map_or(Value::Null, |value| Value::Int(value.into())));
        match column {
            "statement" => place(found.place.map(|place| place.number)),
            "line" => place(found.place.map(|place| place.line)),
            _ => violations::value(&found.violation, column),
        }
    })
}

/// Lets the fixes share what they have in common, those of each statement and those of the commit.
fn share_fixes_of_each(found: &mut [Found]) {
    let mut groups: BTreeMap<Option<i32>, Vec<_>> = BTreeMap::new();
    for found in found {
        let statement = found.place.filter(|_| !found.is_of_commit).map(|place| place.number);
        groups.entry(statement).or_default().push(&mut found.violation);
    }
    groups.into_values().for_each(violations::share_fixes);
}
