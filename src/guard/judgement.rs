//! Collects what the rules find while a statement or a transaction is checked.

use std::rc::Rc;

use crate::facts::{Intent, ObjectAddress, Relation};
use crate::judge::{self, Before, Change, RuleFinding};
use crate::pg::read::Reader;
use crate::rule::{Context, Moment, Target, Violation};
use crate::settings::Settings;

/// What the rules have found so far.
pub struct Judgement {
    pub settings: Rc<Settings>,
    /// The catalogs after the change, or before the statement where it has not run yet.
    pub now: Rc<Reader>,
    changes: Vec<Change>,
}

impl Judgement {
    /// Begins with these settings and the catalogs as they are.
    pub fn begin(settings: Rc<Settings>) -> Self {
        Self { settings, now: Rc::new(Reader::now()), changes: Vec::new() }
    }

    fn context(&self) -> Context<'_> {
        Context { settings: &self.settings, catalog: &*self.now }
    }

    /// Adds what is wrong with what a statement is about to do.
    pub fn check_intent(&mut self, intent: &Intent<'_>) {
        let violations = judge::find(Target::Intent(intent), Moment::Before, &self.context()).violations;
        self.add_to_whole(violations);
    }

    /// Adds what is wrong with what a transaction has done; `changed` gives the relations that it created, changed or
    /// dropped.
    pub fn check_transaction(&mut self, changed: &dyn Fn() -> Vec<Relation>) {
        let violations = judge::find_in_transaction(changed, &self.context()).violations;
        self.add_to_whole(violations);
    }

    /// Adds violations of a statement or a transaction as a whole.
    fn add_to_whole(&mut self, violations: Vec<RuleFinding>) {
        if !violations.is_empty() {
            self.changes.push(Change { before: None, after: Relation::default(), violations });
        }
    }

    /// Adds the violations that a relation has got by a change. The state before is only read where there is something
    /// to compare. Tells whether types built on its rows may have got violations, too, where its row type has changed.
    pub fn check_relation(
        &mut self,
        after: Relation,
        moment: Moment,
        read_before: impl FnOnce() -> Option<Before>,
    ) -> bool {
        let (found, before) = judge::find_new(&after, moment, &self.context(), read_before);
        if !found.violations.is_empty() {
            self.changes.push(Change { before, after, violations: found.violations });
        }
        found.may_concern_row_type
    }

    /// Whether a relation has no violation at all, old or new, of the rules of this moment.
    pub fn is_clean(&self, relation: &Relation, moment: Moment) -> bool {
        judge::is_clean(relation, moment, &self.context())
    }

    /// Everything that was found, described.
    pub fn into_violations(self) -> Vec<Violation> {
        let context = Context { settings: &self.settings, catalog: &*self.now };
        judge::describe(self.changes, &context)
    }
}

/// An object as a reader sees it, with the reader.
pub fn read_state(reader: &Rc<Reader>, object: ObjectAddress) -> Option<Before> {
    Some((reader.read(object)?, reader.clone()))
}
