//! What the parents of a table are reported for, so that the table itself is not.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::exemptions::is_exempt;
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

    /// Whether one of the ancestors answers for something that the table inherits and in which a rule has found a
    /// violation: the ancestor is reported for it, or the rule has found it fine there, as it does with the columns by
    /// which a table is partitioned. An exempt ancestor answers for nothing, and neither does one that was there before the
    /// transaction which has made the table.
    pub fn answer_for(&self, rule: &Rule, finding: &Finding) -> bool {
        let place = place(finding, self.table);
        let mut findings = Vec::new();
        self.all.get_or_init(|| self.read()).iter().any(|ancestor| {
            if !place.iter().all(|name| ancestor.columns.iter().any(|column| column.name == *name)) {
                return false;
            }
            findings.clear();
            rule.check.run(Target::Relation(ancestor), self.context, &mut findings);
            let mut at_place = findings.iter().filter(|other| self::place(other, ancestor) == place).peekable();
            match at_place.peek() {
                Some(_) => at_place.any(|other| !other.is_left_to_parent()),
                // Not every rule checks tables of these kinds.
                None => tables::is_local_table(ancestor) && !tables::is_migration_table(ancestor, self.context),
            }
        })
    }

    fn read(&self) -> Vec<Relation> {
        let catalog = self.context.catalog;
        let is_old = |relation: &Relation| catalog.is_older_than_transaction(relation.address());
        let mut known = BTreeSet::from([self.table.oid]);
        let mut ancestors = catalog.parents(self.table.oid);
        let mut next = 0;
        while let Some(ancestor) = ancestors.get(next) {
            let parents = catalog.parents(ancestor.oid);
            ancestors.extend(parents.into_iter().filter(|parent| known.insert(parent.oid)));
            next += 1;
        }
        ancestors.retain(|ancestor| !is_exempt(ancestor, self.context));
        if !ancestors.is_empty() && !is_old(self.table) {
            ancestors.retain(|ancestor| !is_old(ancestor));
        }
        ancestors
    }
}

/// The names of the columns that a finding is about: these are the same in a table and in its children. Empty for a finding
/// about the table as a whole.
fn place(finding: &Finding, relation: &Relation) -> Vec<String> {
    let numbers: Vec<AttrNumber> = match &finding.object {
        Object::Relation => Vec::new(),
        Object::Column { number, .. } => vec![*number],
        Object::Constraint { .. } => {
            finding.find_constraint(relation).map(|constraint| constraint.columns.clone()).unwrap_or_default()
        }
        Object::Index { .. } => {
            finding.find_index(relation).map(|index| index.key.iter().flatten().copied().collect()).unwrap_or_default()
        }
    };
    relation.column_names(&numbers)
}
