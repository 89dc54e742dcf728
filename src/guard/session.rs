//! What the backend remembers: the statements that are running, the tables to be checked at the commit, and the last
//! violations. It is plain data; the other files of this folder and the transaction callbacks say when it changes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::facts::{CommandId, ObjectAddress, Oid};
use crate::rule::Violation;

/// A statement between its `ddl_command_start` and its `ddl_command_end`.
#[derive(Clone, Debug)]
pub struct RunningStatement {
    /// The address of its parse tree, which no other running statement has.
    pub identity: usize,
    /// Changes from this command on are the statement's own.
    pub start: CommandId,
    /// The transaction it started in, by the backend's own count. CONCURRENTLY forms go on in another one.
    pub transaction: u64,
    /// How many (sub)transactions were open.
    pub nest_level: i32,
    /// The client command it is part of, by its start time.
    pub client_command: i64,
    /// The objects that have lost something because the statement dropped it.
    pub touched: Vec<ObjectAddress>,
}

/// A table that is checked once more before the commit.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    /// How many (sub)transactions were open when it was first touched.
    pub nest_level: i32,
    /// The command that first touched it: what was there before that command is old.
    pub since: CommandId,
    /// The command up to which it is known to have no violation, and the generation of the settings under which it had
    /// none.
    pub clean: Option<(CommandId, u64)>,
}

/// What one backend remembers.
#[derive(Default)]
pub struct Session {
    /// The innermost statement stands last.
    statements: Vec<RunningStatement>,
    /// The tables that wait for the commit, by oid.
    pending: BTreeMap<Oid, Pending>,
    /// Counts this backend's transactions.
    transaction: u64,
    last_violations: Vec<Violation>,
    /// The client command that `last_violations` belongs to, by its start time.
    last_command: i64,
}

thread_local! {
    static SESSION: RefCell<Session> = RefCell::default();
}

/// Works on what the backend remembers. `work` must not call PostgreSQL, which could call the guard again.
pub fn with<R>(work: impl FnOnce(&mut Session) -> R) -> R {
    SESSION.with_borrow_mut(work)
}

impl Session {
    /// A statement begins.
    pub fn begin(&mut self, identity: usize, start: CommandId, nest_level: i32, client_command: i64) {
        // A statement of an earlier client command has ended. Its end was not seen where a trigger is disabled.
        self.statements.retain(|statement| statement.client_command == client_command);
        let (transaction, touched) = (self.transaction, Vec::new());
        self.statements.push(RunningStatement { identity, start, transaction, nest_level, client_command, touched });
    }

    /// Notes the objects that have lost something to the running statement.
    pub fn touch(&mut self, identity: usize, objects: Vec<ObjectAddress>) {
        if let Some(statement) = self.statements.last_mut().filter(|statement| statement.identity == identity) {
            statement.touched.extend(objects);
        }
    }

    /// Where the running statement's own changes begin in the current transaction; `None` where its start was
    /// not seen.
    pub fn start_of(&self, identity: usize) -> Option<CommandId> {
        let statement = self.statements.last().filter(|statement| statement.identity == identity)?;
        // What it did before an inner commit cannot be undone, so only what came after that is checked.
        Some(if statement.transaction == self.transaction { statement.start } else { 0 })
    }

    /// A statement ends. Gives `None` for the statement that created the extension, whose start was not seen.
    pub fn end(&mut self, identity: usize) -> Option<RunningStatement> {
        self.statements.pop_if(|statement| statement.identity == identity)
    }

    /// Puts a table on the list for the commit.
    pub fn remember(&mut self, table: Oid, since: CommandId, nest_level: i32, clean: Option<(CommandId, u64)>) {
        let new = Pending { nest_level, since, clean };
        self.pending.entry(table).and_modify(|pending| pending.clean = clean).or_insert(new);
    }

    /// Takes the list for the commit.
    pub fn take_pending(&mut self) -> BTreeMap<Oid, Pending> {
        std::mem::take(&mut self.pending)
    }

    /// Whether anything waits for the commit.
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The transaction has ended. An abort ends every running statement; after an inner commit they go on.
    pub fn transaction_ended(&mut self, aborted: bool) {
        self.transaction += 1;
        self.pending.clear();
        if aborted {
            self.statements.clear();
        }
    }

    /// A subtransaction has become part of the one around it.
    pub fn subtransaction_committed(&mut self, nest_level: i32) {
        for pending in self.pending.values_mut() {
            pending.nest_level = pending.nest_level.min(nest_level - 1);
        }
    }

    /// A subtransaction was rolled back, and with it the statements that began in it and the tables that were touched in
    /// it alone. The rollback may have undone what made a table clean.
    pub fn subtransaction_aborted(&mut self, nest_level: i32) {
        self.statements.retain(|statement| statement.nest_level < nest_level);
        self.pending.retain(|_, pending| pending.nest_level < nest_level);
        self.pending.values_mut().for_each(|pending| pending.clean = None);
    }

    /// Adds to the violations of this client command; those of an earlier one are forgotten.
    pub fn record(&mut self, client_command: i64, violations: &[Violation]) {
        if self.last_command != client_command {
            self.last_violations.clear();
            self.last_command = client_command;
        }
        self.last_violations.extend_from_slice(violations);
    }

    /// The violations of this client command so far.
    pub fn violations_of(&self, client_command: i64) -> Vec<Violation> {
        if self.last_command == client_command { self.last_violations.clone() } else { Vec::new() }
    }

    /// The violations of the last client command that was checked.
    pub fn last_violations(&self) -> &[Violation] {
        &self.last_violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_nest() {
        let mut session = Session::default();
        session.begin(1, 5, 1, 0);
        session.begin(2, 7, 1, 0);
        assert_eq!(session.start_of(1), None, "the inner one is running");
        assert_eq!(session.end(2).unwrap().start, 7);
        assert_eq!(session.start_of(1), Some(5));
        assert!(session.end(3).is_none(), "its start was not seen");
        assert!(session.end(1).is_some());
        assert!(session.end(1).is_none());
    }

    #[test]
    fn an_aborted_subtransaction_ends_its_statements() {
        let mut session = Session::default();
        session.begin(1, 5, 1, 0);
        session.begin(2, 7, 2, 0);
        session.subtransaction_aborted(2);
        assert!(session.end(1).is_some());
    }

    #[test]
    fn a_statement_outlives_its_own_commits_but_not_an_abort() {
        let mut session = Session::default();
        session.begin(1, 5, 1, 0);
        session.transaction_ended(false);
        assert_eq!(session.start_of(1), Some(0));
        session.transaction_ended(true);
        assert!(session.end(1).is_none());
    }

    #[test]
    fn the_first_touch_is_the_baseline() {
        let mut session = Session::default();
        session.remember(9, 3, 1, None);
        session.remember(9, 8, 2, Some((9, 1)));
        let pending = session.take_pending()[&9];
        assert_eq!((pending.since, pending.clean), (3, Some((9, 1))));
        assert!(!session.has_pending());
    }

    #[test]
    fn a_rollback_may_undo_what_made_a_table_clean() {
        let mut session = Session::default();
        session.remember(9, 3, 1, Some((4, 1)));
        session.subtransaction_aborted(2);
        assert_eq!(session.take_pending()[&9].clean, None);
    }

    #[test]
    fn what_was_only_touched_in_an_aborted_subtransaction_was_not_touched() {
        let mut session = Session::default();
        session.remember(1, 3, 3, None);
        session.remember(2, 4, 2, None);
        session.subtransaction_committed(3);
        session.subtransaction_aborted(3);
        assert_eq!(session.pending.len(), 2, "the inner one was released");
        session.subtransaction_aborted(2);
        assert!(!session.has_pending());
    }
}
