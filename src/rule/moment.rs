//! The moments in the life of a statement and a transaction at which rules are checked.

use crate::settings::words;

words! {
    /// When a rule is checked: at the last moment at which its violations can still be fixed.
    Moment {
        /// Before the statement runs: what an error at its end could no longer undo, and what must not even begin.
        Before = "before",
        /// At the end of the statement: what no later statement of the transaction sensibly fixes.
        Statement = "statement",
        /// Just before the commit: what a later statement of the transaction normally does fix.
        Commit = "commit",
        /// In the audit alone: what no statement is to blame for.
        Audit = "audit",
    }
}

impl Moment {
    /// The moment in a sentence: `Checked at the end of the statement.`
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Before => "before the statement runs",
            Self::Statement => "at the end of the statement",
            Self::Commit => "just before the commit",
            Self::Audit => "in the audit alone",
        }
    }
}
