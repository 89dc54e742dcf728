//! What tables and types are named after or built on. When a transaction changes it, they are checked: those that are there
//! at the end of the statement, and at the commit those that other sessions have made since. These could not wait for the
//! transaction, as PostgreSQL does not lock a schema or a type against its use.

use std::collections::BTreeMap;

use super::pending::Pending;
use crate::facts::{AttrNumber, CommandId, ObjectAddress, Oid};
use crate::pg::read::{Reader, dependents, temporary};
use crate::rule::Catalog;

/// A schema with another name, a type with another definition or name, a relation with other columns or another name, a
/// column that refers to another one than before or has another name, or something that goes with a temporary object now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Foundation {
    Schema(Oid),
    Type(Oid),
    RowType(Oid),
    /// A table's column.
    Column(Oid, AttrNumber),
    /// By the catalog it stands in and its oid there.
    Lost(Oid, Oid),
}

impl Foundation {
    /// Whether another session may use it: it was there before this transaction, and is not temporary.
    pub fn is_known_to_others(self, now: &Reader) -> bool {
        let object = match self {
            Self::Schema(_) | Self::Lost(..) => return true,
            Self::Type(oid) => ObjectAddress::Type(oid),
            Self::RowType(relation) | Self::Column(relation, _) => ObjectAddress::Relation(relation),
        };
        now.is_older_than_transaction(object) && !temporary::is_temporary(object, now)
    }

    /// The tables and types that are named after it or built on it, or refer to it.
    pub fn users(self, now: &Reader) -> Vec<ObjectAddress> {
        match self {
            Self::Schema(oid) => {
                let mut users = dependents::objects_in_schema(oid, now);
                users.extend(dependents::users_of_types_in_schema(now, oid));
                users
            }
            Self::Type(oid) => dependents::users_of_type(now, oid),
            Self::RowType(relation) => dependents::users_of_row_type(now, relation),
            Self::Column(table, column) => {
                let tables = dependents::tables_referring_to(now, (table, column));
                tables.into_iter().map(ObjectAddress::Relation).collect()
            }
            Self::Lost(catalog, object) => {
                temporary::tables_that_lose_something_with(catalog, object, now).into_iter().collect()
            }
        }
    }
}

/// What a transaction has changed, and the command from which on it has.
#[derive(Default)]
pub struct Foundations(BTreeMap<Foundation, CommandId>);

impl Foundations {
    pub fn add(&mut self, foundation: Foundation, since: CommandId) {
        let known = self.0.entry(foundation).or_insert(since);
        *known = since.min(*known);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds what no statement of this transaction has found.
    pub fn add_users(&self, pending: &mut BTreeMap<ObjectAddress, Pending>, now: &Reader) {
        for (foundation, since) in &self.0 {
            for user in foundation.users(now) {
                pending.entry(user).or_insert_with(|| Pending::unchecked(*since));
            }
        }
    }
}
