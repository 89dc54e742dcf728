//! The fingerprints of what was found in one relation.

use std::collections::{HashMap, HashSet};

use super::describe::object_kind;
use super::findings::RuleFinding;
use crate::facts::{AttrNumber, Constraint, Index, Predicate, QualifiedName, Relation};
use crate::rule::fingerprint::{fingerprint, numbered};
use crate::rule::{Catalog, Context, Finding, Subject, Target};

/// Gives the findings that are kept their fingerprints. Those that are not kept count as well: where several have the same
/// names, a number behind the fingerprint tells them apart.
pub fn set_fingerprints(findings: &mut [RuleFinding], is_kept: &[bool], target: Target<'_>, context: &Context<'_>) {
    let empty = Relation::default();
    let relation = match target {
        Target::Relation(relation) => relation,
        Target::Intent(_) | Target::Transaction(_) => &empty,
    };
    let kept = findings.iter().zip(is_kept).filter(|(_, is_kept)| **is_kept);
    let rules: HashSet<&str> = kept.map(|(found, _)| found.rule.id).collect();
    let wanted = (0..findings.len()).filter(|at| rules.contains(findings[*at].rule.id));
    let mut named: Vec<(Names, usize)> =
        wanted.map(|at| (Names::of(&findings[at], relation, target, context.catalog), at)).collect();
    // The names of the objects survive a dump; the order in which they were made need not.
    named.sort_by(|(a, at), (b, other)| a.cmp(b).then_with(|| order(&findings[*at]).cmp(&order(&findings[*other]))));
    let mut counts: HashMap<&Names, usize> = HashMap::new();
    for (names, at) in &named {
        let count = counts.entry(names).or_default();
        // The findings of a list are one violation.
        *count = if findings[*at].finding.listing.is_some() { 1 } else { *count + 1 };
        if is_kept[*at] {
            let first = fingerprint(names.rule, &names.relation, names.kind, &names.subject);
            findings[*at].fingerprint = numbered(&first, *count);
        }
    }
}

/// What a fingerprint is made of.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Names {
    rule: &'static str,
    relation: QualifiedName,
    kind: &'static str,
    subject: Vec<String>,
}

impl Names {
    fn of(found: &RuleFinding, relation: &Relation, target: Target<'_>, catalog: &dyn Catalog) -> Self {
        let finding = &found.finding;
        let (kind, subject) = match &finding.subject {
            Subject::Relation => (relation.kind.noun(), Vec::new()),
            Subject::Names(names) => (object_kind(found.rule, &finding.object, relation), names.clone()),
            Subject::Object => {
                (object_kind(found.rule, &finding.object, relation), subject_of(finding, relation, target, catalog))
            }
        };
        Self { rule: found.rule.id, relation: finding.relation_name(target), kind, subject }
    }
}

/// What orders findings of the same names.
fn order(found: &RuleFinding) -> (Option<&str>, &str) {
    (found.finding.object_name(), &found.finding.cause)
}

/// The names that tell a violation of an object from others. A statement or a transaction has no object.
fn subject_of(finding: &Finding, relation: &Relation, target: Target<'_>, catalog: &dyn Catalog) -> Vec<String> {
    if let Target::Intent(_) | Target::Transaction(_) = target {
        return vec![finding.cause.clone()];
    }
    if let Some(constraint) = finding.find_constraint(relation) {
        return constraint_subject(constraint, relation, catalog);
    }
    if let Some(index) = finding.find_index(relation) {
        return index_subject(index, relation);
    }
    finding.object_name().map(str::to_owned).into_iter().collect()
}

/// The kind and the columns of a constraint, and the table that a foreign key references. A rename of the constraint
/// itself or of the referenced columns changes nothing.
fn constraint_subject(constraint: &Constraint, relation: &Relation, catalog: &dyn Catalog) -> Vec<String> {
    let mut names = vec![constraint.kind.words().to_owned()];
    names.extend(relation.column_names(&constraint.columns));
    if let Some(key) = &constraint.foreign_key {
        let referenced = catalog.table_name(key.referenced_table).unwrap_or_default();
        names.extend(["references".to_owned(), referenced.schema, referenced.name]);
    }
    names
}

/// The key columns of an index, and whether it is unique and over all rows. An expression has the name that no column has:
/// no two versions of PostgreSQL need to write it the same way.
fn index_subject(index: &Index, relation: &Relation) -> Vec<String> {
    let name = |number: &Option<AttrNumber>| {
        let column = number.and_then(|number| relation.column(number));
        column.map(|column| column.name.clone()).unwrap_or_default()
    };
    let word = |holds: bool, word: &str| if holds { word.to_owned() } else { String::new() };
    let words = [word(index.unique, "unique"), word(index.predicate != Predicate::None, "partial")];
    words.into_iter().chain(index.key.iter().map(name)).collect()
}
