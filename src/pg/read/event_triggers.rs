//! Whether PostgreSQL calls the guard's event triggers.

use pgrx::pg_sys;

use crate::pg::scan::schema::{PgEventTrigger, index};
use crate::pg::scan::{Key, Row, Snapshot, find};

/// The event trigger that checks statements. Where it is missing or disabled, nothing else is checked either.
const TRIGGER: &str = "pg_guardrail_ddl_command_end";

/// Whether the event triggers exist in this database and fire in this session, as it is now.
pub fn fire() -> bool {
    // SAFETY: reads variables of the backend.
    let (is_multi_user, is_replica) = unsafe {
        (pg_sys::IsUnderPostmaster, pg_sys::SessionReplicationRole == pg_sys::SESSION_REPLICATION_ROLE_REPLICA as i32)
    };
    is_multi_user
        && match firing_mode() {
            Some('A') => true,
            Some('O') => !is_replica,
            Some('R') => is_replica,
            _ => false,
        }
}

/// Whether the event triggers exist in this database and are not switched off.
pub fn are_enabled() -> bool {
    firing_mode().is_some_and(|mode| mode != 'D')
}

/// When the event trigger fires (`pg_event_trigger.evtenabled`); `None` where there is none, or all are switched off.
fn firing_mode() -> Option<char> {
    #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16")))]
    // SAFETY: reads a variable of the backend.
    if !unsafe { pg_sys::event_triggers } {
        return None;
    }
    let key = [(PgEventTrigger::evtname, Key::Name(TRIGGER))];
    let mode = |row: &Row<PgEventTrigger>| row.char(PgEventTrigger::evtenabled);
    find(&Snapshot::now(), index::EVENT_TRIGGER_NAME, &key, mode)
}
