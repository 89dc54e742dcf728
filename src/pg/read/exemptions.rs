//! The exemptions that people have written down (`guardrail.exemptions`).

use std::cell::Cell;

use pgrx::{PgSqlErrorCode, pg_sys};

use crate::pg::report::{self, RawReport};
use crate::pg::scan::schema::{PgExtension, index};
use crate::pg::scan::{Snapshot, scan, scan_own_table};
use crate::pg::text;
use crate::rule::{Exemption, Exemptions};

/// The exemptions that are not over, as they are now. They are asked for where there is a violation, and only there.
pub fn read() -> Exemptions {
    let mut exemptions = Vec::new();
    // SAFETY: reads the clock.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    scan_own_table(c"exemptions", |row| {
        if row.timestamp("expires_at").is_none_or(|end| end > now) {
            exemptions.push(Exemption {
                id: row.i64("id").unwrap_or_default(),
                rule: row.text("rule").unwrap_or_default(),
                relation: row.text("relation").unwrap_or_default(),
                object: row.text("object"),
                reason: row.text("reason").unwrap_or_default(),
            });
        }
    });
    warn_if_outdated();
    Exemptions::new(exemptions)
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
