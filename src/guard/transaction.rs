//! The end of a transaction.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::judgement::{Judgement, read_state};
use super::pending::Pending;
use super::{deliver, dry_run, occasion, session};
use crate::facts::{NameOrigin, ObjectAddress, Oid, Relation};
use crate::judge::message::Report;
use crate::judge::{self, TRANSACTION};
use crate::pg::read::{Reader, event_triggers, temporary};
use crate::pg::watch::{self, Change};
use crate::pg::{backend, guc};
use crate::rule::{Moment, fault};

/// Whether the end of the last statement has checked everything already, as it does where the commit comes next.
pub fn is_checked_already() -> bool {
    if backend::in_transaction_block() || dry_run::is_under_way() {
        return false;
    }
    // What the last statement did after that becomes visible with the next command.
    backend::advance_command();
    let current_state = (backend::command_id(), guc::generation());
    session::with(|session| session.pending.is_clean_at(current_state))
        && !judge::is_transaction_checked(&guc::in_force())
}

/// Just before the commit: checks the final state of what the transaction touched, and the transaction as a whole.
pub fn before_commit() -> Vec<Report> {
    fault::point("the commit");
    let (pending, made_up_names) =
        session::with(|session| (session.pending.take(), std::mem::take(&mut session.made_up_names)));
    // What the last statement did becomes visible with the next command.
    backend::advance_command();
    // The event triggers may have been switched off, or the extension dropped, in this very transaction.
    if !event_triggers::are_enabled() {
        return Vec::new();
    }
    let current_state = (backend::command_id(), guc::generation());
    let mut judgement = Judgement::begin(guc::in_force());
    let (settings, now) = (judgement.settings.clone(), judgement.now.clone());
    judgement.check_transaction(&|| changed_relations(&pending, &now));
    for (object, mut pending) in pending {
        if pending.is_clean_at(current_state) {
            continue;
        }
        let Some(mut after) = kept_facts(&mut pending, &now).or_else(|| now.read(object)) else { continue };
        restore_name_origins(&mut after, &made_up_names);
        let after = temporary::without_what_is_lost(&after, &now).into_owned();
        let before = Rc::new(now.before(pending.since));
        let read_before = || {
            let (relation, reader) = read_state(&before, object)?;
            Some((temporary::without_what_is_lost(&relation, &before).into_owned(), reader))
        };
        if !pending.is_done() {
            let is_wanted = |key: &_| pending.is_unchecked || pending.postponed.contains(key);
            judgement.check_relation_for(after.clone(), Moment::Statement, is_wanted, read_before);
        }
        judgement.check_relation(after, Moment::Commit, read_before);
    }
    dry_run::with(|dry_run| dry_run.note_fingerprints(judgement.fingerprints()));
    let occasion = occasion(TRANSACTION);
    deliver(&judgement.finish(occasion).0, occasion, &settings).write(&[], occasion)
}

/// What a statement's end has read of a table, if that is still true.
fn kept_facts(pending: &mut Pending, now: &Reader) -> Option<Relation> {
    let kept = pending.kept.take().filter(|kept| kept.settings == guc::generation())?;
    let mut table = *kept.table;
    match watch::change(table.oid) {
        Change::Nothing => {}
        Change::Row => table = now.read_row_of(table)?,
        Change::Anything => return None,
    }
    forget_name_origins(&mut table);
    debug_assert_eq!(Some(&table), Reader::now().read(table.address()).as_ref(), "a change was not noticed");
    Some(table)
}

/// What a statement says about the constraints that it makes is not true of the transaction.
fn forget_name_origins(relation: &mut Relation) {
    for constraint in &mut relation.constraints {
        (constraint.name_origin, constraint.is_inline) = (NameOrigin::Unknown, false);
    }
}

/// Marks the constraints whose names PostgreSQL made up in this transaction.
fn restore_name_origins(relation: &mut Relation, made_up_names: &BTreeMap<Oid, String>) {
    for constraint in &mut relation.constraints {
        if made_up_names.get(&constraint.oid) == Some(&constraint.name) {
            constraint.name_origin = NameOrigin::MadeUp;
        }
    }
}

/// The relations that the transaction has made, changed or dropped; a dropped one as it was before.
fn changed_relations(pending: &BTreeMap<ObjectAddress, Pending>, now: &Reader) -> Vec<Relation> {
    let is_changed = |(_, pending): &(&ObjectAddress, &Pending)| pending.is_changed || pending.is_unchecked;
    let read = |(object, pending): (&ObjectAddress, &Pending)| {
        now.read(*object).or_else(|| now.before(pending.since).read(*object))
    };
    pending.iter().filter(is_changed).filter_map(read).collect()
}
