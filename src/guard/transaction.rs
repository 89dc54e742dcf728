//! The end of a transaction.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::judgement::{Judgement, read_state};
use super::pending::{Others, Pending};
use super::{deliver, dry_run, made_up_names, occasion, session};
use crate::facts::{CommandId, ObjectAddress, Relation, oids};
use crate::judge::message::Report;
use crate::judge::{self, TRANSACTION, ViolationKey};
use crate::pg::read::{Reader, dependents, event_triggers, temporary};
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::PgConstraint;
use crate::pg::watch::{self, Change};
use crate::pg::{backend, guc, turns};
use crate::rule::{Moment, ObjectId, fault};
use crate::settings::{Level, Mode, Settings};

/// Whether the end of the last statement has checked everything already, as it does where the commit comes next, and
/// nobody has changed anything since.
pub fn is_checked_already() -> bool {
    if backend::in_transaction_block() || dry_run::is_under_way() {
        return false;
    }
    // What the last statement did after that becomes visible with the next command.
    backend::advance_command();
    let current_state = (backend::command_id(), guc::generation());
    watch::hear();
    session::with(|session| {
        session.foundations.is_empty() && session.pending.is_clean_at(current_state, watch::is_unchanged)
    }) && !watch::has_made_constraints()
        && !judge::is_transaction_checked(&guc::in_force())
}

/// Waits until no other transaction is about to commit changes of the same tables, and has others wait from now on: else
/// two of them could pass whose changes do not go together, as neither sees those of the other. Where a transaction has
/// locked a table against all other DDL, as most statements do, there is nothing to wait for; with a change of what tables
/// are built on nobody else must be about to commit.
pub fn take_turns() {
    if dry_run::is_under_way() || guc::in_force().mode != Mode::Enforce {
        return;
    }
    let (tables, has_changed_foundations) =
        session::with(|session| (session.pending.relations(), !session.foundations.is_empty()));
    turns::take(&tables, has_changed_foundations);
}

/// Just before the commit: checks the final state of what the transaction touched, and the transaction as a whole.
pub fn before_commit() -> Vec<Report> {
    fault::point("the commit");
    let (mut pending, foundations, made_up) = session::with(|session| {
        let foundations = std::mem::take(&mut session.foundations);
        (session.pending.take(), foundations, std::mem::take(&mut session.made_up_names))
    });
    // What the last statement did becomes visible with the next command.
    backend::advance_command();
    // The event triggers may have been switched off, or the extension dropped, in this very transaction.
    if !event_triggers::are_enabled() {
        return Vec::new();
    }
    let current_state = (backend::command_id(), guc::generation());
    let mut judgement = Judgement::begin(guc::in_force());
    let (settings, now) = (judgement.settings.clone(), judgement.now.clone());
    foundations.add_users(&mut pending, &now);
    judgement.check_transaction(&|| changed_relations(&pending, &now));
    for constraint in watch::take_made_constraints() {
        if let Some(object) = dependents::table_or_type_of(&now, PgConstraint::CATALOG, constraint) {
            watch::changed(object);
        }
    }
    // Most of what is checked was touched first by the same command.
    let mut last_before: Option<(CommandId, Rc<Reader>)> = None;
    for (object, mut pending) in pending {
        let change = watch::change(object);
        if pending.is_clean_at(current_state) && watch::is_unchanged(object) {
            continue;
        }
        let Some(mut after) = kept_facts(&mut pending, change, &now).or_else(|| now.read(object)) else { continue };
        made_up_names::restore(&mut after, &made_up);
        let after = temporary::without_what_is_lost(&after, &now).into_owned();
        let known = last_before.take_if(|(since, _)| *since == pending.since);
        let (_, before) =
            last_before.insert(known.unwrap_or_else(|| (pending.since, Rc::new(now.before(pending.since)))));
        let read_before = || {
            let (relation, reader) = read_state(before, object)?;
            Some((temporary::without_what_is_lost(&relation, before).into_owned(), reader))
        };
        let others = Others::of(&pending, &after, change);
        let is_unseen = pending.is_unchecked || pending.is_changed_along && pending.schema.is_none();
        if is_unseen || !pending.is_done() || others != Others::Nothing {
            let is_wanted = |key: &ViolationKey| {
                is_unseen || pending.postponed.contains(key) || others.may_have_added(key, &after, &settings)
            };
            judgement.check_relation_for(after.clone(), Moment::Statement, is_wanted, read_before);
        }
        judgement.check_relation(after, Moment::Commit, read_before);
    }
    dry_run::with(|dry_run| dry_run.note_fingerprints(judgement.fingerprints()));
    let occasion = occasion(TRANSACTION);
    deliver(&judgement.finish(occasion).0, occasion, &settings).write(&[], occasion)
}

impl Others {
    fn of(pending: &Pending, after: &Relation, change: Change) -> Self {
        let since_last_touch = match &pending.schema {
            // It goes on after a violation, and has been told of it.
            _ if dry_run::is_under_way() || pending.is_lenient => return Self::Nothing,
            Some(_) if pending.is_changed_along => Self::Schema,
            Some(schema) if *schema != after.name.schema => Self::Schema,
            _ if change == Change::Anything && after.is_built_on_types() => Self::Types,
            _ => Self::Nothing,
        };
        since_last_touch.max(pending.others)
    }

    /// Whether a violation may be one that the statement could not have found. It would have been refused for it, so of other
    /// levels nobody knows.
    fn may_have_added(self, key: &ViolationKey, after: &Relation, settings: &Settings) -> bool {
        let is_refused = settings.mode == Mode::Enforce && settings.level(key.rule) == Level::Error;
        let is_of_type = |number| after.column(number).is_some_and(|it| it.data_type.oid >= oids::FIRST_USER_OID);
        is_refused
            && match self {
                Self::Nothing => false,
                Self::Types if !after.kind.is_table() => true,
                Self::Types => matches!(key.object, ObjectId::Column(number) if is_of_type(number)),
                Self::Schema => true,
            }
    }
}

/// What a statement's end has read of a table, if that is still true.
fn kept_facts(pending: &mut Pending, change: Change, now: &Reader) -> Option<Relation> {
    let kept = pending.kept.take().filter(|kept| kept.settings == guc::generation())?;
    let mut table = *kept.table;
    match change {
        Change::Nothing => {}
        Change::Row => table = now.read_row_of(table)?,
        Change::Anything => return None,
    }
    made_up_names::forget(&mut table);
    debug_assert_eq!(Some(&table), Reader::now().read(table.address()).as_ref(), "a change was not noticed");
    Some(table)
}

/// The relations that the transaction has made, changed or dropped; a dropped one as it was before.
fn changed_relations(pending: &BTreeMap<ObjectAddress, Pending>, now: &Reader) -> Vec<Relation> {
    let is_changed = |(_, pending): &(&ObjectAddress, &Pending)| pending.is_changed || pending.is_unchecked;
    let read = |(object, pending): (&ObjectAddress, &Pending)| {
        now.read(*object).or_else(|| now.before(pending.since).read(*object))
    };
    pending.iter().filter(is_changed).filter_map(read).collect()
}
