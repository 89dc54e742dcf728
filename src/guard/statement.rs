//! The life of a statement: its start, what it drops, its end.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::frames::Frame;
use super::judgement::{Judged, Judgement, Told, read_state};
use super::remember::{keep_for_commit, remember_for_commit};
use super::touched::Touched;
use super::{Delivery, deliver, hidden, made_up_names, occasion, session, settings_unless_exempt};
use crate::facts::{Constraint, ConstraintKind, Index, ObjectAddress, Oid, Relation, Written};
use crate::judge;
use crate::judge::ViolationKey;
use crate::judge::message::Report;
use crate::pg::read::Reader;
use crate::pg::statement::{Command, collected, commented, concurrent, first_lock, intent, like, written_names};
use crate::pg::{backend, memory};
use crate::rule::{Moment, ObjectId, Violation};
use crate::settings::Level;

/// Notes that a statement begins, and where its own changes begin.
pub fn begin(command: Command) {
    memory::keep_reserve();
    let (start, nest_level) = (backend::command_id(), backend::nest_level());
    let mut frame = Frame::new(command.identity(), start, nest_level, backend::client_command_start());
    frame.hides_commands = command.hides_commands();
    session::with(|session| session.frames.begin(frame));
}

/// Before a statement runs: checks what an error at its end could no longer undo.
pub fn command_start(command: Command) -> Vec<Report> {
    let Some(settings) = settings_unless_exempt() else { return Vec::new() };
    let beside_like = like::written_beside_like(command);
    let checks_intents = judge::is_moment_in_force(&settings, Moment::Before);
    let is_concurrent = concurrent::is_concurrent(command);
    if !beside_like.is_empty() {
        with_frame(command, |frame| frame.beside_like = beside_like);
    }
    if !checks_intents && !is_concurrent {
        return Vec::new();
    }
    if is_concurrent {
        first_lock::take(command);
    }
    let mut judgement = Judgement::begin(settings.clone());
    let now = judgement.now.clone();
    if checks_intents {
        intent::with_intent(command, &now, |intent| judgement.check_intent(intent));
    }
    let changes = if is_concurrent { concurrent::predict(command, &now) } else { Vec::new() };
    if !changes.is_empty() {
        // A statement that commits on its way is the only one of its transactions.
        judgement.check_transaction(&|| changes.first().map(|change| change.after.clone()).into_iter().collect());
    }
    for change in &changes {
        for moment in [Moment::Statement, Moment::Commit] {
            let read_before = || Some((change.before.clone(), now.clone() as _));
            judgement.check_relation(change.after.clone(), moment, read_before);
        }
    }
    with_frame(command, |frame| frame.predicted = changes.into_iter().map(|change| change.after).collect());
    let tag = command.tag();
    let Delivery { reports, rows } = deliver(&judgement.finish(occasion(&tag)).0, occasion(&tag), &settings);
    if !rows.is_empty() {
        with_frame(command, |frame| frame.unwritten = rows);
    }
    reports
}

fn with_frame(command: Command, work: impl FnOnce(&mut Frame)) {
    session::with(|session| session.frames.find(command.identity()).map(work));
}

/// When a statement has dropped something: notes the objects that have lost it.
pub fn objects_dropped(command: Command) -> Vec<Report> {
    let start = session::with(|session| session.frames.start_of(command.identity()));
    if let Some(start) = start.filter(|_| settings_unless_exempt().is_some()) {
        let objects = collected::objects_with_drops(&Reader::now().before(start));
        with_frame(command, |frame| frame.lost_something.extend(objects));
    }
    Vec::new()
}

/// After a statement has run: checks what it added, and puts the objects it touched on the list for the commit.
pub fn command_end(command: Command) -> Vec<Report> {
    let Some(mut frame) = session::with(|session| session.frames.end(command.identity())) else { return Vec::new() };
    frame.says_if_not_exists = command.says_if_not_exists();
    let settings = settings_unless_exempt().filter(|_| !command.changes_no_definition());
    let Some(settings) = settings else {
        hand_outward(frame.told());
        return Delivery::default().write(&frame.unwritten, occasion(&command.tag()));
    };
    let judgement = Judgement::begin(settings.clone()).without(frame.told());
    if concurrent::is_concurrent(command) {
        let tag = command.tag();
        let judged = check_once_more(&frame, judgement, &tag);
        return deliver(&judged, occasion(&tag), &settings).write(&frame.unwritten, occasion(&tag));
    }
    if frame.is_hidden {
        frame.commented = commented(command);
        frame.written_names = written_names(command);
    }
    let now = judgement.now.clone();
    let touched = Touched::collect(&frame, &now, &|| now.before(frame.start), &settings);
    finish(touched, &frame, judgement, &command.tag())
}

/// After a statement for which PostgreSQL calls no event triggers: does the same for the objects that were noted.
pub fn unseen_command_end(command: Command, subject: &str) -> Vec<Report> {
    let Some(frame) = session::with(|session| session.frames.end(command.identity())) else { return Vec::new() };
    let Some(settings) = settings_unless_exempt() else {
        return Delivery::default().write(&frame.unwritten, occasion(subject));
    };
    backend::advance_command();
    let judgement = Judgement::begin(settings).without(frame.told());
    let now = judgement.now.clone();
    let touched = Touched::noted(&frame, &now, &|| now.before(frame.start));
    finish(touched, &frame, judgement, subject)
}

/// Checks the objects that a statement has touched, and tells the statement around it what is reported.
fn finish(mut touched: Touched, frame: &Frame, mut judgement: Judgement, subject: &str) -> Vec<Report> {
    let settings = judgement.settings.clone();
    check_touched(&mut touched, frame, &mut judgement);
    session::with(|session| session.frames.hand_names_outward(touched.into_new_names()));
    let (mut judged, told) = judgement.finish(occasion(subject));
    if frame.says_if_not_exists {
        judged.violations.iter_mut().for_each(|violation| violation.fix.keep_if_not_exists());
    }
    hand_outward(told);
    deliver(&judged, occasion(subject), &settings).write(&frame.unwritten, occasion(subject))
}

/// Tells the statement around the one that has just ended what that was told.
fn hand_outward(told: Vec<Told>) {
    let nest_level = backend::nest_level();
    session::with(|session| session.frames.hand_outward(told, nest_level));
}

/// A CONCURRENTLY form was checked before it ran. While it waited for locks, others may have changed its tables, so they
/// are checked once more. What it did cannot be undone, so there is nothing to refuse.
fn check_once_more(frame: &Frame, judgement: Judgement, subject: &str) -> Judged {
    let mut judgement = judgement.up_to(Level::Warning);
    let now = judgement.now.clone();
    for predicted in &frame.predicted {
        let Some(after) = now.read(predicted.address()) else { continue };
        // A new check is that of another session, which answers for it, or the one that DETACH PARTITION leaves in the
        // place of the bound.
        let is_new_check =
            |check: &&Constraint| check.kind == ConstraintKind::Check && predicted.constraint(check.oid).is_none();
        let new_checks: Vec<_> = after.constraints.iter().filter(is_new_check).map(|check| check.oid).collect();
        let is_wanted = |key: &judge::ViolationKey| match key.object {
            ObjectId::Constraint(oid) => !new_checks.contains(&oid),
            _ => true,
        };
        for moment in [Moment::Statement, Moment::Commit] {
            let read_before = || Some((predicted.clone(), now.clone() as _));
            judgement.check_relation_for(after.clone(), moment, is_wanted, read_before);
        }
    }
    // While it waited for a lock, the name of the index that it drops may have gone to an index of another table.
    let others =
        frame.lost_something.iter().filter(|object| !frame.predicted.iter().any(|it| it.address() == **object));
    for object in others {
        let Some(after) = now.read(*object) else { continue };
        let read_before = || {
            let before = Rc::new(now.before(frame.start));
            let (mut table, reader) = read_state(&before, *object)?;
            let is_dropped = |index: &&mut Index| !after.indexes.iter().any(|other| other.oid == index.oid);
            // It was marked as unusable in a transaction of its own.
            table.indexes.iter_mut().filter(is_dropped).for_each(|index| index.usable = true);
            Some((table, reader))
        };
        judgement.check_relation(after.clone(), Moment::Commit, read_before);
    }
    let mut judged = judgement.finish(occasion(subject)).0;
    let is_same = |old: &Violation, new: &Violation| old.rule == new.rule && old.message == new.message;
    let client_command = backend::client_command_start();
    session::with(|session| {
        let reported = session.record.of(client_command);
        judged.violations.retain(|new| !reported.iter().any(|old| is_same(old, new)));
    });
    judged.exempt.retain(|new| !frame.unwritten.iter().any(|row| row.is_about(new)));
    judged
}

/// Checks every object that the statement has touched, and those built on them where their row types may be concerned.
fn check_touched(touched: &mut Touched, frame: &Frame, judgement: &mut Judgement) {
    let now = judgement.now.clone();
    let before = LazyCell::new(|| Rc::new(now.before(frame.start)));
    for table in touched.remade() {
        follow_remade_constraints(table, &before, &now, touched);
    }
    while let Some((object, is_changed)) = touched.next() {
        let Some(mut after) = now.read(object) else {
            remember_for_commit(object, None, is_changed, frame, judgement);
            continue;
        };
        touched.trace_constraint_names(&mut after);
        if frame.is_hidden {
            hidden::guess_names(&mut after, before.read(object).as_ref(), frame, &now);
        }
        touched.trace_conversions(&mut after);
        touched.add_children(&after, &now);
        touched.add_users_of_references(&after, frame, &now, &before);
        made_up_names::note(&after, &judgement.context());
        remember_for_commit(object, Some(&after), is_changed, frame, judgement);
        let written = frame.beside_like.get(&after.name.name).filter(|_| touched.creates(object));
        let written = written.map(|written| written_parts(written, &after, touched));
        let mut postponed = Vec::new();
        let is_wanted = |key: &ViolationKey| {
            let is_copied = written.as_ref().is_some_and(|written| !written.contains(&key.object));
            postponed.extend(is_copied.then(|| key.clone()));
            !is_copied
        };
        let is_type = !after.kind.is_table();
        let read_before = || read_state(&before, object);
        let checked = judgement.check_relation_for(after, Moment::Statement, is_wanted, read_before);
        if checked.may_concern_row_type || is_type {
            touched.add_users_of_row_type(object, &now);
        }
        if let Some(table) = checked.relation {
            keep_for_commit(table, judgement);
        }
        if !postponed.is_empty() {
            let nest_level = backend::nest_level();
            session::with(|session| session.pending.add(object, frame.start, nest_level).postponed.extend(postponed));
        }
    }
    let nest_level = backend::nest_level();
    session::with(|session| {
        for object in touched.changed_along() {
            session.pending.add(object, frame.start, nest_level).is_changed_along = true;
        }
        for foundation in touched.foundations() {
            session.foundations.add(*foundation, frame.start);
        }
    });
}

/// The parts of a table with LIKE that its statement writes itself. What LIKE copies is checked at the commit: the
/// statement did not choose it, and the table may become a partition of the one that it was copied from.
fn written_parts(written: &Written, table: &Relation, touched: &Touched) -> HashSet<ObjectId> {
    let has_own_command = |constraint: &&_| touched.has_own_command(constraint);
    let copied_checks: BTreeSet<Oid> =
        table.constraints.iter().filter(has_own_command).map(|check| check.oid).collect();
    let columns = table.columns.iter().filter(|column| written.has_column(column));
    let constraints =
        table.constraints.iter().filter(|constraint| written.has_constraint(constraint, table, &copied_checks));
    let columns = columns.map(|column| ObjectId::Column(column.number));
    columns.chain(constraints.map(|constraint| ObjectId::Constraint(constraint.oid))).collect()
}

/// What is remembered until the commit of the constraints that PostgreSQL has made anew on its own is true of the new ones.
fn follow_remade_constraints(table: ObjectAddress, before: &Reader, now: &Reader, touched: &Touched) {
    let (Some(before), Some(after)) = (before.read(table), now.read(table)) else { return };
    let old: HashMap<_, _> =
        before.constraints.iter().map(|constraint| ((constraint.kind, &constraint.name), constraint.oid)).collect();
    for constraint in after.constraints.iter().filter(|constraint| !touched.makes(constraint)) {
        let old = old.get(&(constraint.kind, &constraint.name)).filter(|old| **old != constraint.oid);
        if let Some(old) = old {
            session::with(|session| session.constraint_remade(table, *old, constraint.oid));
        }
    }
}
