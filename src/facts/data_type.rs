//! Data types, as columns have them and as they are put together.

use super::{Oid, QualifiedName};

/// The type of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataType {
    /// `pg_attribute.atttypid`.
    pub oid: Oid,
    /// `pg_attribute.atttypmod`; -1 where there is none.
    pub modifier: i32,
    /// The types that it is made of: the elements of arrays, the bounds of ranges, the types below domains, the fields of
    /// composite types, and all that these are made of. Empty for a type that is not made of others.
    pub component_types: std::rc::Rc<[Oid]>,
}

impl DataType {
    /// Whether this is the type `oid` or is made of it.
    pub fn contains(&self, oid: Oid) -> bool {
        self.oid == oid || self.component_types.contains(&oid)
    }
}

/// The type below a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseType {
    pub oid: Oid,
    pub modifier: i32,
    /// One of the domains refuses NULL.
    pub not_null: bool,
    /// The domain fills columns that have no default of their own.
    pub has_default: bool,
}

/// A cast that PostgreSQL applies by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImplicitCast {
    /// The value stays as it is.
    Relabel,
    /// A function makes another value of it.
    Function,
}

/// How a type is made of others, for writing it with one of them replaced.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeShape {
    /// It is not made of other types.
    Scalar {
        oid: Oid,
        sql: String,
    },
    Array(Box<TypeShape>),
    Range {
        subtype: Box<TypeShape>,
    },
    Multirange {
        subtype: Box<TypeShape>,
    },
    Domain {
        base: Box<TypeShape>,
    },
    Composite {
        name: QualifiedName,
        attributes: Vec<(String, TypeShape)>,
    },
}
