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
    pub fix: String,
}
