//! What uses a part of the schema.

/// Something that uses a column, an index, a constraint or a row type, so that it cannot simply be changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub kind: UseKind,
    /// For a sentence, on one line, with names quoted as in SQL: `view public.v`.
    pub name: String,
}

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseKind {
    // Of a column.
    /// A view, a materialized view or a rule.
    View,
    /// A policy of row-level security.
    Policy,
    /// A trigger, in its WHEN or its list of columns.
    Trigger,
    /// Another column that is generated from it.
    GeneratedColumn,
    /// An SQL function whose body PostgreSQL has parsed (PostgreSQL 14 and later).
    Function,
    /// A publication, in its row filter or its list of columns (PostgreSQL 15 and later).
    Publication,
    /// The partition key of its own table or of a partition, as a column or in an expression.
    PartitionKey,
    /// A check constraint.
    Check,
    /// An exclusion constraint, in an expression or with an operator.
    Exclusion,
    /// An expression or the condition of an index.
    IndexExpression,
    /// A plain column of an index whose operator class or collation is not the default of the column's type.
    IndexClass,
    /// Extended statistics over an expression. Those over plain columns follow a change of the type.
    Statistics,
    /// A foreign key of its table.
    ForeignKey,
    /// A foreign key that refers to it.
    ReferencingKey,
    /// The NOT NULL constraint that a child or a partition has for itself, under another name than the parent's (PostgreSQL 18
    /// and later).
    NotNullOfHeir,
    /// A child that has the column from another parent as well, so that it cannot be changed on one of them alone.
    OtherParent,

    // Of a row type.
    /// A column of another relation that is of the row type, or of an array, a domain, a range or a composite type over it.
    RowType,
    /// A table OF the type.
    TypedTable,

    // Of an index.
    /// The index identifies rows for replication.
    ReplicaIdentity,
    /// CLUSTER orders the table by it.
    Cluster,
    /// It enforces this constraint.
    Constraint,

    Other,
}
