//! The life of a statement: what happens at its start, when it drops something, at its end, and before the commit.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{self, Added, Change, Moment};
use crate::facts::{NameOrigin, Oid, Relation};
use crate::message::{self, Report};
use crate::pg::commands::{self, Command};
use crate::pg::reader::Reader;
use crate::pg::server::Server;
use crate::pg::{self, guc};
use crate::rule::{Intent, Violation};
use crate::session::{self, CommandId, Subject};
use crate::settings::{EXEMPT_ROLES, Mode, Settings};

/// Before a statement runs: notes where its own changes begin, and judges what an error at its end could no longer
/// undo.
pub fn command_start(command: Command) -> Vec<Report> {
    let (start, level) = (pg::command_id(), pg::nest_level());
    session::with(|s| s.begin(command.identity(), start, level));
    if !is_judged() {
        return Vec::new();
    }
    let settings = guc::in_force();
    let mut judgement = Judgement::new(&settings);
    let intent = Intent { command: command.tag() };
    judgement.foresee(engine::foreseen(&intent, &settings));
    let now = Reader::now();
    if let Some((before, after)) = without_dropped_index(command, &now) {
        for moment in [Moment::Statement, Moment::Commit] {
            judgement.compare(Some(before.clone()), after.clone(), moment);
        }
    }
    judgement.conclude(&command.tag(), &now)
}

/// A table as it is, and as it will be without the index that a DROP INDEX CONCURRENTLY is about to take away.
fn without_dropped_index(command: Command, now: &Reader) -> Option<(Relation, Relation)> {
    let (index, table) = command.index_dropped_concurrently(now)?;
    let before = now.read(Subject::Relation(table))?;
    let mut after = before.clone();
    after.indexes.retain(|one| one.oid != index);
    Some((before, after))
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
    if !is_judged() {
        return Vec::new();
    }
    let settings = guc::in_force();
    let now = Reader::now();
    let before = now.before(start);
    let collected = commands::collected();

    let mut touched: BTreeSet<Subject> = statement.into_iter().flat_map(|s| s.touched).collect();
    let mut written: BTreeMap<Subject, Vec<String>> = BTreeMap::new();
    for one in collected {
        let exempt = |schema: &str| settings.exempts_schema(schema);
        let subjects = one.touched(&before, &now, exempt);
        if let Some(subject) = subjects.first() {
            written.entry(*subject).or_default().extend(one.constraint_names);
        }
        touched.extend(subjects);
    }

    let mut judgement = Judgement::new(&settings);
    for subject in touched {
        let Some(mut after) = now.read(subject) else { continue };
        let old = before.read(subject);
        let names = written.get(&subject).map_or(&[][..], Vec::as_slice);
        trace_names(&mut after, old.as_ref(), names);
        if let Subject::Relation(table) = subject
            && after.kind.is_table()
        {
            let clean = engine::is_clean(&after, Moment::Commit, &settings);
            let clean = clean.then(|| (pg::command_id(), guc::generation()));
            session::with(|s| s.remember(table, start, clean));
        }
        judgement.compare(old, after, Moment::Statement);
    }
    judgement.conclude(&command.tag(), &now)
}

/// After an EXPLAIN ANALYZE CREATE TABLE AS, which makes the table without any event trigger: judges the table.
pub fn table_explained(table: Oid, start: CommandId) -> Vec<Report> {
    if !is_judged() {
        return Vec::new();
    }
    let settings = guc::in_force();
    pg::advance_command();
    let now = Reader::now();
    let mut judgement = Judgement::new(&settings);
    if let Some(after) = now.read(Subject::Relation(table)).filter(|after| after.kind.is_table()) {
        let before = now.before(start).read(Subject::Relation(table));
        session::with(|s| s.remember(table, start, None));
        judgement.compare(before, after, Moment::Statement);
    }
    judgement.conclude("EXPLAIN ANALYZE CREATE TABLE AS", &now)
}

/// Tells where the names of the constraints come from that a statement added.
fn trace_names(after: &mut Relation, before: Option<&Relation>, written: &[String]) {
    let known = before.map_or(&[][..], |before| &before.constraints);
    for constraint in &mut after.constraints {
        let is_old = known.iter().any(|old| old.oid == constraint.oid || old.name == constraint.name);
        constraint.name_origin = match () {
            () if is_old => NameOrigin::Unknown,
            () if written.contains(&constraint.name) => NameOrigin::Written,
            () => NameOrigin::MadeUp,
        };
    }
}

/// Just before the commit: judges the final state of the tables that the transaction touched.
pub fn before_commit() -> Vec<Report> {
    let pending = session::with(|s| s.take_pending());
    // What the last statement did becomes visible with the next command.
    pg::advance_command();
    let settings = guc::in_force();
    let as_it_is = (pg::command_id(), guc::generation());
    let now = Reader::now();
    let mut judgement = Judgement::new(&settings);
    for (table, pending) in pending {
        if pending.clean == Some(as_it_is) {
            continue;
        }
        let Some(after) = now.read(Subject::Relation(table)) else { continue };
        if engine::is_clean(&after, Moment::Commit, &settings) {
            continue;
        }
        let old = now.before(pending.since).read(Subject::Relation(table));
        judgement.compare(old, after, Moment::Commit);
    }
    judgement.conclude("transaction", &now)
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

/// What was found so far in one judgement.
struct Judgement<'a> {
    settings: &'a Settings,
    foreseen: Vec<Added>,
    compared: Vec<(Option<Relation>, Relation, Vec<Added>)>,
}

impl<'a> Judgement<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self { settings, foreseen: Vec::new(), compared: Vec::new() }
    }

    /// Takes in what is about to happen.
    fn foresee(&mut self, added: Vec<Added>) {
        self.foreseen.extend(added);
    }

    /// Takes in what has become of a relation.
    fn compare(&mut self, before: Option<Relation>, after: Relation, moment: Moment) {
        let change = Change { before: before.as_ref(), after: &after };
        let added = engine::added(change, moment, self.settings);
        if !added.is_empty() {
            self.compared.push((before, after, added));
        }
    }

    /// Completes, records and words it all. `subject` is what was judged.
    fn conclude(mut self, subject: &str, now: &Reader) -> Vec<Report> {
        self.compared.retain(|(_, after, _)| !now.belongs_to_superuser_extension(subject_of(after)));
        self.compared.sort_by(|(_, a, _), (_, b, _)| a.name.cmp(&b.name));
        let all = self.compared.iter().flat_map(|(_, _, added)| added).chain(&self.foreseen);
        let refused = engine::refuses(all, self.settings);
        let server = Server(now);
        let mut violations: Vec<Violation> = Vec::new();
        let nothing = Relation::default();
        let foreseen = (None, nothing, self.foreseen);
        for (before, after, added) in std::iter::once(foreseen).chain(self.compared) {
            let change = Change { before: before.as_ref(), after: &after };
            violations.extend(engine::describe(added, change, refused, self.settings, &server));
        }
        session::with(|s| s.record(pg::client_command(), &violations));
        message::compose(&violations, subject, self.settings)
    }
}

fn subject_of(relation: &Relation) -> Subject {
    match relation.kind {
        crate::facts::RelationKind::Domain => Subject::Domain(relation.oid),
        _ => Subject::Relation(relation.oid),
    }
}
