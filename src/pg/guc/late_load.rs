//! Restores settings when the library is loaded in the middle of a session.
//!
//! Until the library is loaded, PostgreSQL keeps the values of its settings in placeholders. When a setting is defined,
//! it takes over the placeholder's value, unless that was set by a role without the right to do so. In that case
//! PostgreSQL warns and uses the built-in default. So if an ordinary user puts a setting into the connection's options,
//! the value that the administrator has set in postgresql.conf, for the database or for the role would be lost. It is
//! read again here.

use std::ffi::{CStr, CString};

use pgrx::{FromDatum, pg_sys};

use crate::facts::Oid;
use crate::pg::scan::schema::{PgDbRoleSetting, index};
use crate::pg::scan::{Key, Row, Snapshot, find};
use crate::pg::text;

/// The values of settings at one time, by the settings' names; `None` for a setting that is not known to PostgreSQL.
pub struct Values(Vec<(CString, Option<String>)>);

impl Values {
    /// Reads the current values of the settings with these names.
    pub fn read(names: impl Iterator<Item = String>) -> Self {
        let names = names.filter_map(|name| CString::new(name).ok());
        Self(
            names
                .map(|name| {
                    let value = current_value(&name);
                    (name, value)
                })
                .collect(),
        )
    }

    /// To be called once the settings are defined. If any of them has another value than before, reads again what the
    /// administrator has set.
    pub fn restore_if_lost(&self) {
        // SAFETY: reads variables of the backend.
        let in_session = unsafe { pg_sys::IsTransactionState() && pg_sys::MyDatabaseId != pg_sys::InvalidOid };
        if !in_session || self.0.iter().all(|(name, old)| old.is_none() || *old == current_value(name)) {
            return;
        }
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
                if self.0.iter().any(|(own_name, _)| *own_name == name) {
                    apply(&name, &value, source);
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

/// Sets a setting as if its value came from `source`.
fn apply(name: &CStr, value: &CStr, source: pg_sys::GucSource::Type) {
    let (context, action) = (pg_sys::GucContext::PGC_SUSET, pg_sys::GucAction::GUC_ACTION_SET);
    // SAFETY: both strings are NUL-terminated and copied by PostgreSQL. At level WARNING a bad value raises no error.
    unsafe {
        let warning = pg_sys::elog::PgLogLevel::WARNING as i32;
        pg_sys::set_config_option(name.as_ptr(), value.as_ptr(), context, source, action, true, warning, false);
    }
}
