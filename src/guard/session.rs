//! What the backend remembers: the statements that are running, the objects to be checked at the commit, and the last
//! violations. It is plain data; the other files of this folder and the callbacks say when it changes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::frames::Frames;
use super::pending::PendingList;
use super::record::Record;
use crate::facts::{ObjectAddress, Oid};

/// What one backend remembers.
#[derive(Default)]
pub struct Session {
    pub frames: Frames,
    pub pending: PendingList,
    pub record: Record,
    /// The names that PostgreSQL made up in this transaction, by `pg_constraint.oid`. A constraint that has another name by
    /// now was given it.
    pub made_up_names: BTreeMap<Oid, String>,
}

thread_local! {
    static SESSION: RefCell<Session> = RefCell::default();
}

/// Works on what the backend remembers. `work` must not call PostgreSQL, which could call the guard again.
pub fn with<R>(work: impl FnOnce(&mut Session) -> R) -> R {
    SESSION.with_borrow_mut(work)
}

impl Session {
    /// The transaction has ended. An abort ends every running statement; after an inner commit they go on.
    pub fn transaction_ended(&mut self, aborted: bool) {
        self.frames.transaction_ended(aborted);
        self.pending.clear();
        self.made_up_names.clear();
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
