//! What a rule finds.

use crate::facts::{AttrNumber, Column, Constraint, Index, Oid, QualifiedName, Relation};
use crate::settings::Level;

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
    },
    Index {
        oid: Oid,
        name: String,
    },
}

/// What a rule has found in one state: a violation or, with `baseline_only`, only a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    // What is wrong.
    pub object: Object,
    /// What tells two violations of the same object apart; for a rule about names, the name.
    pub cause: String,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// The data type that is wrong, where the violation is about one.
    pub data_type: Option<Oid>,

    // How it is compared with the findings of an earlier state.
    /// It is never reported; it only keeps a finding of a later state from being new. Either the parent is reported
    /// instead, or the object does not violate the rule in this state and is not to blame if it does later, when its
    /// table is renamed, for example.
    pub baseline_only: bool,
    /// What also identifies the object where PostgreSQL has made it anew under another name.
    pub alias: Option<String>,

    // How it is reported.
    /// The highest level at which it is reported, whatever the rule's own.
    pub max_level: Level,
    /// The relation that it is reported for, where that is not the one it was found in.
    pub reported_for: Option<QualifiedName>,
    /// Its fix removes the object, and so fixes whatever else is wrong with it.
    pub fix_removes_object: bool,
}

impl Finding {
    fn new(object: Object, baseline_only: bool, message: String) -> Self {
        Self {
            object,
            cause: String::new(),
            message,
            data_type: None,
            baseline_only,
            alias: None,
            max_level: Level::Error,
            reported_for: None,
            fix_removes_object: false,
        }
    }

    /// A violation of a relation as a whole.
    pub fn relation(message: String) -> Self {
        Self::new(Object::Relation, false, message)
    }

    /// A violation of a column.
    pub fn column(column: &Column, message: String) -> Self {
        let object = Object::Column { number: column.number, name: column.name.clone() };
        Self::new(object, column.inherited, message)
    }

    /// A violation of a constraint.
    pub fn constraint(constraint: &Constraint, message: String) -> Self {
        let object = Object::Constraint { oid: constraint.oid, name: constraint.name.clone() };
        Self::new(object, constraint.inherited, message)
    }

    /// A violation of an index.
    pub fn index(index: &Index, message: String) -> Self {
        let object = Object::Index { oid: index.oid, name: index.name.clone() };
        Self::new(object, index.inherited, message)
    }

    /// With what tells it apart from another violation of the same object.
    pub fn with_cause(self, cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    /// Never reported: see [`Finding::baseline_only`].
    pub fn for_baseline(self) -> Self {
        Self { baseline_only: true, ..self }
    }

    /// If `is_fine`, the finding is never reported and only marks an old state; otherwise `message` words it.
    pub fn report_unless(self, is_fine: bool, message: impl FnOnce() -> String) -> Self {
        if is_fine { self.for_baseline() } else { Self { message: message(), ..self } }
    }

    /// With what also identifies the object where PostgreSQL has made it anew.
    pub fn with_alias(self, alias: String) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// With the data type that is wrong.
    pub fn with_data_type(self, oid: Oid) -> Self {
        Self { data_type: Some(oid), ..self }
    }

    /// Reported at this level where the rule's own is higher.
    pub fn with_max_level(self, level: Level) -> Self {
        Self { max_level: level, ..self }
    }

    /// Reported for this relation, and not for the one it was found in.
    pub fn reported_for(self, relation: &QualifiedName) -> Self {
        Self { reported_for: Some(relation.clone()), ..self }
    }

    /// With a fix that removes the object.
    pub fn with_fix_that_removes_it(self) -> Self {
        Self { fix_removes_object: true, ..self }
    }

    /// The constraint it is about, in the relation it was found in.
    pub fn find_constraint<'r>(&self, relation: &'r Relation) -> Option<&'r Constraint> {
        match self.object {
            Object::Constraint { oid, .. } => relation.constraint(oid),
            _ => None,
        }
    }

    /// The index it is about, in the relation it was found in.
    pub fn find_index<'r>(&self, relation: &'r Relation) -> Option<&'r Index> {
        match self.object {
            Object::Index { oid, .. } => relation.indexes.iter().find(|index| index.oid == oid),
            _ => None,
        }
    }

    /// The column it is about, in the relation it was found in.
    pub fn find_column<'r>(&self, relation: &'r Relation) -> Option<&'r Column> {
        match self.object {
            Object::Column { number, .. } => relation.column(number),
            _ => None,
        }
    }
}
