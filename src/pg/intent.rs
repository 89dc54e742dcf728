//! What a statement is about to do, out of its parse tree.

use pgrx::pg_sys;

use super::commands::Command;
use super::reader::Reader;
use super::text;
use crate::rule::Intent;
use crate::settings::Settings;

/// Reads a statement's intent.
pub fn of(command: Command, _now: &Reader, _settings: &Settings) -> Intent {
    // SAFETY: the setting is null or a NUL-terminated string.
    let application = unsafe { pg_sys::application_name.as_ref().map(|name| text::from_server(name)) };
    Intent {
        command: command.tag(),
        application: application.unwrap_or_default(),
        temporary: false,
        long_names: Vec::new(),
        drops: Vec::new(),
    }
}
