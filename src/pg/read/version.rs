//! The version of the extension's SQL, which an update changes, and that of the library, which its file changes.

use std::cell::Cell;

use pgrx::PgSqlErrorCode;

use crate::pg::report::{self, RawReport};
use crate::pg::scan::schema::{PgExtension, index};
use crate::pg::scan::{Snapshot, scan};
use crate::pg::text;

const LIBRARY: &str = env!("CARGO_PKG_VERSION");

thread_local! {
    static IS_COMPARED: Cell<bool> = const { Cell::new(false) };
}

/// Warns once in a session if the SQL of the extension is of another version than the library. It costs a search, so it is
/// called only where there is something to say anyway: for a violation, and in a function of the extension.
pub fn warn_if_other() {
    if IS_COMPARED.replace(true) {
        return;
    }
    if let Some(sql) = installed().filter(|version| version != LIBRARY) {
        let message = format!("the library of pg_guardrail is version {LIBRARY}, but its SQL is version {sql}");
        let (detail, hint) = advice(&sql);
        let code = PgSqlErrorCode::ERRCODE_WARNING as i32;
        report::send(&RawReport::failure(false, code, &message, detail, &hint));
    }
}

/// What it means that the SQL is of this version, and what to do.
fn advice(sql: &str) -> (&'static str, String) {
    if numbers(sql) > numbers(LIBRARY) {
        let detail = "Statements are checked, by the rules of the older version.";
        let hint = format!(
            "Reconnect, so that the session loads the library anew. If shared_preload_libraries names it, restart the \
             server. If this does not help, install the files of version {sql}."
        );
        return (detail, hint);
    }
    let detail = "Statements are checked. What came with the newer version is missing in SQL.";
    (detail, "As a superuser, run: ALTER EXTENSION pg_guardrail UPDATE;".to_owned())
}

/// The numbers of a version, which are in its order.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|number| number.parse().ok()).collect()
}

/// The version of the extension in this database; `None` if it is not installed.
fn installed() -> Option<String> {
    let mut version = None;
    scan(&Snapshot::now(), index::NONE, &[], |row| {
        if row.name(PgExtension::extname) == "pg_guardrail" {
            version = row.text(PgExtension::extversion).map(text::from_c);
        }
    });
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_side_decides_what_to_do() {
        assert!(advice("0.1.0").1.contains("ALTER EXTENSION pg_guardrail UPDATE"));
        for newer in ["0.10.0", "1.0", "10.0.0"] {
            assert!(advice(newer).1.contains(&format!("the files of version {newer}")), "{newer}");
        }
    }
}
