//! The life of a statement and of a transaction, and what the backend remembers of them. May use `pg` and what is below
//! it.

mod judgement;
pub mod session;
pub mod statement;
mod touched;
pub mod transaction;

use crate::judge::message::{self, Report};
use crate::pg::backend;
use crate::rule::Violation;
use crate::settings::Settings;
use crate::settings::shared::EXEMPT_ROLES;

/// Whether what the current role does now is checked. What the script of an extension does is not the user's.
fn checks_current_role(settings: &Settings) -> bool {
    let exempt_roles: &Vec<String> = settings.option(&EXEMPT_ROLES);
    !backend::in_extension_script() && !backend::current_role_is_among(exempt_roles)
}

/// Records violations and gives the reports about them. `subject` is what was checked: a command tag, or `transaction`.
fn deliver(violations: &[Violation], subject: &str, settings: &Settings) -> Vec<Report> {
    session::with(|session| session.record(backend::client_command_start(), violations));
    message::compose(violations, subject, settings.mode)
}
