//! What the end of a statement remembers of the objects that it has checked, until the commit.

use super::frames::Frame;
use super::judgement::Judgement;
use super::pending::{KeptFacts, Others};
use super::{dry_run, session};
use crate::facts::{ObjectAddress, Relation};
use crate::pg::read::{Reader, temporary};
use crate::pg::{backend, guc, watch};
use crate::rule::Moment;
use crate::settings::Mode;

/// Keeps the facts about a table until the commit, which reads them once more only where something has changed.
pub fn keep_for_commit(table: Relation, judgement: &Judgement) {
    let object = table.address();
    let is_waiting = session::with(|session| session.pending.waits_for_facts(object));
    if is_waiting && table.kind.is_table() && watch::begin(object, Some(&table), judgement.mark) {
        let kept = KeptFacts { table: Box::new(table), settings: guc::generation() };
        session::with(|session| session.pending.keep(object, kept));
    }
}

/// What others may have changed of an object between the last statement that touched it and this one.
fn changed_by_others(after: &Relation, frame: &Frame, now: &Reader) -> Others {
    let object = after.address();
    let Some(schema) = session::with(|session| session.pending.schema_of(object).cloned()) else {
        return Others::Nothing;
    };
    // Else this statement has moved it.
    let was_moved = || now.before(frame.start).read(object).is_some_and(|before| before.name.schema != schema);
    match () {
        () if schema != after.name.schema && was_moved() => Others::Schema,
        () if after.is_built_on_types() => Others::Types,
        () => Others::Nothing,
    }
}

/// Whether an object goes with the session, or was dropped and did. Nobody else can change it, so nobody waits for it.
fn is_temporary(object: ObjectAddress, frame: &Frame, now: &Reader) -> bool {
    let exists = now.exists(object);
    temporary::is_temporary(object, now) || !exists && temporary::is_temporary(object, &now.before(frame.start))
}

/// Puts an object that a statement touched on the list for the commit; `after` is `None` where it was dropped or is
/// temporary. Where the commit comes next, it is checked for that now. It need not be read once more then, unless somebody
/// changes it meanwhile.
pub fn remember_for_commit(
    object: ObjectAddress,
    after: Option<&Relation>,
    is_changed: bool,
    frame: &Frame,
    judgement: &Judgement,
) {
    if after.is_none() && is_temporary(object, frame, &judgement.now) {
        return;
    }
    let has_no_violation =
        |after| judgement.is_clean(&temporary::without_what_is_lost(after, &judgement.now), Moment::Commit);
    if dry_run::is_under_way() {
        let lasting = |after| temporary::without_what_is_lost(after, &judgement.now);
        let keys = after.map_or(Vec::new(), |after| judgement.keys_of(&lasting(after), Moment::Commit));
        dry_run::with(|dry_run| dry_run.note_left_to_commit(object, keys));
    }
    let is_clean = !backend::in_transaction_block()
        && after.is_none_or(has_no_violation)
        && watch::begin(object, after, judgement.mark);
    let clean = is_clean.then(|| (backend::command_id(), guc::generation()));
    let nest_level = backend::nest_level();
    let others = after.map_or(Others::Nothing, |after| changed_by_others(after, frame, &judgement.now));
    let is_lenient = judgement.settings.mode != Mode::Enforce;
    session::with(|session| {
        let pending = session.pending.add(object, frame.start, nest_level);
        pending.others = others.max(pending.others);
        pending.is_lenient |= is_lenient;
        pending.clean = clean;
        pending.is_changed |= is_changed;
        pending.schema = after.map(|after| after.name.schema.clone());
    });
}
