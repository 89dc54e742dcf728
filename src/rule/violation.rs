//! A violation as it is reported.

use std::borrow::Cow;

use super::Moment;
use crate::facts::QualifiedName;
use crate::settings::Level;

/// One reported violation with everything it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    // The rule.
    pub rule: &'static str,
    /// The rule's level, before the mode turns an error into a warning.
    pub level: Level,
    pub moment: Moment,

    // Which object it is about.
    /// `table`, `foreign table`, `column`, `constraint`, `index`, `type`, `domain`, `statement` or `transaction`.
    pub object_kind: &'static str,
    pub relation: QualifiedName,
    /// Whether the relation is a table (and not a type).
    pub is_table: bool,
    pub column: Option<String>,
    pub constraint: Option<String>,
    pub index: Option<String>,
    pub data_type: Option<QualifiedName>,

    // What is wrong, why it matters, and what to do.
    pub message: String,
    pub reason: Cow<'static, str>,
    pub fix: Fix,
}

/// What makes a violation right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fix {
    pub applies: FixApplies,
    pub phase: Phase,
    /// What to know before running it.
    pub caution: Option<String>,
    /// Statements, which end in semicolons, the elements of a refused statement, or comments: one a line.
    pub lines: Vec<String>,
}

impl Fix {
    /// A fix that only a person can make: sentences.
    pub fn by_hand(text: &str) -> Self {
        Self {
            applies: FixApplies::ByHand,
            phase: Phase::ByHand,
            caution: None,
            lines: vec![crate::sql::comment(text)],
        }
    }

    /// All of it as one text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// When the SQL of a fix is run, among the fixes of a statement or a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    #[default]
    Types,
    Columns,
    Constraints,
    Drops,
    /// Renames of columns, constraints and indexes: what is run before uses the old names.
    PartNames,
    RelationNames,
    /// There is nothing to run.
    ByHand,
}

/// How a fix is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FixApplies {
    /// It is written in the place of the faulty part of a refused statement.
    Instead,
    /// It is run before COMMIT, together with what was refused.
    SameTransaction,
    /// It is run now.
    InPlace,
    /// A person has to decide; there is only a comment.
    #[default]
    ByHand,
}

impl FixApplies {
    /// As it stands in `last_violations()`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Instead => "instead",
            Self::SameTransaction => "same transaction",
            Self::InPlace => "in place",
            Self::ByHand => "by hand",
        }
    }
}
