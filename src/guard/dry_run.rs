//! The life of a dry run: statements are run and checked as if they were committed, and undone.
//!
//! All of it happens in one subtransaction, which is always rolled back. While that is open, and no longer, violations are
//! collected instead of reported. What the backend remembers of the transaction around it is put aside meanwhile: the
//! statements of the dry run are a transaction of their own.

use std::collections::{BTreeMap, HashMap};
use std::ffi::CStr;

use super::session::{self, Remembered};
use crate::facts::ObjectAddress;
use crate::judge::ViolationKey;
use crate::judge::message::Report;
use crate::pg::errors::undo;
use crate::pg::read::event_triggers;
use crate::pg::report::{self, RawReport, sqlstate};
use crate::pg::statement::script::{self, Place, Statement};
use crate::pg::{backend, guc};
use crate::rule::{FixApplies, Violation};

/// How many violations a dry run returns. A loop in one statement may have any number of them.
const MAX_FOUND: usize = 10_000;

const OBJECT_NOT_IN_PREREQUISITE_STATE: [u8; 5] = *b"55000";
const WARNING: [u8; 5] = *b"01000";
const FEATURE_NOT_SUPPORTED: [u8; 5] = *b"0A000";

/// A violation that a dry run has found.
pub struct Found {
    /// The statement that has added it; `None` where that is not known.
    pub place: Option<Place>,
    pub violation: Violation,
    /// It was found at the commit.
    pub is_of_commit: bool,
}

/// A dry run under way.
pub struct DryRun {
    /// How many (sub)transactions are open in it at least: its own subtransaction is the last of them.
    nest_level: i32,
    /// What the backend remembers of the transaction around it.
    outer: Remembered,
    /// The statement that is running.
    place: Option<Place>,
    found: Vec<Found>,
    /// Not all violations could be kept.
    is_full: bool,
    /// The violations that are left to the commit, each with the statement that has added it.
    added_by: BTreeMap<ObjectAddress, HashMap<ViolationKey, Place>>,
    /// The same for the violations of the commit that is being checked, by their fingerprints.
    fingerprints: HashMap<String, Place>,
}

impl DryRun {
    /// Begins in the subtransaction that is the current one. `outer` is put aside until it is over.
    pub fn new(nest_level: i32, outer: Remembered) -> Self {
        Self {
            nest_level,
            outer,
            place: None,
            found: Vec::new(),
            is_full: false,
            added_by: BTreeMap::new(),
            fingerprints: HashMap::new(),
        }
    }

    /// Whether its subtransaction is open where this many (sub)transactions are.
    pub fn is_open_at(&self, nest_level: i32) -> bool {
        self.nest_level <= nest_level
    }

    /// What the backend remembered before it.
    pub fn into_outer(self) -> Remembered {
        self.outer
    }

    /// Notes the violations that an object has and a statement has left to the commit. Those that it did not have before
    /// were added by the running statement.
    pub fn note_left_to_commit(&mut self, object: ObjectAddress, keys: Vec<ViolationKey>) {
        let Some(place) = self.place else { return };
        let old = self.added_by.remove(&object).unwrap_or_default();
        let added_by = |key: ViolationKey| {
            let place = old.get(&key).copied().unwrap_or(place);
            (key, place)
        };
        self.added_by.insert(object, keys.into_iter().map(added_by).collect());
    }

    /// Notes which of them have these fingerprints.
    pub fn note_fingerprints(&mut self, keys: HashMap<String, ViolationKey>) {
        let place_of = |key: &ViolationKey| self.added_by.get(&key.relation)?.get(key).copied();
        self.fingerprints =
            keys.into_iter().filter_map(|(fingerprint, key)| Some((fingerprint, place_of(&key)?))).collect();
    }

    /// Takes violations of the running statement, or of the commit. Tells whether this is the moment from which on no more
    /// are kept.
    pub fn add(&mut self, violations: &[Violation], is_of_commit: bool) -> bool {
        let kept = violations.len().min(MAX_FOUND - self.found.len());
        for violation in &violations[..kept] {
            let place = self.place.or_else(|| self.fingerprints.get(&violation.fingerprint).copied());
            self.found.push(Found { place, violation: violation.clone(), is_of_commit });
        }
        let becomes_full = kept < violations.len() && !self.is_full;
        self.is_full |= becomes_full;
        becomes_full
    }
}

/// Runs the statements of a text and then `check_commit`, which is what is done before a commit and returns the error to be
/// raised, if there is one. Takes back everything, and returns the violations, statement by statement.
pub fn run(text: &CStr, check_commit: impl FnOnce() -> Option<RawReport>) -> Result<Vec<Found>, RawReport> {
    if session::with(|session| session.dry_run.is_some()) {
        return Err(refuse("guardrail.dry_run() cannot be called in a dry run", "", ""));
    }
    if !event_triggers::fire() {
        return Err(refuse(
            "guardrail.dry_run() would check nothing",
            "The event triggers of pg_guardrail are missing or disabled, or they do not fire in this session.",
            "Enable them with ALTER EVENT TRIGGER, and see to it that session_replication_role is origin and, from \
             PostgreSQL 17 on, that event_triggers is on.",
        ));
    }
    let statements = script::split(text, c"guardrail.dry_run")?;
    if let Some(refusal) = statements.iter().find_map(refuse_statement) {
        return Err(refusal);
    }
    let mut found = undo(|| {
        session::with(|session| session.begin_dry_run(backend::nest_level()));
        guc::replace_mode_by_enforce();
        run_all(&statements, check_commit)
    })?;
    follow_refused_commit(&mut found);
    Ok(found)
}

/// Runs the statements and what is done before a commit. Returns the violations.
fn run_all(
    statements: &[Statement],
    check_commit: impl FnOnce() -> Option<RawReport>,
) -> Result<Vec<Found>, RawReport> {
    for statement in statements {
        with(|dry_run| dry_run.place = Some(statement.place));
        statement.run()?;
    }
    with(|dry_run| dry_run.place = None);
    script::run_deferred()?;
    match check_commit() {
        Some(error) => Err(error),
        None => Ok(with(|dry_run| std::mem::take(&mut dry_run.found)).unwrap_or_default()),
    }
}

/// Whether a dry run is under way.
pub fn is_under_way() -> bool {
    with(|_| ()).is_some()
}

/// Works on the dry run that is under way; `None` if there is none.
pub fn with<R>(work: impl FnOnce(&mut DryRun) -> R) -> Option<R> {
    // Nearly always there is none, which costs no more than this question.
    if session::with(|session| session.dry_run.is_none()) {
        return None;
    }
    let nest_level = backend::nest_level();
    session::with(|session| session.dry_run.as_deref_mut().filter(|dry_run| dry_run.is_open_at(nest_level)).map(work))
}

/// Takes violations, if a dry run is under way, which then are not reported: gives the reports that take the place of their
/// own.
pub fn take(violations: &[Violation], is_of_commit: bool) -> Option<Vec<Report>> {
    let is_full = with(|dry_run| dry_run.add(violations, is_of_commit))?;
    if is_full {
        let message = format!("guardrail.dry_run() returns only the first {MAX_FOUND} violations");
        report::send(&RawReport::failure(false, sqlstate(WARNING), &message, "", ""));
    }
    Some(Vec::new())
}

/// A transaction or subtransaction has ended, of which this many were open. A dry run does not outlive its own.
pub fn subtransaction_ended(nest_level: i32) {
    if session::with(|session| session.end_dry_run(nest_level)) {
        guc::stop_replacing_mode();
    }
}

/// The error that a dry run cannot begin.
fn refuse(message: &str, detail: &str, hint: &str) -> RawReport {
    RawReport::failure(true, sqlstate(OBJECT_NOT_IN_PREREQUISITE_STATE), message, detail, hint)
}

/// The error about a statement that cannot be run and undone; `None` for every other statement.
fn refuse_statement(statement: &Statement) -> Option<RawReport> {
    let (obstacle, command) = statement.obstacle()?;
    let Place { number, line } = statement.place;
    let message = format!("guardrail.dry_run() cannot run statement {number} (line {line}): {command}");
    let (detail, hint) = obstacle.explain();
    Some(RawReport::failure(true, sqlstate(FEATURE_NOT_SUPPORTED), &message, detail, hint))
}

/// If the commit is refused, what a statement has made is not there any more, so that it is fixed before the commit, too.
fn follow_refused_commit(found: &mut [Found]) {
    let is_refused_with_commit = |found: &Found| found.violation.fix.applies == FixApplies::SameTransaction;
    if found.iter().any(is_refused_with_commit) {
        for fix in found.iter_mut().map(|found| &mut found.violation.fix) {
            if fix.applies == FixApplies::InPlace {
                fix.applies = FixApplies::SameTransaction;
            }
        }
    }
}
