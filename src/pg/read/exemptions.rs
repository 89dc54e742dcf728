//! The exemptions that people have written down (`guardrail.exemptions`).

use pgrx::pg_sys;

use super::version;
use crate::pg::scan::{TableRow, scan_own_table};
use crate::rule::{Exemption, Exemptions};

/// An exemption with what is known about it besides.
pub struct Stored {
    pub exemption: Exemption,
    pub created_by: String,
    /// In microseconds since 2000-01-01; `None` for never.
    pub expires_at: Option<i64>,
    pub is_over: bool,
}

/// The exemptions that are not over, as they are now. They are asked for where there is a violation, and only there.
pub fn read() -> Exemptions {
    let mut exemptions = Vec::new();
    // A reason may be long, and is asked for nowhere but where exemptions are listed.
    read_each(|row, is_over| exemptions.extend((!is_over).then(|| exemption(row, String::new()))));
    version::warn_if_other();
    Exemptions::new(exemptions)
}

/// Every exemption, by its id; `None` if there is no table of them, because the SQL of the extension is older than the
/// library.
pub fn read_all() -> Option<Vec<Stored>> {
    let mut all = Vec::new();
    let has_table = read_each(|row, is_over| {
        let text = |column| row.text(column).unwrap_or_default();
        let (exemption, created_by) = (exemption(row, text("reason")), text("created_by"));
        all.push(Stored { exemption, created_by, expires_at: row.timestamp("expires_at"), is_over });
    });
    all.sort_by_key(|stored| stored.exemption.id);
    has_table.then_some(all)
}

/// Calls `each` for every exemption, with whether it is over. Returns whether there is a table of them.
fn read_each(mut each: impl FnMut(&TableRow<'_>, bool)) -> bool {
    let now = now();
    scan_own_table(c"exemptions", |row| each(row, row.timestamp("expires_at").is_some_and(|end| is_over(end, now))))
}

fn exemption(row: &TableRow<'_>, reason: String) -> Exemption {
    Exemption {
        id: row.i64("id").unwrap_or_default(),
        rule: row.text("rule").unwrap_or_default(),
        relation: row.text("relation").unwrap_or_default(),
        object: row.text("object"),
        reason,
    }
}

/// Whether an exemption that ends at this time is over.
pub fn is_over_now(expires_at: i64) -> bool {
    is_over(expires_at, now())
}

fn is_over(expires_at: i64, now: i64) -> bool {
    expires_at <= now
}

/// The time, in microseconds since 2000-01-01.
fn now() -> i64 {
    // SAFETY: reads the clock.
    unsafe { pg_sys::GetCurrentTimestamp() }
}
