//! Whether a finding is new against those of an earlier state.

use std::collections::HashSet;

use crate::facts::{AttrNumber, Oid};
use crate::rule::{Finding, Object};

/// Tells for each finding whether it has no counterpart among the findings of an earlier state. Objects match by oid or
/// by name. Failing that they match by their alias, but only with an old finding whose object no longer exists, and each
/// such finding matches once.
pub fn are_new(findings: &[&Finding], old: &[Finding]) -> Vec<bool> {
    let known = Identities::of(old.iter());
    let current = Identities::of(findings.iter().copied());
    let mut gone: Vec<_> = old.iter().filter(|old| !current.include(old)).map(|old| (&old.cause, &old.alias)).collect();
    let mut is_new = |finding: &Finding| {
        if known.include(finding) {
            return false;
        }
        let is_same = |gone: &(&String, &Option<String>)| *gone == (&finding.cause, &finding.alias);
        match gone.iter().position(is_same).filter(|_| finding.alias.is_some()) {
            Some(at) => {
                gone.swap_remove(at);
                false
            }
            None => true,
        }
    };
    findings.iter().map(|finding| is_new(finding)).collect()
}

/// What identifies the findings of a state. An object is the same when its oid or number *or* its name is: ALTER COLUMN
/// TYPE makes constraints anew under new oids, RENAME keeps the oid under a new name.
struct Identities<'a>(HashSet<(&'a str, Identity<'a>)>);

#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Relation,
    ColumnNumber(AttrNumber),
    ColumnName(&'a str),
    ConstraintOid(Oid),
    ConstraintName(&'a str),
    IndexOid(Oid),
    IndexName(&'a str),
}

impl<'a> Identities<'a> {
    fn of(findings: impl Iterator<Item = &'a Finding>) -> Self {
        Self(
            findings
                .flat_map(|finding| identities(finding).map(|identity| (finding.cause.as_str(), identity)))
                .collect(),
        )
    }

    fn include(&self, finding: &Finding) -> bool {
        identities(finding).into_iter().any(|identity| self.0.contains(&(finding.cause.as_str(), identity)))
    }
}

fn identities(finding: &Finding) -> [Identity<'_>; 2] {
    match &finding.object {
        Object::Relation => [Identity::Relation, Identity::Relation],
        Object::Column { number, name } => [Identity::ColumnNumber(*number), Identity::ColumnName(name)],
        Object::Constraint { oid, name } => [Identity::ConstraintOid(*oid), Identity::ConstraintName(name)],
        Object::Index { oid, name } => [Identity::IndexOid(*oid), Identity::IndexName(name)],
    }
}
