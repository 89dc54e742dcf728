//! The functions of the event triggers.

use pgrx::prelude::*;

use super::failure::{is_on, run_guarded};
use crate::guard::statement;
use crate::judge::message::Report;
use crate::pg::report::{self, RawReport};
use crate::pg::statement::Command;

/// Defines an event trigger's function as PostgreSQL calls it: its name, the name of the function that describes it,
/// and what it does with the [`Command`].
macro_rules! event_trigger {
    ($name:ident, $finfo:ident, $work:path) => {
        /// Called by PostgreSQL when the event trigger fires.
        ///
        /// # Safety
        /// `fcinfo` is a valid call frame.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            // SAFETY: PostgreSQL passes a valid call frame. When the error is raised, this frame has nothing to drop:
            // everything with a destructor lives in the closure, which has returned.
            unsafe {
                if let Some(error) = pg_sys::panic::pgrx_extern_c_guard(|| run_trigger(fcinfo, $work)) {
                    report::raise(&error);
                }
            }
            pg_sys::Datum::null()
        }

        /// Tells PostgreSQL which calling convention the function above has.
        #[unsafe(no_mangle)]
        pub extern "C" fn $finfo() -> &'static pg_sys::Pg_finfo_record {
            const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }
    };
}

event_trigger!(guardrail_ddl_command_start, pg_finfo_guardrail_ddl_command_start, statement::command_start);
event_trigger!(guardrail_sql_drop, pg_finfo_guardrail_sql_drop, statement::objects_dropped);
event_trigger!(guardrail_ddl_command_end, pg_finfo_guardrail_ddl_command_end, statement::command_end);

/// Checks the statement that an event trigger fires for. Returns the error to be raised, if there is one.
///
/// # Safety
/// `fcinfo` is a valid call frame.
unsafe fn run_trigger(fcinfo: pg_sys::FunctionCallInfo, work: fn(Command) -> Vec<Report>) -> Option<RawReport> {
    if !is_on() {
        return None;
    }
    // SAFETY: the caller promises that the frame is valid. Its context is null or a node, whose tag is tested before
    // the cast; the event trigger's data is valid as long as its function runs.
    let command = unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            error!("pg_guardrail: this function is called by event triggers only");
        }
        Command::new(&*context.cast::<pg_sys::EventTriggerData>())
    };
    run_guarded(move || work(command))
}
