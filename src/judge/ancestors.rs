//! What the parents of a table are reported for, so that the table itself is not.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::exemptions::{is_exempt, is_named_exemption};
use crate::facts::{AttrNumber, Relation};
use crate::predicates::tables;
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

    /// Removes what a rule has found in something that the table inherits, unless one of the ancestors answers for it: the
    /// ancestor is reported for it, or the rule has found it fine there, as it does with the columns by which a table is
    /// partitioned. An exempt ancestor answers for nothing, nor does one for what is exempt there, and neither does one that was there before the transaction
    /// which has made the table.
    pub fn retain_answered(&self, rule: &Rule, findings: &mut Vec<Finding>) {
        if !findings.iter().any(Finding::is_left_to_parent) {
            return;
        }
        let ancestors = self.all.get_or_init(|| self.read());
        let judged: Vec<Judged<'_>> = ancestors.iter().map(|ancestor| self.judge(ancestor, rule)).collect();
        findings.retain(|finding| {
            let place = place(finding, self.table);
            !finding.is_left_to_parent() || judged.iter().any(|ancestor| ancestor.answers_for(&place))
        });
    }

    /// What a rule says about an ancestor.
    fn judge<'r>(&self, ancestor: &'r Relation, rule: &Rule) -> Judged<'r> {
        self.context.catalog.check_for_interrupts();
        let (mut findings, mut places) = (Vec::new(), HashMap::new());
        rule.check.run(Target::Relation(ancestor), self.context, &mut findings);
        for finding in findings {
            let is_reported =
                !finding.is_left_to_parent() && !is_named_exemption(rule, &finding, &ancestor.name, self.context);
            *places.entry(place(&finding, ancestor)).or_default() |= is_reported;
        }
        Judged {
            columns: ancestor.columns.iter().map(|column| column.name.as_str()).collect(),
            places,
            // Not every rule checks tables of these kinds.
            is_fine_otherwise: tables::is_local_table(ancestor) && !tables::is_migration_table(ancestor, self.context),
        }
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

/// An ancestor as a rule sees it.
struct Judged<'r> {
    columns: HashSet<&'r str>,
    /// Where the rule has found something, and whether it is reported for the ancestor itself.
    places: HashMap<Place, bool>,
    /// Where the rule has found nothing, it has looked and found it fine.
    is_fine_otherwise: bool,
}

impl Judged<'_> {
    fn answers_for(&self, place: &Place) -> bool {
        let has_place = place.1.iter().all(|name| self.columns.contains(name.as_str()));
        // What is true of a table as a whole is not handed down, so a parent that is fine says nothing about the child.
        let is_part = place.0 > 0;
        has_place && self.places.get(place).copied().unwrap_or(is_part && self.is_fine_otherwise)
    }
}

/// A part of a relation: its kind, and the names of its columns, which are the same in a table and in its children.
type Place = (u8, Vec<String>);

/// The part of a relation that a finding is about.
fn place(finding: &Finding, relation: &Relation) -> Place {
    match &finding.object {
        Object::Relation => (0, Vec::new()),
        Object::Column { name, .. } => (1, vec![name.clone()]),
        Object::Constraint { .. } => {
            let columns = finding.find_constraint(relation).map(|constraint| constraint.columns.as_slice());
            (2, relation.column_names(columns.unwrap_or_default()))
        }
        Object::Index { .. } => {
            let key = finding.find_index(relation).map(|index| index.key.iter().flatten().copied().collect());
            let key: Vec<AttrNumber> = key.unwrap_or_default();
            (3, relation.column_names(&key))
        }
    }
}
