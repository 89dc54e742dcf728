//! A catalog that knows what a test has told it.

use std::collections::HashMap;

use crate::facts::*;
use crate::rule::Exemption;

/// Knows PostgreSQL's own types, one table, `public.parent (id bigint)`, the role `alice`, and what a test has told it
/// besides. What a test tells about a column holds for that column of every table.
#[derive(Default)]
pub struct FakeCatalog {
    // About columns and tables.
    pub(super) comments: HashMap<AttrNumber, String>,
    pub(super) serial_columns: Vec<AttrNumber>,
    pub(super) partition_columns: Vec<Option<AttrNumber>>,
    pub(super) partition_columns_below: Vec<Option<AttrNumber>>,
    pub(super) family: Family,
    pub(super) parents: Vec<Relation>,
    pub(super) references: Vec<[(Oid, AttrNumber); 2]>,
    pub(super) new_relations: Vec<ObjectAddress>,
    pub(super) left_invalid: Option<bool>,
    // About constraints and types.
    pub(super) check_shapes: HashMap<Oid, CheckShape>,
    pub(super) comparisons: HashMap<AttrNumber, KeyComparison>,
    pub(super) operator_classes: HashMap<Oid, Oid>,
    pub(super) casts: HashMap<(Oid, Oid), ImplicitCast>,
    pub(super) domains: HashMap<Oid, BaseType>,
    pub(super) arrays: HashMap<Oid, Oid>,
    // About the transaction and extensions.
    pub(super) written_tables: Vec<String>,
    pub(super) exemptions: Vec<Exemption>,
    pub(super) extension_members: Vec<ObjectAddress>,
    // About what stands in the way of a change.
    pub(super) column_uses: HashMap<AttrNumber, Vec<Use>>,
    pub(super) row_type_uses: Vec<Use>,
    pub(super) domain_uses: Vec<Use>,
    pub(super) sequence_uses: Vec<Use>,
    pub(super) index_uses: HashMap<Oid, Vec<Use>>,
    pub(super) constraint_uses: HashMap<Oid, Vec<Use>>,
    pub(super) typed: bool,
    pub(super) has_rows: Option<bool>,
    pub(super) nulls: HashMap<AttrNumber, Option<bool>>,
    pub(super) update_is_refused: bool,
    pub(super) has_foreign_cast: bool,
    pub(super) partitions_have_no_identity: bool,
    pub(super) relations: Vec<Relation>,
    pub(super) descendants_part_names: Vec<String>,
    pub(super) descendants_column: Option<String>,
    pub(super) existing_names: Vec<String>,
    // About definitions.
    pub(super) column_clauses: HashMap<AttrNumber, String>,
    pub(super) column_defaults: HashMap<AttrNumber, String>,
    pub(super) default_times: HashMap<AttrNumber, DefaultTime>,
    pub(super) domain_default: Option<String>,
    pub(super) domain_clauses: Option<String>,
    pub(super) full_domains: Vec<Oid>,
    pub(super) heirs_have_other_default: bool,
    pub(super) constraint_definitions: HashMap<Oid, String>,
    pub(super) column_storage: HashMap<AttrNumber, String>,
    pub(super) constraint_comments: HashMap<Oid, String>,
    pub(super) has_belongings: bool,
    pub(super) type_shapes: HashMap<Oid, TypeShape>,
}

impl FakeCatalog {
    pub fn new() -> Self {
        Self { has_rows: Some(false), left_invalid: Some(true), ..Self::default() }
    }

    /// The comment on a column.
    pub fn comment(mut self, column: AttrNumber, comment: &str) -> Self {
        self.comments.insert(column, comment.to_owned());
        self
    }

    /// A column that serial made, with the sequence `public.some_sequence`.
    pub fn serial(mut self, column: AttrNumber) -> Self {
        self.serial_columns.push(column);
        self
    }

    /// Tables are partitioned by these columns, `None` for an expression.
    pub fn partitioned_by(mut self, columns: &[Option<AttrNumber>]) -> Self {
        self.partition_columns = columns.to_vec();
        self
    }

    /// Partitions are partitioned in turn by these columns of their parent, `None` for an expression.
    pub fn partitioned_below_by(mut self, columns: &[Option<AttrNumber>]) -> Self {
        self.partition_columns_below = columns.to_vec();
        self
    }

    /// Tables are partitioned by this key, as SQL.
    pub fn partition_key(mut self, key: &str) -> Self {
        self.family.partition_key = Some(key.to_owned());
        self
    }

    /// A relation that the transaction has made.
    pub fn new_relation(mut self, relation: ObjectAddress) -> Self {
        self.new_relations.push(relation);
        self
    }

    /// Whether an index that is not valid will remain so; all will if a test says nothing.
    pub fn left_invalid(mut self, left_invalid: Option<bool>) -> Self {
        self.left_invalid = left_invalid;
        self
    }

    /// What a check constraint says.
    pub fn check(mut self, constraint: Oid, shape: CheckShape) -> Self {
        self.check_shapes.insert(constraint, shape);
        self
    }

    /// Tables have this parent.
    pub fn parent(mut self, parent: Relation) -> Self {
        self.parents.push(parent);
        self
    }

    /// A column of a table references another column.
    pub fn reference(mut self, table: Oid, column: AttrNumber, referenced: (Oid, AttrNumber)) -> Self {
        self.references.push([(table, column), referenced]);
        self
    }

    /// How a foreign-key column is compared. Every other one is compared by operator 0, without a collation.
    pub fn comparison(mut self, column: AttrNumber, comparison: KeyComparison) -> Self {
        self.comparisons.insert(column, comparison);
        self
    }

    /// An operator class that searches with this operator. Every other one searches with operator 0.
    pub fn operator_class(mut self, operator_class: Oid, operator: Oid) -> Self {
        self.operator_classes.insert(operator_class, operator);
        self
    }

    /// A cast that PostgreSQL applies by itself.
    pub fn cast(mut self, from: Oid, to: Oid, cast: ImplicitCast) -> Self {
        self.casts.insert((from, to), cast);
        self
    }

    /// A domain over a type, which may refuse NULL or have a default.
    pub fn domain(mut self, domain: Oid, base: Oid, not_null: bool, has_default: bool) -> Self {
        self.domains.insert(domain, BaseType { oid: base, modifier: -1, not_null, has_default });
        self
    }

    /// An array type.
    pub fn array(mut self, array: Oid, element: Oid) -> Self {
        self.arrays.insert(array, element);
        self
    }

    /// The transaction writes rows to a table of this name.
    pub fn writes_to(mut self, table: &str) -> Self {
        self.written_tables.push(table.to_owned());
        self
    }

    /// Somebody has written down an exemption.
    pub fn exempting(mut self, rule: &str, relation: &str, object: Option<&str>) -> Self {
        let object = object.map(str::to_owned);
        let (rule, relation, reason) = (rule.to_owned(), relation.to_owned(), "because".to_owned());
        self.exemptions.push(Exemption { id: 1, rule, relation, object, reason });
        self
    }

    /// A member of an extension that a superuser owns.
    pub fn extension_member(mut self, object: ObjectAddress) -> Self {
        self.extension_members.push(object);
        self
    }

    /// A column is used by something.
    pub fn column_use(mut self, column: AttrNumber, kind: UseKind, name: &str) -> Self {
        self.column_uses.entry(column).or_default().push(Use { kind, name: name.to_owned() });
        self
    }

    /// The row type of every table is used by something.
    pub fn row_type_use(mut self, kind: UseKind, name: &str) -> Self {
        self.row_type_uses.push(Use { kind, name: name.to_owned() });
        self
    }

    /// Every domain is used by something.
    pub fn domain_use(mut self, kind: UseKind, name: &str) -> Self {
        self.domain_uses.push(Use { kind, name: name.to_owned() });
        self
    }

    /// The sequence of every serial column is used by something else.
    pub fn sequence_use(mut self, kind: UseKind, name: &str) -> Self {
        self.sequence_uses.push(Use { kind, name: name.to_owned() });
        self
    }

    /// Something relies on an index.
    pub fn index_use(mut self, index: Oid, kind: UseKind, name: &str) -> Self {
        self.index_uses.entry(index).or_default().push(Use { kind, name: name.to_owned() });
        self
    }

    /// Something relies on a constraint.
    pub fn constraint_use(mut self, constraint: Oid, kind: UseKind, name: &str) -> Self {
        self.constraint_uses.entry(constraint).or_default().push(Use { kind, name: name.to_owned() });
        self
    }

    /// Tables are made OF a composite type.
    pub fn typed(mut self) -> Self {
        self.typed = true;
        self
    }

    /// Whether tables hold rows. They hold none if a test says nothing.
    pub fn has_rows(mut self, has_rows: Option<bool>) -> Self {
        self.has_rows = has_rows;
        self
    }

    /// Whether a row has NULL in a column. None has if a test says nothing.
    pub fn holds_null(mut self, column: AttrNumber, holds_null: Option<bool>) -> Self {
        self.nulls.insert(column, holds_null);
        self
    }

    /// As before PostgreSQL 17.
    pub fn partitions_have_no_identity(mut self) -> Self {
        self.partitions_have_no_identity = true;
        self
    }

    /// Tables are published in a way that forbids an UPDATE.
    pub fn update_is_refused(mut self) -> Self {
        self.update_is_refused = true;
        self
    }

    /// Every cast calls a function of somebody's.
    pub fn with_foreign_casts(mut self) -> Self {
        self.has_foreign_cast = true;
        self
    }

    /// A table or type that can be asked for.
    pub fn relation(mut self, relation: Relation) -> Self {
        self.relations.push(relation);
        self
    }

    /// A descendant of a table has a column of this name.
    pub fn descendants_column(mut self, name: &str) -> Self {
        self.descendants_column = Some(name.to_owned());
        self
    }

    /// A descendant of every table has a constraint of this name.
    pub fn descendants_part_name(mut self, name: &str) -> Self {
        self.descendants_part_names.push(name.to_owned());
        self
    }

    /// There is a table or an index of this name in every schema.
    pub fn existing_name(mut self, name: &str) -> Self {
        self.existing_names.push(name.to_owned());
        self
    }
}
