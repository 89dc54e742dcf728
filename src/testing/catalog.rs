//! A catalog that knows what a test has told it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::facts::*;
use crate::rule::Catalog;
use crate::settings::parse::patterns::Patterns;

/// Knows PostgreSQL's own types, one table, `public.parent (id bigint)`, the role `alice`, and what a test has told it
/// besides. What a test tells about a column holds for that column of every table.
#[derive(Default)]
pub struct FakeCatalog {
    // About columns and tables.
    comments: HashMap<AttrNumber, String>,
    serial_columns: Vec<AttrNumber>,
    partition_columns: Vec<Option<AttrNumber>>,
    family: Family,
    parents: Vec<Relation>,
    references: Vec<[(Oid, AttrNumber); 2]>,
    new_relations: Vec<ObjectAddress>,
    // About constraints and types.
    check_shapes: HashMap<Oid, CheckShape>,
    comparisons: HashMap<AttrNumber, KeyComparison>,
    operator_classes: HashMap<Oid, Oid>,
    casts: HashMap<(Oid, Oid), ImplicitCast>,
    domains: HashMap<Oid, BaseType>,
    arrays: HashMap<Oid, Oid>,
    // About the transaction and extensions.
    written_tables: Vec<String>,
    extension_members: Vec<ObjectAddress>,
}

impl FakeCatalog {
    pub fn new() -> Self {
        Self::default()
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

    /// Tables are the default partition of `public.parent`.
    pub fn default_partition(mut self) -> Self {
        let parents = vec![QualifiedName::new("public", "parent")];
        self.family = Family { parents, bound: Some("DEFAULT".into()), ..Family::default() };
        self
    }

    /// A relation that the transaction has made.
    pub fn new_relation(mut self, relation: ObjectAddress) -> Self {
        self.new_relations.push(relation);
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

    /// A member of an extension that a superuser owns.
    pub fn extension_member(mut self, object: ObjectAddress) -> Self {
        self.extension_members.push(object);
        self
    }
}

impl Catalog for FakeCatalog {
    fn table_name(&self, _: Oid) -> Option<QualifiedName> {
        Some(QualifiedName::new("public", "parent"))
    }

    fn column_names(&self, _: Oid, columns: &[AttrNumber]) -> Vec<String> {
        columns.iter().map(|_| "id".to_owned()).collect()
    }

    fn column_type(&self, _: Oid, _: AttrNumber) -> Option<Oid> {
        Some(oids::INT8)
    }

    fn serial_sequence(&self, _: Oid, column: AttrNumber) -> Option<QualifiedName> {
        self.serial_columns.contains(&column).then(|| QualifiedName::new("public", "some_sequence"))
    }

    fn partition_columns(&self, _: Oid) -> Vec<Option<AttrNumber>> {
        self.partition_columns.clone()
    }

    fn comment(&self, _: Oid, column: Option<AttrNumber>) -> Option<String> {
        self.comments.get(&column?).cloned()
    }

    fn check_shape(&self, constraint: Oid) -> Rc<CheckShape> {
        Rc::new(self.check_shapes.get(&constraint).cloned().unwrap_or_default())
    }

    fn parents(&self, _: Oid) -> Rc<[Relation]> {
        self.parents.as_slice().into()
    }

    fn references(&self, table: Oid) -> Vec<(AttrNumber, (Oid, AttrNumber))> {
        let of_table = self.references.iter().filter(|[own, _]| own.0 == table);
        of_table.map(|[own, referenced]| (own.1, *referenced)).collect()
    }

    fn key_comparison(&self, column: &Column, _: &ForeignKey, _: usize) -> KeyComparison {
        self.comparisons.get(&column.number).copied().unwrap_or_default()
    }

    fn can_search(&self, operator_class: Oid, operator: Oid) -> bool {
        self.operator_classes.get(&operator_class).copied().unwrap_or_default() == operator
    }

    fn implicit_cast(&self, from: Oid, to: Oid) -> Option<ImplicitCast> {
        self.casts.get(&(from, to)).copied()
    }

    fn default_operator_class(&self, _: Oid) -> Oid {
        0
    }

    fn is_older_than_transaction(&self, object: ObjectAddress) -> bool {
        !self.new_relations.contains(&object)
    }

    fn relation_exists(&self, _: &QualifiedName) -> bool {
        false
    }

    fn belongs_to_superuser_extension(&self, object: ObjectAddress) -> bool {
        self.extension_members.contains(&object)
    }

    fn resolve_type(&self, name: &str) -> Option<(Oid, i32)> {
        Some(match name {
            "boolean" => (oids::BOOL, -1),
            "bigint" => (oids::INT8, -1),
            "integer" => (oids::INT4, -1),
            "text" => (oids::TEXT, -1),
            "json" => (oids::JSON, -1),
            "real" => (oids::FLOAT4, -1),
            "double precision" => (oids::FLOAT8, -1),
            "money" => (oids::MONEY, -1),
            "character" => (oids::BPCHAR, -1),
            "character varying" => (oids::VARCHAR, -1),
            "character varying(36)" => (oids::VARCHAR, 40),
            "time with time zone" => (oids::TIMETZ, -1),
            "timestamp with time zone" => (oids::TIMESTAMPTZ, -1),
            "uuid" => (oids::UUID, -1),
            _ => return None,
        })
    }

    fn type_sql(&self, data_type: Oid, _: i32) -> String {
        format!("type {data_type}")
    }

    fn type_name(&self, data_type: Oid) -> QualifiedName {
        QualifiedName::new("pg_catalog", format!("type {data_type}"))
    }

    fn type_shape(&self, oid: Oid, _: i32) -> TypeShape {
        if let Some(domain) = self.domains.get(&oid) {
            return TypeShape::Domain { base: TypeUse { oid: domain.oid, modifier: -1 } };
        }
        if let Some(element) = self.arrays.get(&oid) {
            return TypeShape::Array { element: TypeUse { oid: *element, modifier: -1 } };
        }
        TypeShape::Scalar { oid, sql: "timestamp without time zone".into() }
    }

    fn base_type(&self, oid: Oid, modifier: i32) -> BaseType {
        let itself = BaseType { oid, modifier, not_null: false, has_default: false };
        self.domains.get(&oid).copied().unwrap_or(itself)
    }

    fn column_clauses(&self, _: Oid, _: AttrNumber) -> String {
        " NOT NULL".into()
    }

    fn column_default(&self, _: Oid, _: AttrNumber) -> Option<String> {
        None
    }

    fn domain_clauses(&self, _: Oid) -> String {
        " CHECK (true)".into()
    }

    fn type_clauses(&self, _: Oid) -> String {
        " AS ENUM ('a')".into()
    }

    fn family(&self, _: Oid) -> Family {
        self.family.clone()
    }

    fn constraint_definition(&self, constraint: Oid) -> String {
        format!("DEFINITION OF {constraint}")
    }

    fn collation_sql(&self, collation: Oid) -> String {
        format!("collation {collation}")
    }

    fn index_definition(&self, index: Oid) -> String {
        format!("DEFINITION OF {index}")
    }

    fn writes_to(&self, patterns: &Patterns) -> bool {
        self.written_tables.iter().any(|table| patterns.matches(table))
    }

    fn check_for_interrupts(&self) {}

    fn in_transaction_block(&self) -> bool {
        false
    }

    /// `order` is reserved, and `position` where only a type may stand.
    fn is_reserved_word(&self, word: &str, as_type: bool) -> bool {
        word == "order" || (as_type && word == "position")
    }

    fn current_role(&self) -> String {
        "alice".into()
    }

    fn current_role_is_among(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| role == "alice")
    }
}
