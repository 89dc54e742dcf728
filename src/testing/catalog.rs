//! The answers of a catalog that knows what a test has told it.

use std::rc::Rc;

use super::told::FakeCatalog;
use crate::facts::*;
use crate::rule::{Catalog, Exemptions};
use crate::settings::parse::patterns::Patterns;

impl Catalog for FakeCatalog {
    fn table_name(&self, table: Oid) -> Option<QualifiedName> {
        let told = self.relations.iter().find(|relation| relation.oid == table);
        Some(told.map_or(QualifiedName::new("public", "parent"), |relation| relation.name.clone()))
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

    fn partition_columns_below(&self, _: Oid) -> Vec<Option<AttrNumber>> {
        self.partition_columns_below.clone()
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

    fn is_left_invalid(&self, _: Oid, _: Oid) -> Option<bool> {
        self.left_invalid
    }

    fn relation_exists(&self, name: &QualifiedName) -> bool {
        self.existing_names.contains(&name.name)
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
            "character varying(10)" => (oids::VARCHAR, 14),
            "character varying(36)" => (oids::VARCHAR, 40),
            "numeric" => (oids::NUMERIC, -1),
            "numeric(12,2)" => (oids::NUMERIC, ((12 << 16) | 2) + 4),
            "time with time zone" => (oids::TIMETZ, -1),
            "timestamp with time zone" => (oids::TIMESTAMPTZ, -1),
            "timestamp with time zone[]" => (oids::FIRST_USER_OID, -1),
            "tstzrange" => (oids::TSTZRANGE, -1),
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
        if let Some(shape) = self.type_shapes.get(&oid) {
            return shape.clone();
        }
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

    fn column_clauses(&self, _: Oid, column: AttrNumber) -> String {
        self.column_clauses.get(&column).cloned().unwrap_or(" NOT NULL".into())
    }

    fn column_default(&self, _: Oid, column: AttrNumber) -> Option<String> {
        self.column_defaults.get(&column).cloned()
    }

    fn default_time(&self, _: Oid, column: AttrNumber) -> DefaultTime {
        self.default_times.get(&column).copied().unwrap_or_default()
    }

    fn domain_default(&self, _: Oid) -> Option<String> {
        self.domain_default.clone()
    }

    fn domain_clauses(&self, _: Oid) -> String {
        self.domain_clauses.clone().unwrap_or(" CHECK (true)".into())
    }

    fn domain_adds_clauses(&self, domain: Oid) -> bool {
        self.full_domains.contains(&domain)
    }

    fn family(&self, _: Oid) -> Family {
        self.family.clone()
    }

    fn column_storage(&self, _: Oid, column: AttrNumber) -> String {
        self.column_storage.get(&column).cloned().unwrap_or_default()
    }

    fn constraint_comment(&self, constraint: Oid) -> Option<String> {
        self.constraint_comments.get(&constraint).cloned()
    }

    fn sequence_has_belongings(&self, _: Oid, _: AttrNumber) -> bool {
        self.has_belongings
    }

    fn domain_has_belongings(&self, _: Oid) -> bool {
        self.has_belongings
    }

    fn constraint_definition(&self, constraint: Oid) -> String {
        let told = self.constraint_definitions.get(&constraint).cloned();
        told.unwrap_or_else(|| format!("DEFINITION OF {constraint}"))
    }

    fn collation_sql(&self, collation: Oid) -> String {
        format!("collation {collation}")
    }

    fn column_uses(&self, _: Oid, column: AttrNumber) -> Vec<Use> {
        self.column_uses.get(&column).cloned().unwrap_or_default()
    }

    fn row_type_uses(&self, _: Oid) -> Vec<Use> {
        self.row_type_uses.clone()
    }

    fn index_uses(&self, index: Oid) -> Vec<Use> {
        self.index_uses.get(&index).cloned().unwrap_or_default()
    }

    fn constraint_uses(&self, constraint: Oid) -> Vec<Use> {
        self.constraint_uses.get(&constraint).cloned().unwrap_or_default()
    }

    fn is_typed(&self, _: Oid) -> bool {
        self.typed
    }

    fn has_rows(&self, _: Oid) -> Option<bool> {
        self.has_rows
    }

    fn holds_null(&self, _: Oid, column: AttrNumber) -> Option<bool> {
        self.nulls.get(&column).copied().unwrap_or(Some(false))
    }

    fn descendants_have_column(&self, _: Oid, name: &str) -> bool {
        self.descendants_column.as_deref() == Some(name)
    }

    fn heirs_have_other_default(&self, _: Oid, _: AttrNumber) -> bool {
        self.heirs_have_other_default
    }

    fn domain_uses(&self, _: Oid) -> Vec<Use> {
        self.domain_uses.clone()
    }

    fn sequence_options(&self, _: Oid, _: AttrNumber) -> String {
        String::new()
    }

    fn sequence_uses(&self, _: Oid, _: AttrNumber) -> Vec<Use> {
        self.sequence_uses.clone()
    }

    fn referencing_columns(&self, _: Oid, _: AttrNumber) -> Vec<(Oid, AttrNumber)> {
        Vec::new()
    }

    fn partitions_have_identity(&self) -> bool {
        !self.partitions_have_no_identity
    }

    fn update_is_refused(&self, _: Oid) -> bool {
        self.update_is_refused
    }

    fn has_foreign_cast(&self, _: Oid, _: Oid) -> bool {
        self.has_foreign_cast
    }

    fn relation(&self, oid: Oid) -> Option<Relation> {
        self.relations.iter().find(|relation| relation.oid == oid).cloned()
    }

    fn descendants_part_names(&self, _: Oid) -> Vec<String> {
        self.descendants_part_names.clone()
    }

    fn writes_to(&self, patterns: &Patterns) -> bool {
        self.written_tables.iter().any(|table| patterns.matches(table))
    }

    fn exemptions(&self) -> Rc<Exemptions> {
        Rc::new(Exemptions::new(self.exemptions.clone()))
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
