//! The SQL functions. sql/pg_guardrail.sql declares them.
//!
//! A function returns its answer or an error, as values. Both reach PostgreSQL when everything else has been dropped.

mod audit;
mod baseline;
mod call;
mod catalogue;
mod dry_run;
mod exemptions;
mod journal;
mod report;
mod statements;
mod violations;

use std::ffi::CStr;

use pgrx::{PgSqlErrorCode, pg_sys};

use crate::pg::report::RawReport;
use crate::pg::scan::own_table;
pub use call::{Answer, Call};

/// What a SQL function does: an answer, or the error to be raised.
type Outcome = Result<Answer, RawReport>;

/// The error if one of the extension's tables is missing, or something else stands in its place.
fn need_table(name: &CStr) -> Result<(), RawReport> {
    if own_table(name).is_some() {
        return Ok(());
    }
    let code = PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE as i32;
    let message = format!("the table guardrail.{} is missing", name.to_string_lossy());
    Err(RawReport::failure(true, code, &message, "", "Drop the extension and create it again."))
}

/// Defines a SQL function as PostgreSQL calls it: its symbol, the name of the function that describes it, and the Rust
/// function that does the work.
macro_rules! sql_function {
    ($symbol:ident, $finfo:ident, $work:path) => {
        /// Called by PostgreSQL only.
        ///
        /// # Safety
        /// `fcinfo` is a valid call frame of the SQL function that is declared with this symbol.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $symbol(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            // SAFETY: the frame is valid as the caller promises.
            unsafe { call::run(fcinfo, $work) }
        }

        /// Tells PostgreSQL which calling convention the function above has.
        #[unsafe(no_mangle)]
        pub extern "C" fn $finfo() -> &'static pg_sys::Pg_finfo_record {
            const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }
    };
}

// The symbols that version 0.1.0 declares end in `_wrapper`.
sql_function!(guardrail_list_rules_wrapper, pg_finfo_guardrail_list_rules_wrapper, catalogue::list_rules);
sql_function!(guardrail_explain_wrapper, pg_finfo_guardrail_explain_wrapper, catalogue::explain);
sql_function!(
    guardrail_last_violations_wrapper,
    pg_finfo_guardrail_last_violations_wrapper,
    violations::last_violations
);
sql_function!(guardrail_audit, pg_finfo_guardrail_audit, audit::audit);
sql_function!(guardrail_assert_clean, pg_finfo_guardrail_assert_clean, audit::assert_clean);
sql_function!(guardrail_report, pg_finfo_guardrail_report, report::report);
sql_function!(guardrail_render, pg_finfo_guardrail_render, report::render);
sql_function!(guardrail_dry_run, pg_finfo_guardrail_dry_run, dry_run::dry_run);
sql_function!(guardrail_list_statements, pg_finfo_guardrail_list_statements, statements::list_statements);
sql_function!(guardrail_exempt, pg_finfo_guardrail_exempt, exemptions::exempt);
sql_function!(guardrail_is_exemption, pg_finfo_guardrail_is_exemption, exemptions::is_exemption);
sql_function!(
    guardrail_list_unused_exemptions,
    pg_finfo_guardrail_list_unused_exemptions,
    exemptions::list_unused_exemptions
);
sql_function!(guardrail_freeze, pg_finfo_guardrail_freeze, baseline::freeze);
sql_function!(guardrail_thaw, pg_finfo_guardrail_thaw, baseline::thaw);
sql_function!(guardrail_export_frozen, pg_finfo_guardrail_export_frozen, baseline::export_frozen);
sql_function!(guardrail_import_frozen, pg_finfo_guardrail_import_frozen, baseline::import_frozen);
sql_function!(guardrail_prune_journal, pg_finfo_guardrail_prune_journal, journal::prune_journal);
