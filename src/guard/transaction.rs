//! The end of a transaction.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::deliver;
use super::judgement::{Judgement, read_state};
use super::session::{self, Pending};
use crate::facts::{ObjectAddress, Oid, Relation};
use crate::judge::message::{self, Report};
use crate::pg::read::Reader;
use crate::pg::{backend, guc};
use crate::rule::Moment;

/// Just before the commit: checks the final state of the tables that the transaction touched, and the transaction as a
/// whole.
pub fn before_commit() -> Vec<Report> {
    let pending = session::with(|session| session.take_pending());
    // What the last statement did becomes visible with the next command.
    backend::advance_command();
    let current_state = (backend::command_id(), guc::generation());
    let mut judgement = Judgement::begin(guc::in_force());
    let (settings, now) = (judgement.settings.clone(), judgement.now.clone());
    judgement.check_transaction(&|| changed_relations(&pending, &now));
    for (table, pending) in pending {
        if pending.clean == Some(current_state) {
            continue;
        }
        let table = ObjectAddress::Relation(table);
        let Some(after) = now.read(table) else { continue };
        let read_before = || read_state(&Rc::new(now.before(pending.since)), table);
        judgement.check_relation(after, Moment::Commit, read_before);
    }
    deliver(&judgement.into_violations(), message::TRANSACTION, &settings)
}

/// The relations that the transaction has made, changed or dropped; a dropped one as it was before.
fn changed_relations(pending: &BTreeMap<Oid, Pending>, now: &Reader) -> Vec<Relation> {
    let read = |(table, pending): (&Oid, &Pending)| {
        let table = ObjectAddress::Relation(*table);
        now.read(table).or_else(|| now.before(pending.since).read(table))
    };
    pending.iter().filter_map(read).collect()
}
