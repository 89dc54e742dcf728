//! Tables and types: what the rules look at, decoded from the catalogs once, where they are read.

use super::{AttrNumber, Column, Constraint, ConstraintKind, Index, ObjectAddress, Oid, QualifiedName, oids};

/// What a [`Relation`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelationKind {
    #[default]
    Table,
    PartitionedTable,
    ForeignTable,
    /// A free-standing composite type.
    CompositeType,
    /// A domain; its one "column" stands for the value.
    Domain,
    /// An enum type.
    Enum,
    /// A range type.
    Range,
}

impl RelationKind {
    /// Whether the relation holds rows (an ordinary, partitioned or foreign table).
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::PartitionedTable | Self::ForeignTable)
    }

    /// What a relation of this kind is called in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Table | Self::PartitionedTable => "table",
            Self::ForeignTable => "foreign table",
            Self::CompositeType | Self::Enum | Self::Range => "type",
            Self::Domain => "domain",
        }
    }
}

/// A table, or a type that users make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relation {
    // Which one it is.
    /// `pg_class.oid`; for a domain, an enum or a range `pg_type.oid`.
    pub oid: Oid,
    pub name: QualifiedName,
    pub kind: RelationKind,

    // What is true of it as a whole.
    /// Its content does not survive a crash.
    pub unlogged: bool,
    /// Row-level security is on.
    pub row_security: bool,
    /// It is a partition.
    pub is_partition: bool,
    /// It has, or had, inheritance children or partitions.
    pub has_children: bool,

    // Its parts.
    pub columns: Vec<Column>,
    pub constraints: Vec<Constraint>,
    pub indexes: Vec<Index>,
    /// The index that a DROP INDEX CONCURRENTLY is about to drop; `indexes` is without it.
    pub index_to_drop: Option<Index>,
}

impl Relation {
    /// The address under which PostgreSQL knows it.
    pub fn address(&self) -> ObjectAddress {
        match self.kind {
            RelationKind::Domain | RelationKind::Enum | RelationKind::Range => ObjectAddress::Type(self.oid),
            _ => ObjectAddress::Relation(self.oid),
        }
    }

    /// The column with this number, unless it was dropped.
    pub fn column(&self, number: AttrNumber) -> Option<&Column> {
        self.columns.iter().find(|column| column.number == number)
    }

    /// Whether it depends on types that somebody may change: it is one itself, or it has columns of such types.
    pub fn is_built_on_types(&self) -> bool {
        !self.kind.is_table() || self.columns.iter().any(|column| column.data_type.oid >= oids::FIRST_USER_OID)
    }

    /// Whether a rule may look at more than the table and what is told with it: at types that somebody may change, and at
    /// the tables that its foreign keys lead to.
    pub fn depends_on_others(&self) -> bool {
        self.is_built_on_types() || self.constraints.iter().any(|constraint| constraint.foreign_key.is_some())
    }

    /// The names of the columns with these numbers, in that order.
    pub fn column_names(&self, numbers: &[AttrNumber]) -> Vec<String> {
        numbers.iter().filter_map(|number| self.column(*number)).map(|column| column.name.clone()).collect()
    }

    /// The primary key, if there is one.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
    }

    /// The constraint with this `pg_constraint.oid`.
    pub fn constraint(&self, oid: Oid) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.oid == oid)
    }

    /// The primary key, unique or exclusion constraint that PostgreSQL enforces with this index.
    pub fn constraint_backed_by(&self, index: &Index) -> Option<&Constraint> {
        let is_backed = |constraint: &&Constraint| constraint.kind.has_index() && constraint.index == index.oid;
        self.constraints.iter().find(is_backed).filter(|_| index.oid != 0)
    }

    /// The names of its constraints and indexes.
    pub fn part_names(&self) -> impl Iterator<Item = &str> {
        let constraints = self.constraints.iter().map(|constraint| constraint.name.as_str());
        constraints.chain(self.indexes.iter().map(|index| index.name.as_str()))
    }
}

/// What a table's definition says about its parents and its partitions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Family {
    pub parents: Vec<QualifiedName>,
    /// Of a partition: `FOR VALUES IN (1)`.
    pub bound: Option<String>,
    /// Of a partitioned table: `RANGE (a)`.
    pub partition_key: Option<String>,
}
