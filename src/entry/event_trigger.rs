//! The functions of the event triggers.

use pgrx::prelude::*;

use super::failure::{guarded, is_on};
use crate::guard::statement;
use crate::judge::message::Report;
use crate::pg::report::{self, Raw};
use crate::pg::statement::Command;

/// Makes an event-trigger function out of a function over [`Command`].
macro_rules! event_trigger {
    ($name:ident, $finfo:ident, $work:path) => {
        /// Called by PostgreSQL's event-trigger manager.
        ///
        /// # Safety
        /// `fcinfo` is a valid call frame.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            // SAFETY: the frame is valid; nothing here waits to be dropped when an error is raised.
            unsafe {
                if let Some(refusal) = pg_sys::panic::pgrx_extern_c_guard(|| run_trigger(fcinfo, $work)) {
                    report::raise(&refusal);
                }
            }
            pg_sys::Datum::null()
        }

        /// Tells PostgreSQL how the function above is called.
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

/// # Safety
/// `fcinfo` is a valid call frame.
unsafe fn run_trigger(fcinfo: pg_sys::FunctionCallInfo, work: fn(Command) -> Vec<Report>) -> Option<Raw> {
    if !is_on() {
        return None;
    }
    // SAFETY: the frame is valid; its context is read by its tag.
    let command = unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            error!("pg_guardrail: this function is called by event triggers only");
        }
        Command::new(&*context.cast::<pg_sys::EventTriggerData>())
    };
    guarded(move || work(command))
}
