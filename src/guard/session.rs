//! What this backend remembers: the statements that are running, the tables to be judged at commit, and the last
//! violations. Plain data; the entry points in `trigger` say when it changes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::facts::Oid;
use crate::rule::Violation;

/// A position in the sequence of a transaction's changes (PostgreSQL's command id).
pub type CommandId = u32;

/// Something whose facts can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A table or a composite type, by `pg_class.oid`.
    Relation(Oid),
    /// A domain, an enum or a range, by `pg_type.oid`.
    Type(Oid),
}

/// A statement between its `ddl_command_start` and its `ddl_command_end`.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What tells it from another running statement: the address of its parse tree.
    pub identity: usize,
    /// Changes from this command on are the statement's own.
    pub start: CommandId,
    /// The transaction it started in; CONCURRENTLY forms go on in another one.
    pub transaction: u64,
    /// How many (sub)transactions were open.
    pub nest_level: i32,
    /// The client command it is part of, by its start time.
    pub client_command: i64,
    /// What it touched by dropping something.
    pub touched: Vec<Subject>,
}

/// A table that is judged once more before the commit.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    /// How many (sub)transactions were open when it was first touched.
    pub nest_level: i32,
    /// Changes from this command on are compared.
    pub since: CommandId,
    /// The command up to which it is known to have no violation, and the settings under which it had none.
    pub clean: Option<(CommandId, u64)>,
}

/// The memory of a backend.
#[derive(Default)]
pub struct Session {
    statements: Vec<Statement>,
    pending: BTreeMap<Oid, Pending>,
    /// Counts this backend's transactions.
    transaction: u64,
    last: Vec<Violation>,
    /// The client command that `last` belongs to, by its start time.
    last_command: i64,
}

thread_local! {
    static SESSION: RefCell<Session> = RefCell::default();
}

/// Works on the backend's memory. `work` must not call PostgreSQL, which could come back here.
pub fn with<R>(work: impl FnOnce(&mut Session) -> R) -> R {
    SESSION.with_borrow_mut(work)
}

impl Session {
    /// A statement begins.
    pub fn begin(&mut self, identity: usize, start: CommandId, nest_level: i32, client_command: i64) {
        // One of an earlier client command has ended, unseen where a trigger is disabled.
        self.statements.retain(|statement| statement.client_command == client_command);
        let (transaction, touched) = (self.transaction, Vec::new());
        self.statements.push(Statement { identity, start, transaction, nest_level, client_command, touched });
    }

    /// Notes what the running statement touched by dropping something.
    pub fn touch(&mut self, identity: usize, subjects: Vec<Subject>) {
        if let Some(statement) = self.statements.last_mut().filter(|s| s.identity == identity) {
            statement.touched.extend(subjects);
        }
    }

    /// Where the running statement's own changes begin in the current transaction; `None` where its start was
    /// not seen.
    pub fn start_of(&self, identity: usize) -> Option<CommandId> {
        let statement = self.statements.last().filter(|s| s.identity == identity)?;
        // What it did before an inner commit is there to stay: only the rest can still be judged.
        Some(if statement.transaction == self.transaction { statement.start } else { 0 })
    }

    /// A statement ends. Gives `None` for one whose start was not seen, the one that created the extension.
    pub fn end(&mut self, identity: usize) -> Option<Statement> {
        self.statements.pop_if(|statement| statement.identity == identity)
    }

    /// Puts a table on the list for the commit.
    pub fn remember(&mut self, table: Oid, since: CommandId, nest_level: i32, clean: Option<(CommandId, u64)>) {
        let new = Pending { nest_level, since, clean };
        self.pending.entry(table).and_modify(|p| p.clean = clean).or_insert(new);
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

    /// A subtransaction was rolled back, and with it the statements that began in it and the tables that were only
    /// touched in it. What was clean before may be so no longer.
    pub fn subtransaction_aborted(&mut self, nest_level: i32) {
        self.statements.retain(|statement| statement.nest_level < nest_level);
        self.pending.retain(|_, pending| pending.nest_level < nest_level);
        self.pending.values_mut().for_each(|pending| pending.clean = None);
    }

    /// Adds to the violations of this client command; those of an earlier one are forgotten.
    pub fn record(&mut self, client_command: i64, violations: &[Violation]) {
        if self.last_command != client_command {
            self.last.clear();
            self.last_command = client_command;
        }
        self.last.extend_from_slice(violations);
    }

    /// What was said about this client command so far.
    pub fn said_by(&self, client_command: i64) -> Vec<Violation> {
        if self.last_command == client_command { self.last.clone() } else { Vec::new() }
    }

    /// The violations of the last client command that was judged.
    pub fn last_violations(&self) -> &[Violation] {
        &self.last
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
        assert!(session.end(1).is_some() && session.end(1).is_none());
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
