//! A library that is loaded in the middle of a session finds placeholders where its settings will be.
//!
//! PostgreSQL gives a setting the value of its placeholder, unless who set it had no right to: then it warns and leaves
//! the built-in default. That would lose what the administrator set in postgresql.conf, for the database or for the
//! role wherever an ordinary user put something else into the connection's options. So it is read once more.

use std::ffi::{CStr, CString};

use pgrx::{FromDatum, pg_sys};

use crate::facts::Oid;
use crate::pg::scan::schema::{PgDbRoleSetting, index};
use crate::pg::scan::{Key, Row, Snapshot, find};
use crate::pg::text;

/// The values of settings as they are, by their names; of those that nobody knows, nothing.
pub struct Values(Vec<(CString, Option<String>)>);

impl Values {
    /// Reads the settings with these names.
    pub fn read(names: impl Iterator<Item = String>) -> Self {
        let names = names.filter_map(|name| CString::new(name).ok());
        Self(
            names
                .map(|name| {
                    let value = value(&name);
                    (name, value)
                })
                .collect(),
        )
    }

    /// Once the settings have been defined: where one of them has lost its placeholder's value, reads again what the
    /// administrator set.
    pub fn restore_if_lost(&self) {
        // SAFETY: reads variables.
        let in_session = unsafe { pg_sys::IsTransactionState() && pg_sys::MyDatabaseId != pg_sys::InvalidOid };
        if !in_session || self.0.iter().all(|(name, old)| old.is_none() || *old == value(name)) {
            return;
        }
        // SAFETY: what a backend does at a reload; values from a session or a transaction stay above it.
        unsafe { pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP) };
        use pg_sys::GucSource::*;
        // SAFETY: reads variables.
        let (database, role) = unsafe { (pg_sys::MyDatabaseId.to_u32(), pg_sys::GetSessionUserId().to_u32()) };
        let places = [
            (0, 0, PGC_S_GLOBAL),
            (database, 0, PGC_S_DATABASE),
            (0, role, PGC_S_USER),
            (database, role, PGC_S_DATABASE_USER),
        ];
        for (database, role, source) in places {
            for (name, value) in set_for(database, role) {
                if self.0.iter().any(|(known, _)| *known == name) {
                    apply(&name, &value, source);
                }
            }
        }
    }
}

fn value(name: &CStr) -> Option<String> {
    // SAFETY: gives null for a setting that does not exist, else a NUL-terminated string.
    unsafe { pg_sys::GetConfigOption(name.as_ptr(), true, false).as_ref().map(|value| text::from_server(value)) }
}

/// What ALTER DATABASE and ALTER ROLE have set; 0 stands for every database or every role.
fn set_for(database: Oid, role: Oid) -> Vec<(CString, CString)> {
    let keys = [(PgDbRoleSetting::setdatabase, Key::Oid(database)), (PgDbRoleSetting::setrole, Key::Oid(role))];
    let read = |row: &Row<PgDbRoleSetting>| {
        // SAFETY: the column is an array of text.
        row.raw(PgDbRoleSetting::setconfig).and_then(|datum| unsafe { Vec::<Option<String>>::from_datum(datum, false) })
    };
    let items = find(&Snapshot::now(), index::DB_ROLE_SETTING, &keys, read).flatten().unwrap_or_default();
    let split = |item: String| {
        let (name, value) = item.split_once('=')?;
        Some((CString::new(name).ok()?, CString::new(value).ok()?))
    };
    items.into_iter().flatten().filter_map(split).collect()
}

fn apply(name: &CStr, value: &CStr, source: pg_sys::GucSource::Type) {
    let (context, action) = (pg_sys::GucContext::PGC_SUSET, pg_sys::GucAction::GUC_ACTION_SET);
    // SAFETY: both strings outlive the call; a value that cannot be read is a warning.
    unsafe {
        let warning = pg_sys::elog::PgLogLevel::WARNING as i32;
        pg_sys::set_config_option(name.as_ptr(), value.as_ptr(), context, source, action, true, warning, false);
    }
}
