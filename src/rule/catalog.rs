//! The catalogs as the rules see them.

use std::rc::Rc;

use super::Exemptions;
use crate::facts::{
    AttrNumber, BaseType, CheckShape, Column, DefaultTime, Family, ForeignKey, ImplicitCast, KeyComparison,
    ObjectAddress, Oid, QualifiedName, Relation, TypeShape, Use,
};
use crate::settings::parse::patterns::Patterns;

/// What only the server knows. Each question costs a look into the catalogs, so a rule asks when it has to know.
pub trait Catalog {
    // About tables and their parts.
    /// The name of a table; `None` if it is gone.
    fn table_name(&self, table: Oid) -> Option<QualifiedName>;
    /// The names of a table's columns.
    fn column_names(&self, table: Oid, columns: &[AttrNumber]) -> Vec<String>;
    /// The type of a table's column.
    fn column_type(&self, table: Oid, column: AttrNumber) -> Option<Oid>;
    /// Whether a column's default is the sequence that serial made for it.
    fn is_serial(&self, table: Oid, column: AttrNumber) -> bool {
        self.serial_sequence(table, column).is_some()
    }
    /// The sequence that serial made for a column.
    fn serial_sequence(&self, table: Oid, column: AttrNumber) -> Option<QualifiedName>;
    /// The columns by which a table is partitioned, with `None` for an expression; empty for other tables.
    fn partition_columns(&self, table: Oid) -> Vec<Option<AttrNumber>>;
    /// The columns by which partitions of a table are partitioned in turn, as columns of the table, with `None` for an
    /// expression.
    fn partition_columns_below(&self, table: Oid) -> Vec<Option<AttrNumber>>;
    /// The comment on a table, or on one of its columns.
    fn comment(&self, table: Oid, column: Option<AttrNumber>) -> Option<String>;
    /// What a check constraint says, as far as a rule can tell.
    fn check_shape(&self, constraint: Oid) -> Rc<CheckShape>;
    /// The tables from which a table inherits directly, or of which it is a partition.
    fn parents(&self, table: Oid) -> Rc<[Relation]>;
    /// For each column of a table that is part of an enforced foreign key, the table and the column that it references.
    fn references(&self, table: Oid) -> Vec<(AttrNumber, (Oid, AttrNumber))>;
    /// How PostgreSQL compares a column of a table's foreign key, the one at this position of the key.
    fn key_comparison(&self, column: &Column, key: &ForeignKey, at: usize) -> KeyComparison;
    /// Whether an index with this operator class can search with an operator.
    fn can_search(&self, operator_class: Oid, operator: Oid) -> bool;
    /// Whether a table or type was there before this transaction began.
    fn is_older_than_transaction(&self, object: ObjectAddress) -> bool;
    /// Whether a table's index that is not valid will remain so: nobody is building or dropping it at this moment. `None`
    /// where nobody can tell.
    fn is_left_invalid(&self, table: Oid, index: Oid) -> Option<bool>;
    /// Whether a relation (table, index, sequence, view) of this name exists.
    fn relation_exists(&self, name: &QualifiedName) -> bool;
    /// Whether a table or type is a member of an extension whose owner is a superuser, or one that a superuser has made in
    /// a schema that is a member. The owner of any other extension could hide a table by making it a member.
    fn belongs_to_superuser_extension(&self, object: ObjectAddress) -> bool;

    // About types.
    /// The type that a name stands for in SQL, with its modifier (-1: none); `None` if there is no such type.
    fn resolve_type(&self, name: &str) -> Option<(Oid, i32)>;
    /// A type as SQL, with its modifier (-1: none), qualified where needed.
    fn type_sql(&self, data_type: Oid, modifier: i32) -> String;
    /// Schema and name of a type.
    fn type_name(&self, data_type: Oid) -> QualifiedName;
    /// How a type is put together, one level deep.
    fn type_shape(&self, data_type: Oid, modifier: i32) -> TypeShape;
    /// The type below a domain (of domains), with its modifier. For a type that is no domain it is the type itself.
    fn base_type(&self, data_type: Oid, modifier: i32) -> BaseType;
    /// Whether a domain, or one below it, has a default or a check or refuses NULL.
    fn domain_adds_clauses(&self, domain: Oid) -> bool;
    /// The cast from one type to another that PostgreSQL applies by itself.
    fn implicit_cast(&self, from: Oid, to: Oid) -> Option<ImplicitCast>;
    /// The operator class of a btree index over a type, where none is written; 0 if there is none.
    fn default_operator_class(&self, data_type: Oid) -> Oid;

    // About definitions, as SQL.
    /// What follows the type in a column's definition: default, identity, NOT NULL; with a leading space.
    fn column_clauses(&self, table: Oid, column: AttrNumber) -> String;
    /// The expression of a column's default, where it has one and is not generated.
    fn column_default(&self, table: Oid, column: AttrNumber) -> Option<String>;
    /// What a column's default gives, as far as time zones are concerned.
    fn default_time(&self, table: Oid, column: AttrNumber) -> DefaultTime;
    /// The expression of a domain's default, where it has one.
    fn domain_default(&self, domain: Oid) -> Option<String>;
    /// What follows the type in a domain's definition, with a leading space.
    fn domain_clauses(&self, domain: Oid) -> String;
    /// What a table's definition says about its parents and its partitions.
    fn family(&self, table: Oid) -> Family;
    /// How the values of a column are stored, where that is not the usual way of its type: `STORAGE EXTERNAL`, with a
    /// leading space.
    fn column_storage(&self, table: Oid, column: AttrNumber) -> String;
    /// The comment on a constraint.
    fn constraint_comment(&self, constraint: Oid) -> Option<String>;
    /// Whether the sequence of a serial column has privileges or a comment, which go with it.
    fn sequence_has_belongings(&self, table: Oid, column: AttrNumber) -> bool;
    /// Whether a domain has privileges, a comment or another owner than the current role, which go with it.
    fn domain_has_belongings(&self, domain: Oid) -> bool;
    /// What follows the name in a constraint's definition: `CHECK (a > 0)`.
    fn constraint_definition(&self, constraint: Oid) -> String;
    /// The name of a collation.
    fn collation_sql(&self, collation: Oid) -> String;

    // About what stands in the way of a change. These are about the state as it is now, in which a fix would run.
    /// What uses a table's column or a composite type's attribute. The descendants of the table are looked at, too, and
    /// so are the tables that are made of the type.
    fn column_uses(&self, table: Oid, column: AttrNumber) -> Vec<Use>;
    /// What uses the row type of a table and its descendants, or a composite type: columns of other relations, and
    /// typed tables.
    fn row_type_uses(&self, table: Oid) -> Vec<Use>;
    /// What relies on an index: the constraint that it enforces, and whatever [`Catalog::constraint_uses`] names.
    fn index_uses(&self, index: Oid) -> Vec<Use>;
    /// What relies on a constraint or its index, here and on partitions: foreign keys that refer to it, views and
    /// functions that group by it, the replica identity, CLUSTER.
    fn constraint_uses(&self, constraint: Oid) -> Vec<Use>;
    /// Whether a table was made OF a composite type.
    fn is_typed(&self, table: Oid) -> bool;
    /// Whether a table or one of its descendants holds rows; `None` where nobody can tell cheaply: one is a foreign
    /// table, is locked or is too big to look.
    fn has_rows(&self, table: Oid) -> Option<bool>;
    /// Whether a row of a table or of one of its descendants has NULL in a column; `None` as for
    /// [`Catalog::has_rows`], and for a column whose values are not stored.
    fn holds_null(&self, table: Oid, column: AttrNumber) -> Option<bool>;
    /// Whether a partition or an inheritance child of a table has a column of this name.
    fn descendants_have_column(&self, table: Oid, name: &str) -> bool;
    /// Whether a column has another default, or none, in a table to which a change of it goes on: a partition, an
    /// inheritance child, a table that is made of the type.
    fn heirs_have_other_default(&self, table: Oid, column: AttrNumber) -> bool;
    /// What uses a domain, so that it cannot be dropped.
    fn domain_uses(&self, domain: Oid) -> Vec<Use>;
    /// The options of the sequence of a serial column that are not the usual ones, between parentheses and with a leading
    /// space.
    fn sequence_options(&self, table: Oid, column: AttrNumber) -> String;
    /// What uses the sequence of a serial column, apart from the column's own default.
    fn sequence_uses(&self, table: Oid, column: AttrNumber) -> Vec<Use>;
    /// The columns of foreign keys that refer to a table's column, each with its table.
    fn referencing_columns(&self, table: Oid, column: AttrNumber) -> Vec<(Oid, AttrNumber)>;
    /// Whether PostgreSQL refuses to update a table or one of its descendants because of how it is published: it has no
    /// replica identity, or a publication's row filter or list of columns does not suit it. Also whether rules or
    /// policies may keep rows from being updated.
    fn update_is_refused(&self, table: Oid) -> bool;
    /// Whether a cast calls a function that is not PostgreSQL's own.
    fn has_foreign_cast(&self, from: Oid, to: Oid) -> bool;
    /// A table or type.
    fn relation(&self, oid: Oid) -> Option<Relation>;
    /// The names of the constraints of a table's descendants: a constraint that is added to or renamed on the table must
    /// not clash with them.
    fn descendants_part_names(&self, table: Oid) -> Vec<String>;

    /// Whether PostgreSQL could not be asked about something since this was last called, as another session has dropped it
    /// or has locked its table. What was answered about it instead is not to be relied on.
    fn take_unread(&self) -> bool {
        false
    }

    // About the session and the server.
    /// The exemptions that people have written down and that are not over.
    fn exemptions(&self) -> Rc<Exemptions>;
    /// Ends the work with an error if somebody has cancelled it. Whatever may take long asks from time to time.
    fn check_for_interrupts(&self);
    /// Whether an identity column is one in the partitions of its table, too: before PostgreSQL 17 only rows that are
    /// inserted into the partitioned table itself get a number.
    fn partitions_have_identity(&self) -> bool;
    /// Whether the transaction holds a lock for writing rows on a table whose name matches.
    fn writes_to(&self, patterns: &Patterns) -> bool;
    /// Whether a client's BEGIN opened the transaction, so that it may be made of several statements.
    fn in_transaction_block(&self) -> bool;
    /// Whether this server reserves a word, so that it must be quoted as a name. More words are reserved as names of types.
    fn is_reserved_word(&self, word: &str, as_type: bool) -> bool;
    /// The current role's name.
    fn current_role(&self) -> String;
    /// Whether the current role is one of these or a member of one.
    fn current_role_is_among(&self, roles: &[String]) -> bool;
}
