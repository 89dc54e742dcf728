//! The objects that are checked once more before the commit.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{CommandId, ObjectAddress, Oid, Relation};
use crate::judge::ViolationKey;
use crate::rule::ObjectId;

/// The facts about a table as a statement's end has read them.
#[derive(Clone, Debug)]
pub struct KeptFacts {
    pub table: Box<Relation>,
    /// The generation of the settings at that time: what a session does while the guard is off is not noted.
    pub settings: u64,
}

/// What others may have changed of an object since the end of the statement, which alone checks most of it: they could not
/// know of the object, so it is this transaction that answers for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Others {
    #[default]
    Nothing,
    /// The types that it is built on.
    Types,
    /// The name of its schema.
    Schema,
}

/// A table or type that is checked once more before the commit.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// How many (sub)transactions were open when it was first touched.
    nest_level: i32,
    /// The command that first touched it: what was there before that command is old.
    pub since: CommandId,
    /// The command up to which it is known to have no violation, and the generation of the settings under which it had
    /// none.
    pub clean: Option<(CommandId, u64)>,
    /// A statement has changed it, and not only something that it inherits from or is named after.
    pub is_changed: bool,
    /// No statement's end has checked it: code that event triggers do not see has made it.
    pub is_unchecked: bool,
    /// The schema that it was in at the end of the last statement that touched it.
    pub schema: Option<String>,
    /// What others may have changed of it before that.
    pub others: Others,
    /// A statement was let through with a warning for what it did to it.
    pub is_lenient: bool,
    /// It was changed along with another object, so that no statement's end has looked.
    pub is_changed_along: bool,
    /// What is known of it, as far as nothing has changed since.
    pub kept: Option<KeptFacts>,
    /// What a statement has found, and has left to the commit.
    pub postponed: Vec<ViolationKey>,
}

impl Pending {
    /// An object of which no statement's end has known.
    pub fn unchecked(since: CommandId) -> Self {
        Self { since, is_unchecked: true, ..Self::default() }
    }

    /// Whether the ends of statements have checked whatever they check.
    pub fn is_done(&self) -> bool {
        !self.is_unchecked && self.postponed.is_empty()
    }

    /// Whether it is known to have no violation as of this command, under this generation of the settings.
    pub fn is_clean_at(&self, state: (CommandId, u64)) -> bool {
        self.is_done() && self.clean == Some(state)
    }
}

/// Everything that waits for the commit.
#[derive(Default)]
pub struct PendingList {
    objects: BTreeMap<ObjectAddress, Pending>,
    /// The objects by their `nest_level`: the end of a subtransaction, which every check is, looks at no others.
    levels: BTreeMap<i32, BTreeSet<ObjectAddress>>,
}

impl PendingList {
    /// Puts an object on the list, or finds it there. Its state is no longer known to be clean. A statement that ran
    /// inside of this one may have put it there first, though this one began earlier.
    pub fn add(&mut self, object: ObjectAddress, since: CommandId, nest_level: i32) -> &mut Pending {
        let pending = self.objects.entry(object).or_insert_with(|| {
            self.levels.entry(nest_level).or_default().insert(object);
            Pending { nest_level, since, ..Pending::default() }
        });
        if nest_level < pending.nest_level {
            self.levels.entry(pending.nest_level).or_default().remove(&object);
            self.levels.entry(nest_level).or_default().insert(object);
            pending.nest_level = nest_level;
        }
        pending.since = pending.since.min(since);
        pending.clean = None;
        pending.kept = None;
        pending
    }

    /// The schema that an object was in at the end of the last statement that touched it, if there is one.
    pub fn schema_of(&self, object: ObjectAddress) -> Option<&String> {
        self.objects.get(&object)?.schema.as_ref()
    }

    /// Whether the commit will have to ask for the facts about an object.
    pub fn waits_for_facts(&self, object: ObjectAddress) -> bool {
        self.objects.get(&object).is_some_and(|pending| pending.clean.is_none())
    }

    /// Keeps what was read of an object.
    pub fn keep(&mut self, object: ObjectAddress, kept: KeptFacts) {
        if let Some(pending) = self.objects.get_mut(&object) {
            pending.kept = Some(kept);
        }
    }

    /// Takes the list.
    pub fn take(&mut self) -> BTreeMap<ObjectAddress, Pending> {
        std::mem::take(self).objects
    }

    /// Whether everything is known to have no violation as of this command, under this generation of the settings, and has
    /// not changed since.
    pub fn is_clean_at(&self, state: (CommandId, u64), is_unchanged: impl Fn(ObjectAddress) -> bool) -> bool {
        self.objects.iter().all(|(object, pending)| pending.is_clean_at(state) && is_unchanged(*object))
    }

    /// The relations on the list, in an order that is the same in all sessions.
    pub fn relations(&self) -> Vec<Oid> {
        self.objects.keys().filter_map(|object| object.relation()).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether it is as it was at the beginning.
    pub fn is_blank(&self) -> bool {
        self.objects.is_empty() && self.levels.is_empty()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// PostgreSQL has made a constraint of a table anew. A rollback may bring the old one back.
    pub fn constraint_remade(&mut self, table: ObjectAddress, old: Oid, new: Oid) {
        if let Some(pending) = self.objects.get_mut(&table) {
            let of_old = pending.postponed.iter().filter(|key| key.object == ObjectId::Constraint(old));
            let of_new = of_old.map(|key| ViolationKey { object: ObjectId::Constraint(new), ..key.clone() });
            let of_new: Vec<_> = of_new.collect();
            pending.postponed.extend(of_new);
        }
    }

    pub fn subtransaction_committed(&mut self, nest_level: i32) {
        for object in self.levels.split_off(&nest_level).into_values().flatten() {
            if let Some(pending) = self.objects.get_mut(&object) {
                pending.nest_level = nest_level - 1;
                self.levels.entry(nest_level - 1).or_default().insert(object);
            }
        }
    }

    /// The rollback may have undone what made an object clean, and what was read of it.
    pub fn subtransaction_aborted(&mut self, nest_level: i32) {
        for object in self.levels.split_off(&nest_level).into_values().flatten() {
            self.objects.remove(&object);
        }
        self.objects.values_mut().for_each(|pending| (pending.clean, pending.kept) = (None, None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: ObjectAddress = ObjectAddress::Relation(9);

    #[test]
    fn the_first_touch_is_the_baseline() {
        let mut list = PendingList::default();
        list.add(TABLE, 3, 1);
        list.add(TABLE, 8, 2).clean = Some((9, 1));
        let pending = list.take().remove(&TABLE).unwrap();
        assert_eq!((pending.since, pending.clean), (3, Some((9, 1))));
        assert!(list.is_empty());
    }

    #[test]
    fn a_statement_answers_for_what_others_inside_of_it_touched_first() {
        let mut list = PendingList::default();
        list.add(TABLE, 8, 2);
        list.add(TABLE, 5, 1);
        list.subtransaction_aborted(2);
        assert_eq!(list.take()[&TABLE].since, 5);
    }

    #[test]
    fn a_rollback_may_undo_what_made_a_table_clean() {
        let mut list = PendingList::default();
        list.add(TABLE, 3, 1).clean = Some((4, 1));
        list.subtransaction_aborted(2);
        assert_eq!(list.take()[&TABLE].clean, None);
    }

    #[test]
    fn what_was_only_touched_in_an_aborted_subtransaction_was_not_touched() {
        let mut list = PendingList::default();
        list.add(ObjectAddress::Relation(1), 3, 3);
        list.add(ObjectAddress::Type(1), 4, 2);
        list.subtransaction_committed(3);
        list.subtransaction_aborted(3);
        assert_eq!(list.objects.len(), 2, "the inner one was released");
        list.subtransaction_aborted(2);
        assert!(list.is_empty());
    }
}
