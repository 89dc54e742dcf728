//! The life of a statement: what happens at its start, when it drops something, at its end, and before the commit.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::facts::{Constraint, NameOrigin, Oid, QualifiedName, Relation};
use crate::guard::session::{self, CommandId, Pending, Subject};
use crate::judge::message::{self, Report};
use crate::judge::{self, Added, Found, Moment, State};
use crate::pg::read::Reader;
use crate::pg::statement::{self as commands, Command};
use crate::pg::statement::{concurrent, intent};
use crate::pg::{self, guc};
use crate::rule::{Context, FixContext, Transaction, Violation};
use crate::settings::{EXEMPT_ROLES, Mode, Settings};

/// Before a statement runs: notes where its own changes begin, and judges what an error at its end could no longer
/// undo.
pub fn command_start(command: Command) -> Vec<Report> {
    let (start, level) = (pg::command_id(), pg::nest_level());
    session::with(|s| s.begin(command.identity(), start, level, pg::client_command()));
    if !is_judged() {
        return Vec::new();
    }
    let settings = guc::in_force();
    let foresees = judge::foresees(&settings);
    if !foresees && !concurrent::is(command) {
        return Vec::new();
    }
    let now = Rc::new(Reader::now());
    let mut judgement = Judgement::new(&settings, &now);
    if foresees {
        let context = judgement.context();
        judgement.take_in(intent::with(command, &now, |intent| judge::foreseen(intent, &context)));
    }
    if let Some((before, after)) = concurrent::foresee(command, &now) {
        if judge::judges_transactions(&settings) {
            // It is the only statement of its transactions.
            let changed = Some(&after).filter(|table| counts_as_changed(table, &now, &settings));
            let changed = || changed.map(|table| table.name.clone()).into_iter().collect();
            let context = judgement.context();
            judgement.take_in(judge::of_transaction(&Transaction { changed: &changed }, &context));
        }
        for moment in [Moment::Statement, Moment::Commit] {
            judgement.compare(after.clone(), moment, || Some((before.clone(), now.clone())));
        }
    }
    judgement.conclude(&command.tag())
}

/// When a statement has dropped something: notes the tables that have lost it.
pub fn objects_dropped(command: Command) -> Vec<Report> {
    if is_judged()
        && let Some(start) = session::with(|s| s.start_of(command.identity()))
    {
        let touched = commands::touched_by_drops(&Reader::now().before(start));
        session::with(|s| s.touch(command.identity(), touched));
    }
    Vec::new()
}

/// After a statement has run: judges what it added, and puts the tables it touched on the list for the commit.
pub fn command_end(command: Command) -> Vec<Report> {
    let identity = command.identity();
    let Some(start) = session::with(|s| s.start_of(identity)) else { return Vec::new() };
    let statement = session::with(|s| s.end(identity));
    if !is_judged() || command.defines_nothing() {
        return Vec::new();
    }
    let settings = guc::in_force();
    let now = Rc::new(Reader::now());
    let before = LazyCell::new(|| Rc::new(now.before(start)));

    let mut touched: BTreeSet<Subject> = statement.into_iter().flat_map(|s| s.touched).collect();
    let mut written: BTreeMap<Subject, Vec<String>> = BTreeMap::new();
    let mut changed_row_types: BTreeSet<Subject> = BTreeSet::new();
    for one in commands::collected() {
        let subjects = one.touched(|| before.clone(), &now, |schema| settings.exempts_schema(schema));
        if let Some(subject) = subjects.first() {
            written.entry(*subject).or_default().extend(one.constraint_names);
            if one.changes_row_type {
                changed_row_types.insert(*subject);
            }
        }
        touched.extend(subjects);
    }

    // Judged beforehand, for the commit too.
    let was_foreseen = concurrent::is(command);
    let mut judgement = Judgement::new(&settings, &now);
    let mut waiting: Vec<Subject> = touched.iter().copied().collect();
    while let Some(subject) = waiting.pop() {
        let after = now.read(subject);
        if let Subject::Relation(table) = subject
            && after.as_ref().is_none_or(|after| after.kind.is_table())
            && !was_foreseen
        {
            remember_for_commit(table, after.as_ref(), start, &judgement);
        }
        let Some(mut after) = after else { continue };
        let names = written.get(&subject).map_or(&[][..], Vec::as_slice);
        trace_names(&mut after, start, names, || before.read(subject));
        let concerns_types =
            judgement.compare(after, Moment::Statement, || Some((before.read(subject)?, before.clone())));
        if let Subject::Relation(relation) = subject
            && concerns_types
            && changed_row_types.contains(&subject)
        {
            let users = commands::users_of_row_type(&now, relation).into_iter();
            waiting.extend(users.filter(|user| touched.insert(*user)));
        }
    }
    if was_foreseen {
        judgement.said = session::with(|s| s.said_by(pg::client_command()));
    }
    judgement.conclude(&command.tag())
}

/// Puts a table that a statement touched on the list for the commit; `after` is `None` where it was dropped. Where the
/// commit comes next, it need not read the table once more: it is looked at now.
fn remember_for_commit(table: Oid, after: Option<&Relation>, start: CommandId, judgement: &Judgement<'_>) {
    let is_clean =
        !pg::in_transaction_block() && after.is_none_or(|after| judgement.finds_nothing(after, Moment::Commit));
    let clean = is_clean.then(|| (pg::command_id(), guc::generation()));
    session::with(|s| s.remember(table, start, pg::nest_level(), clean));
}

/// After an EXPLAIN ANALYZE CREATE TABLE AS, which makes the table without any event trigger: judges the table.
pub fn table_explained(table: Oid, start: CommandId) -> Vec<Report> {
    if !is_judged() {
        return Vec::new();
    }
    let settings = guc::in_force();
    pg::advance_command();
    let now = Rc::new(Reader::now());
    let before = Rc::new(now.before(start));
    let mut judgement = Judgement::new(&settings, &now);
    let subject = Subject::Relation(table);
    if let Some(after) = now.read(subject) {
        remember_for_commit(table, Some(&after), start, &judgement);
        judgement.compare(after, Moment::Statement, || Some((before.read(subject)?, before.clone())));
    }
    judgement.conclude("EXPLAIN ANALYZE CREATE TABLE AS")
}

/// Tells where the names of the constraints come from that a statement added. The state before it is only read
/// where a constraint was written by the statement under a name that does not stand in it.
fn trace_names(after: &mut Relation, start: CommandId, written: &[String], before: impl FnOnce() -> Option<Relation>) {
    let mut unexplained: Vec<&mut Constraint> = Vec::new();
    for constraint in after.constraints.iter_mut().filter(|one| one.written_at.is_some_and(|at| at >= start)) {
        if written.contains(&constraint.name) {
            constraint.name_origin = NameOrigin::Written;
        } else {
            unexplained.push(constraint);
        }
    }
    if unexplained.is_empty() {
        return;
    }
    let known = before().map_or(Vec::new(), |before| before.constraints);
    for constraint in unexplained {
        if !known.iter().any(|old| old.oid == constraint.oid || old.name == constraint.name) {
            constraint.name_origin = NameOrigin::MadeUp;
        }
    }
}

/// Just before the commit: judges the final state of the tables that the transaction touched.
pub fn before_commit() -> Vec<Report> {
    let pending = session::with(|s| s.take_pending());
    // What the last statement did becomes visible with the next command.
    pg::advance_command();
    let settings = guc::in_force();
    let as_it_is = (pg::command_id(), guc::generation());
    let now = Rc::new(Reader::now());
    let mut judgement = Judgement::new(&settings, &now);
    if judge::judges_transactions(&settings) {
        let changed = || changed_tables(&pending, &now, &settings);
        let context = judgement.context();
        judgement.take_in(judge::of_transaction(&Transaction { changed: &changed }, &context));
    }
    for (table, pending) in pending {
        if pending.clean == Some(as_it_is) {
            continue;
        }
        let Some(after) = now.read(Subject::Relation(table)) else { continue };
        judgement.compare(after, Moment::Commit, || {
            let before = Rc::new(now.before(pending.since));
            Some((before.read(Subject::Relation(table))?, before))
        });
    }
    judgement.conclude("transaction")
}

/// The judged tables that the transaction has created, changed or dropped.
fn changed_tables(pending: &BTreeMap<Oid, Pending>, now: &Reader, settings: &Settings) -> Vec<QualifiedName> {
    let table = |(table, pending): (&Oid, &Pending)| {
        let table = Subject::Relation(*table);
        now.read(table).or_else(|| now.before(pending.since).read(table))
    };
    let tables = pending.iter().filter_map(table).filter(|table| counts_as_changed(table, now, settings));
    tables.map(|table| table.name).collect()
}

/// Whether a relation that a transaction touched is a judged table.
fn counts_as_changed(relation: &Relation, now: &Reader, settings: &Settings) -> bool {
    relation.kind.is_table()
        && !settings.exempts(&relation.name)
        && !now.belongs_to_superuser_extension(Subject::Relation(relation.oid))
}

/// Whether the guard looks at what the current role does now. Scripts of extensions are not the user's.
fn is_judged() -> bool {
    if guc::mode() == Mode::Off || pg::in_extension_script() {
        return false;
    }
    let settings = guc::in_force();
    let exempt: &Vec<String> = settings.get(&EXEMPT_ROLES);
    !pg::current_role_is_among(exempt)
}

/// The state of a relation before, and the reader it was read with.
type Before = (Relation, Rc<Reader>);

/// What was found so far in one judgement.
struct Judgement<'a> {
    settings: &'a Settings,
    now: &'a Reader,
    /// About a statement or a transaction as a whole.
    general: Vec<Added>,
    /// About relations, each with its state before and after.
    compared: Vec<(Option<Relation>, Relation, Vec<Added>)>,
    /// What was foreseen and need not be said again.
    said: Vec<Violation>,
}

impl<'a> Judgement<'a> {
    fn new(settings: &'a Settings, now: &'a Reader) -> Self {
        Self { settings, now, general: Vec::new(), compared: Vec::new(), said: Vec::new() }
    }

    fn context(&self) -> Context<'a> {
        Context { settings: self.settings, catalog: self.now }
    }

    /// Takes in what was found about a statement or a transaction as a whole.
    fn take_in(&mut self, added: Vec<Added>) {
        self.general.extend(added);
    }

    /// Whether a relation has no violation at all of the rules of this moment.
    fn finds_nothing(&self, relation: &Relation, moment: Moment) -> bool {
        judge::found(State { relation, catalog: self.now }, moment, self.settings).added.is_empty()
    }

    /// Takes in what has become of a relation. The state before is only read where there is something to compare.
    /// Tells whether what is made of its rows has to be looked at as well, where they have changed.
    fn compare(&mut self, after: Relation, moment: Moment, before: impl FnOnce() -> Option<Before>) -> bool {
        let found = judge::found(State { relation: &after, catalog: self.now }, moment, self.settings);
        let Found { mut added, concerns_types } = found;
        if added.is_empty() {
            return concerns_types;
        }
        let before = before().map(|(relation, reader)| {
            let state = State { relation: &relation, catalog: &*reader };
            judge::take_off(&mut added, state, moment, self.settings);
            relation
        });
        if !added.is_empty() {
            self.compared.push((before, after, added));
        }
        concerns_types
    }

    /// Completes, records and words it all. `subject` is what was judged.
    fn conclude(mut self, subject: &str) -> Vec<Report> {
        self.compared.retain(|(_, after, _)| !self.now.belongs_to_superuser_extension(subject_of(after)));
        self.compared.sort_by(|(_, a, _), (_, b, _)| a.name.cmp(&b.name));
        let all = self.compared.iter().flat_map(|(_, _, added)| added).chain(&self.general);
        let refused = judge::refuses(all, self.settings);
        let mut violations: Vec<Violation> = Vec::new();
        let general = (None, Relation::default(), self.general);
        for (before, relation, added) in std::iter::once(general).chain(self.compared) {
            let (name, before) = (relation.name.clone(), before.as_ref());
            // What is refused leaves the relation under the name it had.
            let old_name = before.filter(|_| refused).map(|before| before.name.clone());
            let relation = &Relation { name: old_name.unwrap_or(relation.name), ..relation };
            let (settings, catalog) = (self.settings, self.now);
            let context = FixContext { relation, before, at_fault: &[], refused, settings, catalog };
            violations.extend(judge::describe(added, &name, &context));
        }
        violations.retain(|new| !self.said.iter().any(|old| old.rule == new.rule && old.message == new.message));
        session::with(|s| s.record(pg::client_command(), &violations));
        message::compose(&violations, subject, self.settings)
    }
}

fn subject_of(relation: &Relation) -> Subject {
    match relation.kind.is_bare_type() {
        true => Subject::Type(relation.oid),
        false => Subject::Relation(relation.oid),
    }
}
