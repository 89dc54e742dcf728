//! The life of a statement: its start, what it drops, its end.

use std::cell::LazyCell;
use std::rc::Rc;

use super::judgement::{Judgement, read_state};
use super::touched::{Touched, trace_constraint_names};
use super::{deliver, session, settings_unless_exempt};
use crate::facts::{CommandId, ObjectAddress, Oid, Relation};
use crate::judge;
use crate::judge::message::Report;
use crate::pg::read::Reader;
use crate::pg::statement::{Command, collected, concurrent, intent};
use crate::pg::{backend, guc};
use crate::rule::{Moment, Violation};

/// Before a statement runs: notes where its own changes begin, and checks what an error at its end could no longer undo.
pub fn command_start(command: Command) -> Vec<Report> {
    let (start, nest_level) = (backend::command_id(), backend::nest_level());
    session::with(|session| session.begin(command.identity(), start, nest_level, backend::client_command_start()));
    let Some(settings) = settings_unless_exempt() else { return Vec::new() };
    let checks_intents = judge::is_moment_in_force(&settings, Moment::Before);
    if !checks_intents && !concurrent::is_concurrent(command) {
        return Vec::new();
    }
    let mut judgement = Judgement::begin(settings.clone());
    let now = judgement.now.clone();
    if checks_intents {
        intent::with_intent(command, &now, |intent| judgement.check_intent(intent));
    }
    if let Some((before, after)) = concurrent::predict(command, &now) {
        // A statement that commits on its way is the only one of its transactions.
        judgement.check_transaction(&|| vec![after.clone()]);
        for moment in [Moment::Statement, Moment::Commit] {
            judgement.check_relation(after.clone(), moment, || Some((before.clone(), now.clone())));
        }
    }
    deliver(&judgement.into_violations(), &command.tag(), &settings)
}

/// When a statement has dropped something: notes the objects that have lost it.
pub fn objects_dropped(command: Command) -> Vec<Report> {
    if settings_unless_exempt().is_some()
        && let Some(start) = session::with(|session| session.start_of(command.identity()))
    {
        let touched = collected::objects_with_drops(&Reader::now().before(start));
        session::with(|session| session.touch(command.identity(), touched));
    }
    Vec::new()
}

/// After a statement has run: checks what it added, and puts the tables it touched on the list for the commit.
pub fn command_end(command: Command) -> Vec<Report> {
    let identity = command.identity();
    let Some(start) = session::with(|session| session.start_of(identity)) else { return Vec::new() };
    let statement = session::with(|session| session.end(identity));
    if command.changes_no_definition() {
        return Vec::new();
    }
    let Some(settings) = settings_unless_exempt() else { return Vec::new() };
    // A CONCURRENTLY form was checked before it ran, for the commit, too.
    let was_checked_before = concurrent::is_concurrent(command);
    let mut judgement = Judgement::begin(settings.clone());
    let dropped_from = statement.map(|statement| statement.touched).unwrap_or_default();
    check_touched(dropped_from, start, !was_checked_before, &mut judgement);

    let mut violations = judgement.into_violations();
    if was_checked_before {
        let reported = session::with(|session| session.violations_of(backend::client_command_start()));
        let is_same = |old: &Violation, new: &Violation| old.rule == new.rule && old.message == new.message;
        violations.retain(|new| !reported.iter().any(|old| is_same(old, new)));
    }
    deliver(&violations, &command.tag(), &settings)
}

/// Checks every object that the statement has touched, and those built on them where their row types may be concerned.
fn check_touched(
    dropped_from: Vec<ObjectAddress>,
    start: CommandId,
    waits_for_commit: bool,
    judgement: &mut Judgement,
) {
    let now = judgement.now.clone();
    let before = LazyCell::new(|| Rc::new(now.before(start)));
    let settings = judgement.settings.clone();
    let mut touched = Touched::collect(dropped_from, &now, || before.clone(), &settings);
    while let Some(object) = touched.next() {
        let after = now.read(object);
        if waits_for_commit
            && let ObjectAddress::Relation(table) = object
            && after.as_ref().is_none_or(|after| after.kind.is_table())
        {
            remember_for_commit(table, after.as_ref(), start, judgement);
        }
        let Some(mut after) = after else { continue };
        trace_constraint_names(&mut after, start, touched.given_names(object), || before.read(object));
        if judgement.check_relation(after, Moment::Statement, || read_state(&before, object)) {
            touched.add_users_of_row_type(object, &now);
        }
    }
}

/// Puts a table that a statement touched on the list for the commit; `after` is `None` where it was dropped. Where the
/// commit comes next, it need not read the table once more: the table is checked now.
fn remember_for_commit(table: Oid, after: Option<&Relation>, start: CommandId, judgement: &Judgement) {
    let is_clean =
        !backend::in_transaction_block() && after.is_none_or(|after| judgement.is_clean(after, Moment::Commit));
    let clean = is_clean.then(|| (backend::command_id(), guc::generation()));
    session::with(|session| session.remember(table, start, backend::nest_level(), clean));
}

/// After an EXPLAIN ANALYZE CREATE TABLE AS, which makes the table without any event trigger: checks the table.
pub fn table_explained(table: Oid, start: CommandId) -> Vec<Report> {
    let Some(settings) = settings_unless_exempt() else { return Vec::new() };
    backend::advance_command();
    let mut judgement = Judgement::begin(settings.clone());
    let now = judgement.now.clone();
    let before = Rc::new(now.before(start));
    let object = ObjectAddress::Relation(table);
    if let Some(after) = now.read(object) {
        remember_for_commit(table, Some(&after), start, &judgement);
        judgement.check_relation(after, Moment::Statement, || read_state(&before, object));
    }
    deliver(&judgement.into_violations(), "EXPLAIN ANALYZE CREATE TABLE AS", &settings)
}
