//! Collects what the rules find while a statement or a transaction is checked.

use std::rc::Rc;

use crate::facts::{Intent, ObjectAddress, Relation, Transaction};
use crate::judge::exemptions::is_exempt;
use crate::judge::{self, Before, Change};
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
        self.check_as_a_whole(Target::Intent(intent), Moment::Before);
    }

    /// Adds what is wrong with what a transaction has done; `changed` gives the tables that it created, changed or
    /// dropped.
    pub fn check_transaction(&mut self, changed: &dyn Fn() -> Vec<Relation>) {
        let now = self.now.clone();
        let settings = self.settings.clone();
        let context = Context { settings: &settings, catalog: &*now };
        let is_checked = |relation: &Relation| relation.kind.is_table() && !is_exempt(relation, &context);
        let changed_tables = || changed().into_iter().filter(is_checked).map(|table| table.name).collect();
        let transaction = Transaction { changed_tables: &changed_tables };
        self.check_as_a_whole(Target::Transaction(&transaction), Moment::Commit);
    }

    fn check_as_a_whole(&mut self, target: Target<'_>, moment: Moment) {
        let violations = judge::find(target, moment, &self.context()).violations;
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
