//! The life of a statement and of a transaction, and what the backend remembers of them. May use `pg` and what is below
//! it.

pub mod audit;
pub mod baseline;
pub mod dry_run;
mod foundations;
mod frames;
mod hidden;
pub mod journal;
mod judgement;
mod made_up_names;
pub mod notes;
mod pending;
mod record;
mod refusals;
mod remember;
pub mod session;
pub mod statement;
mod touched;
pub mod transaction;

use std::rc::Rc;

use crate::judge::Occasion;
use crate::judge::message::{self, Report};
use crate::pg::{backend, guc};
use crate::rule::fault;
use crate::settings::shared::EXEMPT_ROLES;
use crate::settings::{Level, Settings};
use journal::Row;
use judgement::Judged;

/// The settings in force, if what happens now is checked; `None` in the script of an extension, whose statements are not
/// the user's, and for an exempt role.
fn settings_unless_exempt() -> Option<Rc<Settings>> {
    if backend::in_extension_script() {
        return None;
    }
    let settings = guc::in_force();
    let exempt_roles: &Vec<String> = settings.option(&EXEMPT_ROLES);
    let is_exempt = backend::current_role_is_among(exempt_roles);
    (!is_exempt).then_some(settings)
}

/// What is checked now: the statement with this command tag, or the transaction.
fn occasion(subject: &str) -> Occasion<'_> {
    Occasion { subject, is_alone: !backend::in_transaction_block() }
}

/// What comes of what was found.
#[derive(Default)]
struct Delivery {
    reports: Vec<Report>,
    /// What is to be written to the journal.
    rows: Vec<Row>,
}

/// Records violations and gives the reports about them. A refusal is logged. In a dry run they are collected, and nothing is
/// reported.
fn deliver(judged: &Judged, occasion: Occasion<'_>, settings: &Settings) -> Delivery {
    fault::point("what was found");
    let violations = &judged.violations;
    if let Some(reports) = dry_run::take(violations, occasion.is_commit()) {
        return Delivery { reports, rows: Vec::new() };
    }
    let (client_command, role) = (backend::client_command_start(), backend::outer_role());
    let is_full = session::with(|session| session.record.add(client_command, role, violations));
    let mut reports = message::compose(violations, occasion, settings.mode, settings.max_messages);
    if is_full {
        reports.insert(0, message::too_many_to_remember(record::MAX_REMEMBERED));
    }
    let is_refused = reports.iter().any(|report| report.severity == Level::Error);
    if is_refused && settings.log_refusals {
        refusals::log(violations, occasion);
    }
    let rows = if settings.journal && !is_refused { journal::rows(judged) } else { Vec::new() };
    Delivery { reports, rows }
}

impl Delivery {
    /// Writes to the journal what was found `earlier` and now, unless it is refused. Gives the reports.
    fn write(self, earlier: &[Row], occasion: Occasion<'_>) -> Vec<Report> {
        if !self.reports.iter().any(|report| report.severity == Level::Error) {
            journal::write(earlier, occasion);
            journal::write(&self.rows, occasion);
        }
        self.reports
    }
}
