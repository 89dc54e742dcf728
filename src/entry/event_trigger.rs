//! The functions of the event triggers.

use std::ffi::CStr;

use pgrx::prelude::*;

use super::failure::{is_on, run_guarded};
use crate::guard::statement;
use crate::judge::message::Report;
use crate::pg::report::{self, RawReport};
use crate::pg::statement::Command;

/// Defines an event trigger's function as PostgreSQL calls it: its name, the name of the function that describes it,
/// and the [`Event`] it is made for.
macro_rules! event_trigger {
    ($name:ident, $finfo:ident, $event:expr) => {
        /// Called by PostgreSQL when the event trigger fires.
        ///
        /// # Safety
        /// `fcinfo` is a valid call frame.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            // SAFETY: PostgreSQL passes a valid call frame. When the error is raised, this frame has nothing to drop:
            // everything with a destructor lives in the closure, which has returned.
            unsafe {
                if is_on()
                    && let Some(error) = pg_sys::panic::pgrx_extern_c_guard(|| run_trigger(fcinfo, &$event))
                {
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

event_trigger!(
    guardrail_ddl_command_start,
    pg_finfo_guardrail_ddl_command_start,
    Event { name: c"ddl_command_start", begin: Some(statement::begin), work: statement::command_start }
);
event_trigger!(
    guardrail_sql_drop,
    pg_finfo_guardrail_sql_drop,
    Event { name: c"sql_drop", begin: None, work: statement::objects_dropped }
);
event_trigger!(
    guardrail_ddl_command_end,
    pg_finfo_guardrail_ddl_command_end,
    Event { name: c"ddl_command_end", begin: None, work: statement::command_end }
);

/// An event that a function is made for, and what the function does then.
struct Event {
    name: &'static CStr,
    /// What is done before the checks, and stays if they fail.
    begin: Option<fn(Command)>,
    work: fn(Command) -> Vec<Report>,
}

/// Checks the statement that an event trigger fires for. Returns the error to be raised, if there is one.
///
/// # Safety
/// `fcinfo` is a valid call frame.
unsafe fn run_trigger(fcinfo: pg_sys::FunctionCallInfo, event: &Event) -> Option<RawReport> {
    // SAFETY: the caller promises that the frame is valid. Its context is null or a node, whose tag is tested before
    // the cast; the event trigger's data is valid as long as its function runs. Not every event has a parse tree.
    let command = unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            return Some(not_an_event(event));
        }
        let data = &*context.cast::<pg_sys::EventTriggerData>();
        let actual = CStr::from_ptr(data.event);
        if actual != event.name {
            return Some(wrong_event(event, actual));
        }
        Command::new(data)
    };
    if let Some(begin) = event.begin {
        begin(command);
    }
    run_guarded(|| (event.work)(command))
}

/// The error about a function that is called, but not by an event trigger.
fn not_an_event(event: &Event) -> RawReport {
    let code = PgSqlErrorCode::ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED as i32;
    let message = format!("function guardrail.{}() can be called by event triggers only", event.name.to_string_lossy());
    RawReport::failure(true, code, &message, "", "")
}

/// The error about a function that an event trigger calls for an event that it is not made for.
fn wrong_event(event: &Event, actual: &CStr) -> RawReport {
    let (expected, actual) = (event.name.to_string_lossy(), actual.to_string_lossy());
    let code = PgSqlErrorCode::ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED as i32;
    let message = format!("function guardrail.{expected}() cannot be called for the event {actual}");
    let detail = format!("It is made for an event trigger ON {expected}.");
    let hint = match actual.as_ref() {
        "login" => "To log in, connect with event_triggers = off; then drop the event trigger that calls it.",
        _ => "Drop the event trigger that calls it.",
    };
    RawReport::failure(true, code, &message, &detail, hint)
}
