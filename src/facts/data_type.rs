//! Data types, as columns have them and as they are put together.

use super::{Oid, QualifiedName};

/// The type of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataType {
    /// `pg_attribute.atttypid`.
    pub oid: Oid,
    /// `pg_attribute.atttypmod`; -1 where there is none.
    pub modifier: i32,
    /// The types that it is directly made of: the elements of an array, the bounds of a range, the type below a domain,
    /// the fields of a composite type; and PostgreSQL's own types that these are made of. Empty for a type that is not made
    /// of others.
    pub component_types: std::rc::Rc<[Oid]>,
}

impl DataType {
    /// Whether this is the type `oid`, one of PostgreSQL's own, or is made of it.
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

/// A type with its modifier (-1: none), as it stands in the definition of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeUse {
    pub oid: Oid,
    pub modifier: i32,
}

/// How a type is made of others, for writing it with one of them replaced. It says what stands directly in the type's
/// definition; types may be nested deeper than a recursion could follow.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeShape {
    /// It is not made of other types.
    Scalar {
        oid: Oid,
        sql: String,
    },
    Array {
        element: TypeUse,
    },
    Range {
        subtype: Oid,
    },
    Multirange {
        subtype: Oid,
    },
    /// A domain, also one over another domain. The base type is no domain.
    Domain {
        base: TypeUse,
    },
    Composite {
        name: QualifiedName,
        attributes: Vec<(String, TypeUse)>,
    },
}
