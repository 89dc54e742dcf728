//! Answers the questions that rules ask about the catalogs and the server ([`Catalog`]).
//!
//! What [`find`] and [`scan`] read is as of the reader's moment. PostgreSQL's own functions, which write definitions as
//! SQL and look up names, answer as of now.

use std::rc::Rc;

use super::reader::{Reader, keep};
use super::{
    belongings, check_constraint, comments, comparison, defaults, definitions, extension_members, inheritance,
    invalid_index, keywords, relation_by_name, replica_identity, serial, type_by_name, type_structure, uses, values,
    written_tables,
};
use crate::facts::{
    AttrNumber, BaseType, CheckShape, Column, DefaultTime, Family, ForeignKey, ImplicitCast, KeyComparison,
    ObjectAddress, Oid, QualifiedName, Relation, TypeShape, Use,
};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgConstraint, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find};
use crate::pg::{backend, text};
use crate::rule::{Catalog, Exemptions};
use crate::settings::parse::patterns::Patterns;

impl Catalog for Reader {
    fn table_name(&self, table: Oid) -> Option<QualifiedName> {
        keep(&self.table_names, table, || {
            let key = [(PgClass::oid, Key::Oid(table))];
            let name = |row: &Row<PgClass>| (row.oid(PgClass::relnamespace), row.name(PgClass::relname));
            let (schema, name) = find(self.snapshot(), index::CLASS_OID, &key, name)?;
            Some(QualifiedName { schema: self.schema_name(schema), name })
        })
    }

    fn column_names(&self, table: Oid, columns: &[AttrNumber]) -> Vec<String> {
        let name = |column: &AttrNumber| self.find_column(table, *column, |row| row.name(PgAttribute::attname));
        columns.iter().filter_map(name).collect()
    }

    fn column_type(&self, table: Oid, column: AttrNumber) -> Option<Oid> {
        let read = || self.find_column(table, column, |row| row.oid(PgAttribute::atttypid));
        keep(&self.column_types, (table, column), read)
    }

    fn serial_sequence(&self, table: Oid, column: AttrNumber) -> Option<QualifiedName> {
        serial::serial_sequence(self, table, column)
    }

    fn partition_columns(&self, table: Oid) -> Vec<Option<AttrNumber>> {
        inheritance::partition_columns(self, table)
    }

    fn partition_columns_below(&self, table: Oid) -> Vec<Option<AttrNumber>> {
        inheritance::partition_columns_below(self, table)
    }

    fn comment(&self, table: Oid, column: Option<AttrNumber>) -> Option<String> {
        comments::comment(self, table, column)
    }

    fn check_shape(&self, constraint: Oid) -> Rc<CheckShape> {
        let known = self.check_shapes.borrow().get(&constraint).cloned();
        known.unwrap_or_else(|| {
            let shape = match self.check_expressions.borrow().get(&constraint) {
                Some(expression) => Some(check_constraint::classify(expression)),
                None => self.find_check_expression(constraint).map(|found| check_constraint::classify(&found)),
            };
            let shape = Rc::new(shape.unwrap_or_default());
            self.check_shapes.borrow_mut().insert(constraint, shape.clone());
            shape
        })
    }

    fn parents(&self, table: Oid) -> Rc<[Relation]> {
        inheritance::read_parents(self, table)
    }

    fn references(&self, table: Oid) -> Vec<(AttrNumber, (Oid, AttrNumber))> {
        uses::references(self, table)
    }

    fn key_comparison(&self, column: &Column, key: &ForeignKey, at: usize) -> KeyComparison {
        comparison::key_comparison(self, column, key, at)
    }

    fn can_search(&self, operator_class: Oid, operator: Oid) -> bool {
        comparison::can_search(self, operator_class, operator)
    }

    fn is_older_than_transaction(&self, object: ObjectAddress) -> bool {
        self.before(0).exists(object)
    }

    fn is_left_invalid(&self, table: Oid, index: Oid) -> Option<bool> {
        invalid_index::is_left_invalid(table, index)
    }

    fn relation_exists(&self, name: &QualifiedName) -> bool {
        relation_by_name::exists(name)
    }

    fn belongs_to_superuser_extension(&self, object: ObjectAddress) -> bool {
        extension_members::belongs_to_superuser_extension(self, object)
    }

    fn resolve_type(&self, name: &str) -> Option<(Oid, i32)> {
        type_by_name::resolve_at(self, name)
    }

    fn type_sql(&self, data_type: Oid, modifier: i32) -> String {
        definitions::type_sql(self, data_type, modifier)
    }

    fn type_name(&self, data_type: Oid) -> QualifiedName {
        let name = |row: &Row<PgType>| (row.oid(PgType::typnamespace), row.name(PgType::typname));
        let (schema, name) = self.find_type(data_type, name).unwrap_or_default();
        QualifiedName { schema: self.schema_name(schema), name }
    }

    fn type_shape(&self, data_type: Oid, modifier: i32) -> TypeShape {
        type_structure::type_shape(self, data_type, modifier)
    }

    fn base_type(&self, data_type: Oid, modifier: i32) -> BaseType {
        type_structure::base_type(self, data_type, modifier)
    }

    fn domain_adds_clauses(&self, domain: Oid) -> bool {
        type_structure::domain_adds_clauses(self, domain)
    }

    fn implicit_cast(&self, from: Oid, to: Oid) -> Option<ImplicitCast> {
        comparison::implicit_cast(self, from, to)
    }

    fn default_operator_class(&self, data_type: Oid) -> Oid {
        comparison::default_operator_class(data_type)
    }

    fn column_clauses(&self, table: Oid, column: AttrNumber) -> String {
        definitions::column_clauses(self, table, column)
    }

    fn column_default(&self, table: Oid, column: AttrNumber) -> Option<String> {
        let is_generated = self.find_column(table, column, |row| row.char(PgAttribute::attgenerated) != '\0');
        (is_generated == Some(false)).then(|| definitions::default_expression(self, table, column)).flatten()
    }

    fn default_time(&self, table: Oid, column: AttrNumber) -> DefaultTime {
        defaults::default_time(self, table, column)
    }

    fn domain_default(&self, domain: Oid) -> Option<String> {
        self.find_type(domain, |row| row.text(PgType::typdefault).map(text::from_c)).flatten()
    }

    fn domain_clauses(&self, domain: Oid) -> String {
        definitions::domain_clauses(self, domain)
    }

    fn family(&self, table: Oid) -> Family {
        inheritance::family(self, table)
    }

    fn column_storage(&self, table: Oid, column: AttrNumber) -> String {
        definitions::column_storage(self, table, column)
    }

    fn constraint_comment(&self, constraint: Oid) -> Option<String> {
        comments::comment_on(self, PgConstraint::CATALOG, constraint)
    }

    fn sequence_has_belongings(&self, table: Oid, column: AttrNumber) -> bool {
        serial::sequence_and_default(self, table, column)
            .is_some_and(|(sequence, _)| belongings::has_sequence_any(self, sequence))
    }

    fn domain_has_belongings(&self, domain: Oid) -> bool {
        belongings::has_domain_any(self, domain)
    }

    fn constraint_definition(&self, constraint: Oid) -> String {
        definitions::constraint_definition(self, constraint)
    }

    fn collation_sql(&self, collation: Oid) -> String {
        definitions::collation_sql(self, collation)
    }

    fn column_uses(&self, table: Oid, column: AttrNumber) -> Vec<Use> {
        uses::column_uses(self, table, column)
    }

    fn descendants_have_column(&self, table: Oid, name: &str) -> bool {
        uses::descendants_have_column(self, table, name)
    }

    fn heirs_have_other_default(&self, table: Oid, column: AttrNumber) -> bool {
        defaults::heirs_have_other_default(self, table, column)
    }

    fn domain_uses(&self, domain: Oid) -> Vec<Use> {
        uses::domain_uses(self, domain)
    }

    fn sequence_options(&self, table: Oid, column: AttrNumber) -> String {
        let sequence = serial::sequence_and_default(self, table, column);
        sequence.map_or(String::new(), |(sequence, _)| definitions::sequence_options(self, sequence))
    }

    fn sequence_uses(&self, table: Oid, column: AttrNumber) -> Vec<Use> {
        uses::sequence_uses(self, table, column)
    }

    fn referencing_columns(&self, table: Oid, column: AttrNumber) -> Vec<(Oid, AttrNumber)> {
        uses::referencing_columns(self, table, column)
    }

    fn row_type_uses(&self, table: Oid) -> Vec<Use> {
        keep(&self.row_type_uses, table, || uses::row_type_uses(self, table))
    }

    fn index_uses(&self, index: Oid) -> Vec<Use> {
        uses::index_uses(self, index)
    }

    fn constraint_uses(&self, constraint: Oid) -> Vec<Use> {
        uses::constraint_uses(self, constraint)
    }

    fn is_typed(&self, table: Oid) -> bool {
        let key = [(PgClass::oid, Key::Oid(table))];
        find(self.snapshot(), index::CLASS_OID, &key, |row| row.oid(PgClass::reloftype) != 0).unwrap_or_default()
    }

    fn has_rows(&self, table: Oid) -> Option<bool> {
        keep(&self.has_rows, table, || values::has_rows(self, table))
    }

    fn holds_null(&self, table: Oid, column: AttrNumber) -> Option<bool> {
        values::holds_null(self, table, column)
    }

    fn update_is_refused(&self, table: Oid) -> bool {
        keep(&self.update_is_refused, table, || replica_identity::update_is_refused(self, table))
    }

    fn has_foreign_cast(&self, from: Oid, to: Oid) -> bool {
        comparison::has_foreign_cast(self, from, to)
    }

    fn partitions_have_identity(&self) -> bool {
        cfg!(not(any(feature = "pg13", feature = "pg14", feature = "pg15", feature = "pg16")))
    }

    fn relation(&self, oid: Oid) -> Option<Relation> {
        self.read(ObjectAddress::Relation(oid)).or_else(|| self.read(ObjectAddress::Type(oid)))
    }

    fn take_unread(&self) -> bool {
        self.has_unread.take()
    }

    fn descendants_part_names(&self, table: Oid) -> Vec<String> {
        inheritance::names_of_descendants_constraints(self, table)
    }

    fn writes_to(&self, patterns: &Patterns) -> bool {
        written_tables::writes_to(self, patterns)
    }

    fn exemptions(&self) -> Rc<Exemptions> {
        self.exemptions()
    }

    fn check_for_interrupts(&self) {
        backend::check_for_interrupts();
    }

    fn in_transaction_block(&self) -> bool {
        backend::in_transaction_block()
    }

    fn is_reserved_word(&self, word: &str, as_type: bool) -> bool {
        keywords::is_reserved_word(word, as_type)
    }

    fn current_role(&self) -> String {
        backend::current_role()
    }

    fn current_role_is_among(&self, roles: &[String]) -> bool {
        backend::current_role_is_among(roles)
    }
}
