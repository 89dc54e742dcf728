//! What the rules look at: plain, owned data about one relation, decoded from the catalogs once, at the edge.

/// A PostgreSQL object identifier.
pub type Oid = u32;

/// A column's number within its relation (`pg_attribute.attnum`).
pub type AttrNumber = i16;

/// A schema-qualified name, unquoted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    pub schema: String,
    pub name: String,
}

impl QualifiedName {
    /// Makes a name from its two parts.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl std::fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

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

    /// Whether it is known by `pg_type.oid`, and not by `pg_class.oid`.
    pub fn is_bare_type(self) -> bool {
        matches!(self, Self::Domain | Self::Enum | Self::Range)
    }
}

/// A table, or a type that users make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relation {
    /// `pg_class.oid`; for a domain, an enum or a range `pg_type.oid`.
    pub oid: Oid,
    pub name: QualifiedName,
    pub kind: RelationKind,
    /// Its content does not survive a crash.
    pub unlogged: bool,
    /// Row-level security is on.
    pub row_security: bool,
    /// It is a partition.
    pub is_partition: bool,
    pub columns: Vec<Column>,
    pub constraints: Vec<Constraint>,
    pub indexes: Vec<Index>,
}

impl Relation {
    /// The column with this number, unless it was dropped.
    pub fn column(&self, number: AttrNumber) -> Option<&Column> {
        self.columns.iter().find(|c| c.number == number)
    }

    /// The names of the columns with these numbers, in that order.
    pub fn column_names(&self, numbers: &[AttrNumber]) -> Vec<String> {
        numbers.iter().filter_map(|n| self.column(*n)).map(|c| c.name.clone()).collect()
    }

    /// The primary key, if there is one.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|c| c.kind == ConstraintKind::PrimaryKey)
    }

    /// The constraint with this identity.
    pub fn constraint(&self, oid: Oid) -> Option<&Constraint> {
        self.constraints.iter().find(|c| c.oid == oid)
    }

    /// The constraint that an index stands behind.
    pub fn constraint_over(&self, index: &Index) -> Option<&Constraint> {
        self.constraints.iter().find(|c| c.kind.has_index() && c.index == index.oid && index.oid != 0)
    }

    /// Whether a constraint or an index of this relation already has this name.
    pub fn has_part_named(&self, name: &str) -> bool {
        self.constraints.iter().any(|c| c.name == name) || self.indexes.iter().any(|i| i.name == name)
    }
}

/// A column of a table, an attribute of a composite type, or the value of a domain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub number: AttrNumber,
    pub name: String,
    pub data_type: DataType,
    pub not_null: bool,
    /// It has a default, an identity or a generation expression.
    pub has_default: bool,
    /// It is an identity column.
    pub identity: bool,
    /// It is a generated column.
    pub generated: bool,
    /// It has the column from a partitioned table or an inheritance parent.
    pub inherited: bool,
}

/// smallint, integer, bigint (`pg_type.oid`).
pub const INTEGERS: [Oid; 3] = [21, 23, 20];

impl Column {
    /// Whether serial may have made it, as far as it tells by itself: an integer with a default.
    pub fn may_be_serial(&self) -> bool {
        self.has_default && !self.identity && !self.generated && INTEGERS.contains(&self.data_type.oid)
    }
}

/// The type of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataType {
    /// `pg_attribute.atttypid`.
    pub oid: Oid,
    /// `pg_attribute.atttypmod`; -1 where there is none.
    pub modifier: i32,
    /// The types it is made of (array elements, range bounds, domain bases, fields, all the way down);
    /// empty for a type that is made of nothing but itself.
    pub parts: std::rc::Rc<[Oid]>,
}

impl DataType {
    /// Whether this is the type `oid` or is made of it.
    pub fn contains(&self, oid: Oid) -> bool {
        self.oid == oid || self.parts.contains(&oid)
    }
}

/// The kinds of constraints that have a name of the user's choosing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    ForeignKey,
    Check,
    Exclusion,
}

impl ConstraintKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::PrimaryKey, Self::Unique, Self::ForeignKey, Self::Check, Self::Exclusion];

    /// As it stands in a setting: `primary key`.
    pub fn words(self) -> &'static str {
        match self {
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Exclusion => "exclusion",
        }
    }

    /// As it stands in a sentence: `unique constraint`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique constraint",
            Self::ForeignKey => "foreign key",
            Self::Check => "check constraint",
            Self::Exclusion => "exclusion constraint",
        }
    }

    /// Whether an index of the same name stands behind it.
    pub fn has_index(self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Exclusion)
    }
}

/// Where a constraint's name comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameOrigin {
    /// It was there before the statement, or nobody can tell any more.
    #[default]
    Unknown,
    /// The statement gave the name.
    Written,
    /// The statement gave no name and PostgreSQL made one up.
    MadeUp,
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    pub oid: Oid,
    pub name: String,
    pub kind: ConstraintKind,
    pub columns: Vec<AttrNumber>,
    pub name_origin: NameOrigin,
    /// The command of this transaction that wrote it; `None` where another transaction did.
    pub written_at: Option<u32>,
    /// It has the constraint from a partitioned table or an inheritance parent.
    pub inherited: bool,
    /// Not left NOT VALID. What is not enforced has nothing to validate.
    pub validated: bool,
    /// Rows are held to it.
    pub enforced: bool,
    /// The index behind a primary key, unique or exclusion constraint; of a foreign key the referenced one; or 0.
    pub index: Oid,
    pub foreign_key: Option<ForeignKey>,
}

/// What only a foreign key has.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKey {
    pub referenced_table: Oid,
    pub referenced_columns: Vec<AttrNumber>,
    pub on_delete: Action,
    pub on_update: Action,
    /// The columns of `ON DELETE SET NULL (…)`; empty where none were listed.
    pub on_delete_columns: Vec<AttrNumber>,
    pub match_full: bool,
    pub deferrable: bool,
    pub initially_deferred: bool,
    /// A temporal key (`PERIOD`), for which PostgreSQL has no action but NO ACTION.
    pub period: bool,
}

/// What happens to the referencing row.
#[allow(clippy::enum_variant_names, reason = "NO ACTION is what SQL calls it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    /// Every action, in the order in which they are suggested.
    pub const ALL: [Self; 5] = [Self::Restrict, Self::Cascade, Self::SetNull, Self::SetDefault, Self::NoAction];

    /// As it stands in a setting: `set null`.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }

    /// As it stands in SQL: `SET NULL`.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// How an index finds its rows; only the access methods that a rule tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMethod {
    Btree,
    Hash,
    Gist,
    Other,
}

/// Which rows an index covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Every row.
    None,
    /// Those in which all of these columns are not null.
    NotNull(Vec<AttrNumber>),
    /// Those for which some other condition holds.
    Other,
}

/// An index of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    pub oid: Oid,
    pub name: String,
    pub method: AccessMethod,
    /// The key columns in order, without INCLUDE columns; `None` for an expression.
    pub key: Vec<Option<AttrNumber>>,
    pub predicate: Predicate,
    /// Valid, ready and live.
    pub usable: bool,
    pub unique: bool,
    /// It has the index from a partitioned table.
    pub inherited: bool,
    pub definition: IndexDefinition,
    /// Of an index that is yet to be made CONCURRENTLY, what follows ON in its statement.
    pub statement: Option<String>,
}

/// What else tells one index from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexDefinition {
    /// `pg_class.relam`.
    pub access_method: Oid,
    /// INCLUDE columns.
    pub included: Vec<AttrNumber>,
    /// An operator class for each key column.
    pub operator_classes: Vec<Oid>,
    /// A collation for each key column, or 0.
    pub collations: Vec<Oid>,
    /// ASC or DESC and where nulls go, for each key column.
    pub orders: Vec<i16>,
    /// The stored expressions, as text to compare.
    pub expressions: Option<String>,
    /// The stored condition, as text to compare.
    pub condition: Option<String>,
    /// NULLS NOT DISTINCT (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// It stands behind a constraint that can be deferred.
    pub deferrable: bool,
}
