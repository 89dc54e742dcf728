//! Whether a finding is new against those of an earlier state.

use std::collections::HashMap;

use crate::facts::ObjectAddress;
use crate::rule::{Definition, Finding, Object, ObjectId};

/// Tells for each finding whether it has no counterpart among the findings of an earlier state. Each old finding accounts
/// for one new finding, whose object is
///
/// * the same object: PostgreSQL knows it by the same number;
/// * failing that, one of the same name and the same definition: ALTER COLUMN TYPE, for example, makes constraints and
///   indexes anew;
/// * failing that, one with the same alias.
pub fn are_new(findings: &[&Finding], old: &[Finding]) -> Vec<bool> {
    let mut is_new = vec![true; findings.len()];
    let mut unmatched: Vec<&Finding> = old.iter().collect();
    match_by(same_number, findings, &mut unmatched, &mut is_new);
    match_by(same_name_and_definition, findings, &mut unmatched, &mut is_new);
    match_by(same_alias, findings, &mut unmatched, &mut is_new);
    is_new
}

/// By what two findings are about the same object.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Number(ObjectId),
    Definition(&'a str, Definition),
    Alias(&'a str),
}

/// Finds counterparts by one kind of identity. Removes the old findings that account for a new one from `unmatched`.
fn match_by<'a>(
    identify: fn(&'a Finding) -> Option<Identity<'a>>,
    findings: &[&'a Finding],
    unmatched: &mut Vec<&'a Finding>,
    is_new: &mut [bool],
) {
    if unmatched.is_empty() {
        return;
    }
    let key = |finding: &'a Finding| Some((finding.cause.as_str(), identify(finding)?));
    let mut known: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, key) in unmatched.iter().enumerate().filter_map(|(at, old)| Some((at, key(old)?))) {
        known.entry(key).or_default().push(at);
    }
    let mut is_matched = vec![false; unmatched.len()];
    for (finding, is_new) in findings.iter().zip(is_new).filter(|(_, is_new)| **is_new) {
        if let Some(at) = key(finding).and_then(|key| known.get_mut(&key)?.pop()) {
            (*is_new, is_matched[at]) = (false, true);
        }
    }
    let mut is_matched = is_matched.into_iter();
    unmatched.retain(|_| !is_matched.next().unwrap_or_default());
}

fn same_number(finding: &Finding) -> Option<Identity<'_>> {
    Some(Identity::Number(finding.object.id()))
}

fn same_name_and_definition(finding: &Finding) -> Option<Identity<'_>> {
    match &finding.object {
        Object::Constraint { name, definition, .. } | Object::Index { name, definition, .. } => {
            Some(Identity::Definition(name, *definition))
        }
        Object::Relation | Object::Column { .. } => None,
    }
}

fn same_alias(finding: &Finding) -> Option<Identity<'_>> {
    finding.alias.as_deref().map(Identity::Alias)
}

/// What tells a violation from every other one of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ViolationKey {
    pub rule: &'static str,
    pub relation: ObjectAddress,
    pub object: ObjectId,
    pub cause: String,
}

impl ViolationKey {
    /// The key of what a rule has found in a relation.
    pub fn of(rule: &'static str, finding: &Finding, relation: ObjectAddress) -> Self {
        Self { rule, relation, object: finding.object.id(), cause: finding.cause.clone() }
    }
}
