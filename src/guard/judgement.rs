//! Collects what the rules find while a statement or a transaction is checked.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::facts::{Intent, ObjectAddress, Relation};
use crate::judge::{self, Before, Exempt, FindingGroup, Findings, Occasion, RuleFinding, ViolationKey};
use crate::pg::read::Reader;
use crate::pg::watch;
use crate::rule::{Context, Moment, Target, Violation};
use crate::settings::{Level, Settings};

/// What was found in a relation: where it is reported, or written to the journal, it is not once more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    pub key: ViolationKey,
    /// The exemption that covers it.
    pub exemption: Option<i64>,
}

/// What a statement or a transaction is told.
pub struct Judged {
    pub violations: Vec<Violation>,
    /// What is only written to the journal.
    pub exempt: Vec<Exempt>,
}

/// A relation that was checked.
pub struct Checked {
    /// The tables and types built on its row type must be checked, too, if that type has changed.
    pub may_concern_row_type: bool,
    /// The relation itself, where nothing was found in it.
    pub relation: Option<Relation>,
}

/// What the rules have found so far.
pub struct Judgement {
    pub settings: Rc<Settings>,
    /// The catalogs after the change, or before the statement where it has not run yet.
    pub now: Rc<Reader>,
    /// The moment before these were read.
    pub mark: watch::Mark,
    groups: Vec<FindingGroup>,
    exempt: Vec<Exempt>,
    /// What was told already, by statements inside of this one.
    told: HashSet<Told>,
    /// What was found in relations.
    found: Vec<Told>,
    /// The same by its fingerprint.
    fingerprints: HashMap<String, ViolationKey>,
    max_level: Level,
}

impl Judgement {
    /// Begins with these settings and the catalogs as they are.
    pub fn begin(settings: Rc<Settings>) -> Self {
        let mark = watch::mark();
        let now = Rc::new(Reader::now());
        let (groups, exempt, found, told) = (Vec::new(), Vec::new(), Vec::new(), HashSet::new());
        Self { settings, now, mark, groups, exempt, told, found, fingerprints: HashMap::new(), max_level: Level::Error }
    }

    /// Leaves out what was told already.
    pub fn without(self, told: Vec<Told>) -> Self {
        Self { told: told.into_iter().collect(), ..self }
    }

    /// Reports nothing at a higher level: there is nothing left to refuse.
    pub fn up_to(self, max_level: Level) -> Self {
        Self { max_level, ..self }
    }

    /// The settings and the catalogs with which it judges.
    pub fn context(&self) -> Context<'_> {
        Context { settings: &self.settings, catalog: &*self.now }
    }

    /// Adds the violations in what a statement is about to do.
    pub fn check_intent(&mut self, intent: &Intent<'_>) {
        let findings = judge::find(Target::Intent(intent), Moment::Before, &self.context());
        self.add_without_relation(findings);
    }

    /// Adds the violations in what a transaction has done; `changed` gives the relations that it created, changed or
    /// dropped.
    pub fn check_transaction(&mut self, changed: &dyn Fn() -> Vec<Relation>) {
        let findings = judge::find_in_transaction(changed, &self.context());
        self.add_without_relation(findings);
    }

    /// Adds violations of a statement or a transaction as a whole.
    fn add_without_relation(&mut self, found: Findings) {
        self.add(None, Relation::default(), found);
    }

    /// Adds what was found in a relation. Gives the relation back where nothing is to be told about it.
    fn add(&mut self, before: Option<Relation>, after: Relation, found: Findings) -> Option<Relation> {
        let Findings { findings, exempt, .. } = found;
        if !exempt.is_empty() {
            let exempt = judge::describe_exempt(exempt, &after, &self.context());
            self.exempt.extend(exempt);
        }
        if findings.is_empty() {
            return Some(after);
        }
        self.groups.push(FindingGroup { before, after, findings });
        None
    }

    /// Adds the violations that a change has added to a relation. The state before is only read where there is something
    /// to compare.
    pub fn check_relation(
        &mut self,
        after: Relation,
        moment: Moment,
        read_before: impl FnOnce() -> Option<Before>,
    ) -> Checked {
        self.check_relation_for(after, moment, |_| true, read_before)
    }

    /// Does the same, but adds only the violations that are wanted.
    pub fn check_relation_for(
        &mut self,
        after: Relation,
        moment: Moment,
        mut is_wanted: impl FnMut(&ViolationKey) -> bool,
        read_before: impl FnOnce() -> Option<Before>,
    ) -> Checked {
        let (mut found, before) = judge::find_new(&after, moment, &self.context(), read_before);
        let mut is_kept = |found: &mut RuleFinding| {
            let key = ViolationKey::of(found.rule.id, &found.finding, after.address());
            found.level = found.level.min(self.max_level);
            let is_wanted = is_wanted(&key);
            let told = Told { key, exemption: found.exemption };
            let is_kept = is_wanted && !self.told.contains(&told);
            if is_kept {
                if told.exemption.is_none() {
                    self.fingerprints.insert(found.fingerprint.clone(), told.key.clone());
                }
                self.found.push(told);
            }
            is_kept
        };
        found.findings.retain_mut(&mut is_kept);
        found.exempt.retain_mut(is_kept);
        let may_concern_row_type = found.may_concern_row_type;
        Checked { may_concern_row_type, relation: self.add(before, after, found) }
    }

    /// Whether a relation has no violation at all, old or new, of the rules of this moment.
    pub fn is_clean(&self, relation: &Relation, moment: Moment) -> bool {
        judge::is_clean(relation, moment, &self.context())
    }

    /// The violations that a relation has, old and new, of the rules of this moment.
    pub fn keys_of(&self, relation: &Relation, moment: Moment) -> Vec<ViolationKey> {
        judge::find_keys(relation, moment, &self.context())
    }

    /// What was found in relations, by its fingerprint.
    pub fn fingerprints(&self) -> HashMap<String, ViolationKey> {
        self.fingerprints.clone()
    }

    /// Everything that was found, described, and what of it a statement around this one must not tell again.
    pub fn finish(self, occasion: Occasion<'_>) -> (Judged, Vec<Told>) {
        let context = Context { settings: &self.settings, catalog: &*self.now };
        let violations = judge::describe(self.groups, occasion, &context);
        (Judged { violations, exempt: self.exempt }, self.found.into_iter().chain(self.told).collect())
    }
}

/// An object as a reader sees it, with the reader.
pub fn read_state(reader: &Rc<Reader>, object: ObjectAddress) -> Option<Before> {
    Some((reader.read(object)?, reader.clone()))
}
