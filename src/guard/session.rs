//! What the backend remembers: the statements that are running, the objects to be checked at the commit, and the last
//! violations. It is plain data; the other files of this folder and the callbacks say when it changes.

use std::collections::BTreeMap;

use super::dry_run::DryRun;
use super::foundations::Foundations;
use super::frames::Frames;
use super::pending::PendingList;
use super::record::Record;
use crate::facts::{ObjectAddress, Oid};
use crate::pg::memory::Kept;

/// What one backend remembers.
#[derive(Default)]
pub struct Session {
    pub frames: Frames,
    pub pending: PendingList,
    /// What has been changed that tables and types are named after or built on.
    pub foundations: Foundations,
    pub record: Record,
    /// The names that PostgreSQL made up in this transaction, by `pg_constraint.oid`. A constraint that has another name by
    /// now was given it.
    pub made_up_names: BTreeMap<Oid, String>,
    /// The dry run that is under way.
    pub dry_run: Option<Box<DryRun>>,
}

/// What is put aside during a dry run: everything that is about the transaction.
#[derive(Default)]
pub struct Remembered {
    frames: Frames,
    pending: PendingList,
    foundations: Foundations,
    made_up_names: BTreeMap<Oid, String>,
}

thread_local! {
    static SESSION: Kept<Session> = Kept::default();
}

/// Works on what the backend remembers. `work` must not call PostgreSQL, which could call the guard again.
pub fn with<R>(work: impl FnOnce(&mut Session) -> R) -> R {
    SESSION.with_borrow_mut(|session| work(session))
}

impl Session {
    /// Whether the commit has nothing to check.
    pub fn has_nothing_pending(&self) -> bool {
        self.pending.is_empty() && self.foundations.is_empty()
    }

    /// Whether the end of the transaction has anything to forget or to count.
    pub fn remembers_a_transaction(&self) -> bool {
        let is_blank = self.frames.is_empty()
            && self.pending.is_blank()
            && self.foundations.is_empty()
            && self.made_up_names.is_empty()
            && self.dry_run.is_none();
        !is_blank
    }

    /// The transaction has ended. An abort ends every running statement; after an inner commit they go on.
    pub fn transaction_ended(&mut self, aborted: bool) {
        self.frames.transaction_ended(aborted);
        self.pending.clear();
        self.foundations.clear();
        self.made_up_names.clear();
    }

    /// A dry run begins in the current subtransaction. Nothing is remembered yet of what it is to do.
    pub fn begin_dry_run(&mut self, nest_level: i32) {
        let outer = self.exchange(Remembered::default());
        self.dry_run = Some(Box::new(DryRun::new(nest_level, outer)));
    }

    /// A subtransaction has ended, of which this many were open. Tells whether a dry run has ended with it; what was
    /// remembered before it is remembered again.
    pub fn end_dry_run(&mut self, nest_level: i32) -> bool {
        let ended = self.dry_run.take_if(|dry_run| !dry_run.is_open_at(nest_level - 1));
        ended.map(|dry_run| self.exchange(dry_run.into_outer())).is_some()
    }

    /// Remembers something else. Gives what was remembered.
    fn exchange(&mut self, other: Remembered) -> Remembered {
        Remembered {
            frames: std::mem::replace(&mut self.frames, other.frames),
            pending: std::mem::replace(&mut self.pending, other.pending),
            foundations: std::mem::replace(&mut self.foundations, other.foundations),
            made_up_names: std::mem::replace(&mut self.made_up_names, other.made_up_names),
        }
    }

    /// PostgreSQL has made a constraint anew: what is known of the old one is true of the new one.
    pub fn constraint_remade(&mut self, table: ObjectAddress, old: Oid, new: Oid) {
        if let Some(name) = self.made_up_names.get(&old).cloned() {
            self.made_up_names.insert(new, name);
        }
        self.pending.constraint_remade(table, old, new);
    }

    /// A subtransaction has become part of the one around it.
    pub fn subtransaction_committed(&mut self, nest_level: i32) {
        self.frames.subtransaction_committed(nest_level);
        self.pending.subtransaction_committed(nest_level);
    }

    /// A subtransaction was rolled back, and with it the statements that began in it and the objects that were touched in
    /// it alone.
    pub fn subtransaction_aborted(&mut self, nest_level: i32) {
        self.frames.subtransaction_aborted(nest_level);
        self.pending.subtransaction_aborted(nest_level);
    }
}
