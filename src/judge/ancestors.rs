//! What the parents of a table are reported for, so that the table itself is not.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

use super::exemptions::is_exempt;
use crate::facts::Relation;
use crate::rule::{Context, Finding, Object, Rule, Target};

/// The tables that a table inherits from, directly and indirectly, in one state. They are read only if they are asked
/// for.
pub struct Ancestors<'a> {
    table: &'a Relation,
    context: &'a Context<'a>,
    all: OnceCell<Vec<Relation>>,
}

impl<'a> Ancestors<'a> {
    pub fn of(table: &'a Relation, context: &'a Context<'a>) -> Self {
        Self { table, context, all: OnceCell::new() }
    }

    /// Takes out what a rule has found in something that the table inherits, unless it is reported for one of the ancestors.
    /// An exempt ancestor is not reported, and neither is one that was there before the transaction which has made the table.
    pub fn retain_reported(&self, rule: &Rule, findings: &mut Vec<Finding>) {
        if findings.iter().any(|finding| finding.inherited) {
            let reported = self.reported_places(rule);
            findings.retain(|finding| !finding.inherited || reported.contains(&place(finding, self.table)));
        }
    }

    /// The parts of the ancestors that a rule is reported for.
    fn reported_places(&self, rule: &Rule) -> HashSet<Place> {
        let (mut places, mut findings) = (HashSet::new(), Vec::new());
        for ancestor in self.all.get_or_init(|| self.read()) {
            self.context.catalog.check_for_interrupts();
            rule.check.run(Target::Relation(ancestor), self.context, &mut findings);
            places.extend(
                findings.drain(..).filter(|finding| !finding.baseline_only).map(|finding| place(&finding, ancestor)),
            );
        }
        places
    }

    fn read(&self) -> Vec<Relation> {
        let catalog = self.context.catalog;
        let is_old = |relation: &Relation| catalog.is_older_than_transaction(relation.address());
        let mut known = BTreeSet::from([self.table.oid]);
        let mut ancestors = catalog.parents(self.table.oid).to_vec();
        let mut next = 0;
        while let Some(ancestor) = ancestors.get(next) {
            let parents = catalog.parents(ancestor.oid);
            ancestors.extend(parents.iter().filter(|parent| known.insert(parent.oid)).cloned());
            next += 1;
        }
        ancestors.retain(|ancestor| !is_exempt(ancestor, self.context));
        if !ancestors.is_empty() && !is_old(self.table) {
            ancestors.retain(|ancestor| !is_old(ancestor));
        }
        ancestors
    }
}

/// A part of a relation: its kind, and the names of its columns.
type Place = (u8, Vec<String>);

/// The part of a relation that a finding is about, by the names of its columns: these are the same in a table and in its
/// children.
fn place(finding: &Finding, relation: &Relation) -> Place {
    match &finding.object {
        Object::Relation => (0, Vec::new()),
        Object::Column { name, .. } => (1, vec![name.clone()]),
        Object::Constraint { .. } => {
            let columns = finding.find_constraint(relation).map(|constraint| constraint.columns.as_slice());
            (2, relation.column_names(columns.unwrap_or_default()))
        }
        Object::Index { .. } => {
            let index = finding.find_index(relation);
            (
                3,
                index.map_or(Vec::new(), |index| {
                    relation.column_names(&index.key.iter().flatten().copied().collect::<Vec<_>>())
                }),
            )
        }
    }
}
