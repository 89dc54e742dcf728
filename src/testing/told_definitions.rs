//! What a test tells a catalog about definitions.

use super::FakeCatalog;
use crate::facts::*;

impl FakeCatalog {
    /// What follows the type in a column's definition, with a leading space. It is NOT NULL if a test says nothing.
    pub fn column_clauses(mut self, column: AttrNumber, clauses: &str) -> Self {
        self.column_clauses.insert(column, clauses.to_owned());
        self
    }

    /// The default of a column, as SQL.
    pub fn column_default(mut self, column: AttrNumber, default: &str) -> Self {
        self.column_defaults.insert(column, default.to_owned());
        self
    }

    /// What follows a constraint's name in its definition.
    pub fn constraint_definition(mut self, constraint: Oid, definition: &str) -> Self {
        self.constraint_definitions.insert(constraint, definition.to_owned());
        self
    }

    /// How a column is stored, with a leading space.
    pub fn column_storage(mut self, column: AttrNumber, storage: &str) -> Self {
        self.column_storage.insert(column, storage.to_owned());
        self
    }

    /// The comment on a constraint.
    pub fn constraint_comment(mut self, constraint: Oid, comment: &str) -> Self {
        self.constraint_comments.insert(constraint, comment.to_owned());
        self
    }

    /// Sequences and domains have privileges or comments.
    pub fn with_belongings(mut self) -> Self {
        self.has_belongings = true;
        self
    }

    /// What a type is made of.
    pub fn type_shape(mut self, data_type: Oid, shape: TypeShape) -> Self {
        self.type_shapes.insert(data_type, shape);
        self
    }
}
