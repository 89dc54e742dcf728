//! What was checked when violations were found.

/// The subject of what is checked at the commit.
pub const TRANSACTION: &str = "transaction";

/// The subject of what is found in the audit.
pub const AUDIT: &str = "audit";

/// What was checked.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// A command tag, or [`TRANSACTION`].
    pub subject: &'a str,
    /// It is a transaction of its own, and not part of a client's transaction block.
    pub is_alone: bool,
}

impl Occasion<'_> {
    /// Whether the final state of a transaction is checked. The fixes are run in it, behind the statements that are refused
    /// with it.
    pub fn is_commit(&self) -> bool {
        self.subject == TRANSACTION
    }

    /// Whether it is what there is in the database, so that there is nothing to refuse.
    pub fn is_audit(&self) -> bool {
        self.subject == AUDIT
    }

    /// Whether a statement makes its table from a query.
    pub fn is_query(&self) -> bool {
        ["CREATE TABLE AS", "SELECT INTO"].iter().any(|tag| self.subject.contains(tag))
    }
}
