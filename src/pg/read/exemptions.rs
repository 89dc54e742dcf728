//! The exemptions that people have written down (`guardrail.exemptions`).

use std::cell::Cell;

use pgrx::{PgSqlErrorCode, pg_sys};

use crate::pg::report::{self, RawReport};
use crate::pg::scan::schema::{PgExtension, index};
use crate::pg::scan::{Snapshot, TableRow, scan, scan_own_table};
use crate::pg::text;
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
    let reason = String::new;
    read_each(|row, is_over| exemptions.extend((!is_over).then(|| exemption(row, reason()))));
    warn_if_outdated();
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

/// How many violations of a rule are frozen; `None` if there is no table of them.
pub fn count_frozen(rule: &str) -> Option<usize> {
    let mut count = 0;
    scan_own_table(c"frozen", |row| count += usize::from(row.text("rule").as_deref() == Some(rule))).then_some(count)
}

/// A timestamptz as text, in the session's time zone.
pub fn time_text(time: i64) -> String {
    // SAFETY: the function writes to a buffer of its own, which is copied before anybody calls it again.
    unsafe { text::from_server(pg_sys::timestamptz_to_str(time)) }
}

thread_local! {
    static IS_WARNED: Cell<bool> = const { Cell::new(false) };
}

/// Warns once in a session that the SQL of the extension is of another version than the library.
pub fn warn_if_outdated() {
    if IS_WARNED.replace(true) {
        return;
    }
    let library = env!("CARGO_PKG_VERSION");
    if let Some(version) = installed_version().filter(|version| version != library) {
        let message = format!("the library of pg_guardrail is version {library}, but its SQL is version {version}");
        let detail = "Statements are checked. What came with the newer version is missing in SQL.";
        let hint = "As a superuser, run: ALTER EXTENSION pg_guardrail UPDATE;";
        let code = PgSqlErrorCode::ERRCODE_WARNING as i32;
        report::send(&RawReport::failure(false, code, &message, detail, hint));
    }
}

/// The version of the extension in this database; `None` if it is not installed.
fn installed_version() -> Option<String> {
    let mut version = None;
    scan(&Snapshot::now(), index::NONE, &[], |row| {
        if row.name(PgExtension::extname) == "pg_guardrail" {
            version = row.text(PgExtension::extversion).map(text::from_c);
        }
    });
    version
}
