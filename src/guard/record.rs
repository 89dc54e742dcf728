//! The violations of the last client command that was checked.

use crate::facts::Oid;
use crate::rule::{FixApplies, Violation};

/// How many violations of one client command are remembered. A loop in one command may have any number of them.
pub const MAX_REMEMBERED: usize = 1000;

#[derive(Default)]
pub struct Record {
    violations: Vec<Violation>,
    /// The client command they belong to, by its start time.
    client_command: i64,
    /// The role that ran it.
    role: Oid,
    /// Not all of them could be remembered.
    is_full: bool,
}

impl Record {
    /// Adds to the violations of a client command; those of an earlier one are forgotten. Tells whether this is the moment
    /// from which on no more of them are remembered.
    pub fn add(&mut self, client_command: i64, role: Oid, violations: &[Violation]) -> bool {
        if (self.client_command, self.role) != (client_command, role) {
            *self = Self { client_command, role, ..Self::default() };
        }
        // If the commit is refused, what the command has made is not there any more.
        if violations.iter().any(|violation| violation.fix.applies == FixApplies::SameTransaction) {
            let in_place = self.violations.iter_mut().filter(|old| old.fix.applies == FixApplies::InPlace);
            in_place.for_each(|old| old.fix.applies = FixApplies::SameTransaction);
        }
        let kept = violations.len().min(MAX_REMEMBERED - self.violations.len());
        self.violations.extend_from_slice(&violations[..kept]);
        let becomes_full = kept < violations.len() && !self.is_full;
        self.is_full |= becomes_full;
        becomes_full
    }

    /// The violations of this client command so far.
    pub fn of(&self, client_command: i64) -> &[Violation] {
        if self.client_command == client_command { &self.violations } else { &[] }
    }

    /// The violations of the last client command, and the role that ran it.
    pub fn last(&self) -> (&[Violation], Oid) {
        (&self.violations, self.role)
    }

    /// The session is given to somebody else (DISCARD ALL).
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::violation;

    #[test]
    fn a_new_command_or_role_begins_a_new_record() {
        let mut record = Record::default();
        record.add(1, 10, &[violation("a")]);
        record.add(1, 10, &[violation("b")]);
        assert_eq!(record.of(1).len(), 2);
        record.add(1, 11, &[violation("c")]);
        assert_eq!(record.last().0.len(), 1);
        record.add(2, 11, &[]);
        assert!(record.last().0.is_empty() && record.of(1).is_empty());
    }

    #[test]
    fn it_is_full_once() {
        let mut record = Record::default();
        let many = vec![violation("a"); MAX_REMEMBERED];
        assert!(!record.add(1, 10, &many));
        assert!(record.add(1, 10, &many));
        assert!(!record.add(1, 10, &many));
        assert_eq!(record.of(1).len(), MAX_REMEMBERED);
    }
}
