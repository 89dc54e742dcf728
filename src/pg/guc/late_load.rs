//! Restores settings when the library is loaded in the middle of a session.
//!
//! Until the library is loaded, PostgreSQL keeps the values of its settings in placeholders. When a setting is defined,
//! it takes over the placeholder's value, unless that was set by a role without the right to do so. In that case
//! PostgreSQL warns and uses the built-in default. So if an ordinary user puts a setting into the connection's options,
//! the value that the administrator has set in postgresql.conf, for the database or for the role would be lost. It is
//! read again here.

use std::ffi::{CStr, CString};

use pgrx::{FromDatum, PgLogLevel, pg_sys};

use super::variables::generation;
use crate::facts::Oid;
use crate::pg::backend;
use crate::pg::scan::schema::{PgDbRoleSetting, index};
use crate::pg::scan::{Key, Row, Snapshot, find};
use crate::pg::text;

/// Settings that had a value in a placeholder which PostgreSQL has refused.
#[derive(Default)]
pub struct Refused(Vec<(&'static CStr, String)>);

impl Refused {
    /// Calls `define`, which defines the setting of this name, and notes whether a value of its placeholder was refused.
    pub fn watch(&mut self, name: &'static CStr, define: impl FnOnce()) {
        let Some(value) = current_value(name) else { return define() };
        let before = generation();
        define();
        // PostgreSQL assigns the built-in default, and then each value of the placeholder that it accepts.
        if generation() == before + 1 {
            self.0.push((name, value));
        }
    }

    /// To be called once the settings are defined. Reads again what the administrator has set. A parallel worker does
    /// not need that, as it gets the values of its leader.
    pub fn restore(&self) {
        if !self.0.is_empty() && !backend::is_parallel_worker() {
            backend::with_catalogs(|| self.read_again());
        }
    }

    fn read_again(&self) {
        // SAFETY: the backend is in a session and not in the middle of another reload. It does the same when it reloads
        // its configuration; values that were set in the session keep precedence.
        unsafe { pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP) };
        use pg_sys::GucSource::*;
        // SAFETY: reads variables of the backend.
        let (database, role) = unsafe { (pg_sys::MyDatabaseId.to_u32(), pg_sys::GetSessionUserId().to_u32()) };
        let places = [
            (0, 0, PGC_S_GLOBAL),
            (database, 0, PGC_S_DATABASE),
            (0, role, PGC_S_USER),
            (database, role, PGC_S_DATABASE_USER),
        ];
        for (database, role, source) in places {
            for (name, value) in values_set_for(database, role) {
                let is_it = |known: &CStr| known.to_bytes().eq_ignore_ascii_case(name.to_bytes());
                if let Some((_, refused)) = self.0.iter().find(|(known, _)| is_it(known)) {
                    apply(&name, &value, source, refused);
                }
            }
        }
    }
}

/// The current value of a setting; `None` if there is no such setting.
fn current_value(name: &CStr) -> Option<String> {
    // SAFETY: the name is NUL-terminated; the result is null for a setting that does not exist, and otherwise a
    // NUL-terminated string, which is copied at once.
    unsafe { pg_sys::GetConfigOption(name.as_ptr(), true, false).as_ref().map(|value| text::from_server(value)) }
}

/// What ALTER DATABASE … SET and ALTER ROLE … SET have set for a database and a role, as names and values; 0 stands for
/// all databases or all roles.
fn values_set_for(database: Oid, role: Oid) -> Vec<(CString, CString)> {
    let keys = [(PgDbRoleSetting::setdatabase, Key::Oid(database)), (PgDbRoleSetting::setrole, Key::Oid(role))];
    let read = |row: &Row<PgDbRoleSetting>| {
        // SAFETY: the column is of type text[], which `Vec<Option<String>>` reads.
        row.datum(PgDbRoleSetting::setconfig)
            .and_then(|datum| unsafe { Vec::<Option<String>>::from_datum(datum, false) })
    };
    let items = find(&Snapshot::now(), index::DB_ROLE_SETTING, &keys, read).flatten().unwrap_or_default();
    let split = |item: String| {
        let (name, value) = item.split_once('=')?;
        Some((CString::new(name).ok()?, CString::new(value).ok()?))
    };
    items.into_iter().flatten().filter_map(split).collect()
}

/// Sets a setting as if its value came from `source`. A bad value is warned about, but not if it is the one that was
/// refused before: PostgreSQL has warned about that.
fn apply(name: &CStr, value: &CStr, source: pg_sys::GucSource::Type, refused: &str) {
    let level = if text::from_c(value) == refused { PgLogLevel::DEBUG1 } else { PgLogLevel::WARNING } as i32;
    let (context, action) = (pg_sys::GucContext::PGC_SUSET, pg_sys::GucAction::GUC_ACTION_SET);
    // SAFETY: both strings are NUL-terminated and copied by PostgreSQL. At a level below ERROR a bad value raises no
    // error.
    unsafe {
        pg_sys::set_config_option(name.as_ptr(), value.as_ptr(), context, source, action, true, level, false);
    }
}
