//! What a finding is about.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::facts::{AttrNumber, Constraint, Index, Oid};

/// The relation, or the part of it, that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// The relation as a whole.
    Relation,
    Column {
        number: AttrNumber,
        name: String,
    },
    Constraint {
        oid: Oid,
        name: String,
        definition: Definition,
    },
    Index {
        oid: Oid,
        name: String,
        definition: Definition,
    },
}

impl Object {
    /// The number by which PostgreSQL knows it within its relation.
    pub fn id(&self) -> ObjectId {
        match self {
            Self::Relation => ObjectId::Relation,
            Self::Column { number, .. } => ObjectId::Column(*number),
            Self::Constraint { oid, .. } => ObjectId::Constraint(*oid),
            Self::Index { oid, .. } => ObjectId::Index(*oid),
        }
    }
}

/// The number by which PostgreSQL knows the relation, or the part of it, that a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectId {
    Relation,
    Column(AttrNumber),
    Constraint(Oid),
    Index(Oid),
}

/// A number for what a constraint or an index is, apart from its name: equal where PostgreSQL has made the same thing
/// anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Definition(u64);

impl Definition {
    fn of(parts: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        parts.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// What a constraint is.
    pub fn of_constraint(constraint: &Constraint) -> Self {
        let referenced = constraint.foreign_key.as_ref().map(|key| (key.referenced_table, &key.referenced_columns));
        Self::of((constraint.kind, &constraint.columns, referenced))
    }

    /// What an index is.
    pub fn of_index(index: &Index) -> Self {
        Self::of((&index.key, index.unique, index.definition.access_method))
    }
}
