//! The statements that are running. DDL may run in the middle of other DDL, so they form a stack.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::Row;
use super::judgement::Told;
use crate::facts::{CommandId, ConstraintKind, ObjectAddress, Oid, Relation, Written};

/// A statement between its start and its end.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The address of its parse tree, which no other running statement has.
    identity: usize,
    /// Changes from this command on are the statement's own.
    pub start: CommandId,
    /// The transaction it started in, by the backend's own count. CONCURRENTLY forms go on in another one.
    transaction: u64,
    /// How many (sub)transactions were open.
    nest_level: i32,
    /// PostgreSQL does not collect what statements inside of it do.
    pub hides_commands: bool,
    /// It is such a statement: only what is noted tells what it has done.
    pub is_hidden: bool,
    /// The relation that it has commented on, of which nothing is noted: as the catalog it stands in and its oid there.
    pub commented: Option<(Oid, Oid)>,
    /// The client command it is part of, by its start time.
    client_command: i64,
    /// The names that it writes for constraints, where it is such a statement.
    pub written_names: Vec<(ConstraintKind, String)>,
    /// The objects that have lost something because the statement dropped it.
    pub lost_something: Vec<ObjectAddress>,
    /// What was made or changed while it ran, each as the catalog it stands in and its oid there.
    pub noted: BTreeSet<(Oid, Oid)>,
    /// What statements inside of it were told, each with the number of open (sub)transactions it belongs to.
    told: Vec<(Told, i32)>,
    /// The constraints that statements inside of it have renamed, with the names that these gave.
    pub renamed_inside: BTreeMap<Oid, String>,
    /// What it writes itself in a CREATE TABLE with LIKE, by the name of the table.
    pub beside_like: BTreeMap<String, Written>,
    /// It makes a table only if there is none of that name.
    pub says_if_not_exists: bool,
    /// The tables of a CONCURRENTLY form as they were checked before it: as they should be after it.
    pub predicted: Vec<Relation>,
    /// What was found before it ran, and is written to the journal when it has ended. Some statements must be the first of
    /// their transaction to write.
    pub unwritten: Vec<Row>,
}

impl Frame {
    /// A statement that begins in the current transaction.
    pub fn new(identity: usize, start: CommandId, nest_level: i32, client_command: i64) -> Self {
        Self { identity, start, nest_level, client_command, ..Self::default() }
    }

    /// What statements inside of it were told.
    pub fn told(&self) -> Vec<Told> {
        self.told.iter().map(|(told, _)| told.clone()).collect()
    }
}

/// The running statements; the innermost stands last.
#[derive(Default)]
pub struct Frames {
    stack: Vec<Frame>,
    /// Counts this backend's transactions, at least those that end while statements are running.
    transaction: u64,
}

impl Frames {
    /// A statement begins. A second event trigger for the same statement begins nothing.
    pub fn begin(&mut self, new: Frame) {
        // A statement of an earlier client command has ended. Its end was not seen where a trigger is disabled.
        self.stack.retain(|frame| frame.client_command == new.client_command);
        let outer = self.stack.last();
        if !outer.is_some_and(|frame| frame.identity == new.identity && frame.start == new.start) {
            let is_hidden = outer.is_some_and(|outer| outer.hides_commands || outer.is_hidden);
            self.stack.push(Frame { transaction: self.transaction, is_hidden, ..new });
        }
    }

    /// The statement with this parse tree. Those above it have ended, although their ends were not seen.
    pub fn find(&mut self, identity: usize) -> Option<&mut Frame> {
        self.stack.iter_mut().rev().find(|frame| frame.identity == identity)
    }

    /// Where the changes of the statement with this parse tree begin in the current transaction; `None` where its start was
    /// not seen. What it did before an inner commit cannot be undone, so only what came after that counts.
    pub fn start_of(&mut self, identity: usize) -> Option<CommandId> {
        let transaction = self.transaction;
        self.find(identity).map(|frame| if frame.transaction == transaction { frame.start } else { 0 })
    }

    /// A statement ends. Gives `None` where its start was not seen, as for the statement that created the extension.
    pub fn end(&mut self, identity: usize) -> Option<Frame> {
        let at = self.stack.iter().rposition(|frame| frame.identity == identity)?;
        let start = self.start_of(identity)?;
        Some(Frame { start, ..self.stack.drain(at..).next()? })
    }

    /// Whether only what is noted tells what the innermost statement does.
    pub fn are_hidden(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.is_hidden)
    }

    /// Notes an object that was made or changed; false where no statement is running.
    pub fn note(&mut self, catalog: Oid, object: Oid) -> bool {
        let innermost = self.stack.last_mut();
        innermost.map(|frame| frame.noted.insert((catalog, object))).is_some()
    }

    /// Tells the statement around the one that has just ended what that was told.
    pub fn hand_outward(&mut self, told: Vec<Told>, nest_level: i32) {
        if let Some(outer) = self.stack.last_mut() {
            outer.told.extend(told.into_iter().map(|told| (told, nest_level)));
        }
    }

    /// Tells the statement around the one that has just ended which names were given to constraints.
    pub fn hand_names_outward(&mut self, renamed: BTreeMap<Oid, String>) {
        if let Some(outer) = self.stack.last_mut() {
            outer.renamed_inside.extend(renamed);
        }
    }

    /// Whether no statement is running.
    pub fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    pub fn transaction_ended(&mut self, aborted: bool) {
        self.transaction += 1;
        if aborted {
            self.stack.clear();
        }
    }

    pub fn subtransaction_committed(&mut self, nest_level: i32) {
        for frame in &mut self.stack {
            frame.nest_level = frame.nest_level.min(nest_level - 1);
            frame.told.iter_mut().for_each(|(_, told_in)| *told_in = (*told_in).min(nest_level - 1));
        }
    }

    /// What was told in it has been undone, and may be done again.
    pub fn subtransaction_aborted(&mut self, nest_level: i32) {
        self.stack.retain(|frame| frame.nest_level < nest_level);
        for frame in &mut self.stack {
            frame.told.retain(|(_, told_in)| *told_in < nest_level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::ViolationKey;
    use crate::rule::ObjectId;

    fn frame(identity: usize, start: CommandId, nest_level: i32) -> Frame {
        Frame::new(identity, start, nest_level, 0)
    }

    #[test]
    fn statements_nest() {
        let mut frames = Frames::default();
        frames.begin(frame(1, 5, 1));
        frames.begin(frame(2, 7, 1));
        assert_eq!(frames.end(2).unwrap().start, 7);
        assert_eq!(frames.find(1).unwrap().start, 5);
        assert!(frames.end(3).is_none(), "its start was not seen");
        assert!(frames.end(1).is_some());
        assert!(frames.end(1).is_none());
    }

    #[test]
    fn an_end_ends_what_runs_inside() {
        let mut frames = Frames::default();
        frames.begin(frame(1, 5, 1));
        frames.begin(frame(2, 7, 1));
        assert_eq!(frames.end(1).unwrap().start, 5, "the end of the inner one was not seen");
        assert!(frames.end(2).is_none());
    }

    #[test]
    fn two_triggers_of_one_statement_begin_it_once() {
        let mut frames = Frames::default();
        frames.begin(frame(1, 5, 1));
        frames.begin(frame(1, 5, 1));
        assert!(frames.end(1).is_some());
        assert!(frames.end(1).is_none());
    }

    #[test]
    fn what_runs_inside_of_a_statement_that_hides_commands_is_hidden() {
        let mut frames = Frames::default();
        frames.begin(Frame { hides_commands: true, ..frame(1, 5, 1) });
        assert!(!frames.are_hidden());
        frames.begin(frame(2, 6, 1));
        frames.begin(frame(3, 7, 1));
        assert!(frames.end(3).unwrap().is_hidden && frames.end(2).unwrap().is_hidden);
        assert!(!frames.end(1).unwrap().is_hidden);
    }

    #[test]
    fn an_aborted_subtransaction_ends_its_statements() {
        let mut frames = Frames::default();
        frames.begin(frame(1, 5, 1));
        frames.begin(frame(2, 7, 3));
        frames.subtransaction_committed(3);
        frames.subtransaction_aborted(3);
        assert!(frames.find(2).is_some(), "it belongs to the subtransaction around it by now");
        frames.subtransaction_aborted(2);
        assert!(frames.find(2).is_none());
        assert!(frames.end(1).is_some());
    }

    #[test]
    fn what_was_told_is_forgotten_with_its_subtransaction() {
        let told = |number| {
            let (relation, object) = (ObjectAddress::Relation(9), ObjectId::Column(number));
            Told { key: ViolationKey { rule: "r", relation, object, cause: String::new() }, exemption: None }
        };
        let mut frames = Frames::default();
        frames.begin(frame(1, 5, 1));
        frames.hand_outward(vec![told(1)], 3);
        frames.subtransaction_committed(3);
        frames.hand_outward(vec![told(2)], 3);
        frames.subtransaction_aborted(3);
        assert_eq!(frames.find(1).unwrap().told(), [told(1)]);
        frames.subtransaction_aborted(2);
        assert!(frames.find(1).unwrap().told().is_empty());
    }

    #[test]
    fn a_statement_outlives_its_own_commits_but_not_an_abort() {
        let mut frames = Frames::default();
        frames.begin(frame(1, 5, 1));
        frames.transaction_ended(false);
        assert_eq!(frames.end(1).unwrap().start, 0);
        frames.begin(frame(1, 5, 1));
        frames.transaction_ended(true);
        assert!(frames.end(1).is_none());
    }
}
