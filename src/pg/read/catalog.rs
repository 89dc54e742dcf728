//! What only the server knows. What is read by scan is as of the reader's moment; what PostgreSQL's own functions
//! put into words is as of now.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};

use pgrx::pg_sys;

use super::check;
use super::reader::Reader;
use crate::facts::{AttrNumber, BaseType, CheckShape, Family, ObjectAddress, Oid, QualifiedName, TypeShape, oids};
use crate::pg::scan::schema::{PgAttrdef, PgAttribute, PgClass, PgConstraint, PgDescription, PgRange, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};
use crate::pg::text;
use crate::rule::Catalog;
use crate::settings::parse::patterns::Patterns;
use crate::sql;

impl Catalog for Reader {
    fn table_name(&self, table: Oid) -> Option<QualifiedName> {
        let key = [(PgClass::oid, Key::Oid(table))];
        let name = |row: &Row<PgClass>| (row.oid(PgClass::relnamespace), row.name(PgClass::relname));
        let (schema, name) = find(self.snapshot(), index::CLASS_OID, &key, name)?;
        Some(QualifiedName { schema: self.schema_name(schema), name })
    }

    fn column_names(&self, table: Oid, columns: &[AttrNumber]) -> Vec<String> {
        let name = |column: &AttrNumber| self.attribute(table, *column, |row| row.name(PgAttribute::attname));
        columns.iter().filter_map(name).collect()
    }

    fn type_sql(&self, data_type: Oid, modifier: i32) -> String {
        let of_system =
            self.of_type(data_type, |row| row.oid(PgType::typnamespace)) == Some(oids::PG_CATALOG_NAMESPACE);
        let qualify = if of_system { 0 } else { pg_sys::FORMAT_TYPE_FORCE_QUALIFY };
        let flags = (pg_sys::FORMAT_TYPE_TYPEMOD_GIVEN | pg_sys::FORMAT_TYPE_ALLOW_INVALID | qualify) as u16;
        // SAFETY: gives a palloc'ed C string, "???" for a type that the statement has dropped.
        unsafe { text::from_server(pg_sys::format_type_extended(data_type.into(), modifier, flags)) }
    }

    fn type_name(&self, data_type: Oid) -> QualifiedName {
        let name = |row: &Row<PgType>| (row.oid(PgType::typnamespace), row.name(PgType::typname));
        let (schema, name) = self.of_type(data_type, name).unwrap_or_default();
        QualifiedName { schema: self.schema_name(schema), name }
    }

    fn type_shape(&self, oid: Oid, modifier: i32) -> TypeShape {
        let facts = self.of_type(oid, |row| {
            let is_array = row.char(PgType::typcategory) == 'A' && row.i16(PgType::typlen) == -1;
            let element = if is_array { row.oid(PgType::typelem) } else { 0 };
            let base = (row.oid(PgType::typbasetype), row.i32(PgType::typtypmod));
            (row.char(PgType::typtype), element, base, row.oid(PgType::typrelid))
        });
        let subtype = |index, column| {
            let subtype = |row: &Row<PgRange>| row.oid(PgRange::rngsubtype);
            let oid = find(self.snapshot(), index, &[(column, Key::Oid(oid))], subtype);
            Box::new(self.type_shape(oid.unwrap_or_default(), -1))
        };
        match facts {
            Some(('d', _, (base, modifier), _)) => {
                TypeShape::Domain { base: Box::new(self.type_shape(base, modifier)) }
            }
            Some(('r', ..)) => TypeShape::Range { subtype: subtype(index::RANGE_TYPE, PgRange::rngtypid) },
            Some(('m', ..)) => {
                TypeShape::Multirange { subtype: subtype(index::RANGE_MULTIRANGE, PgRange::rngmultitypid) }
            }
            Some(('c', _, _, relation)) => {
                TypeShape::Composite { name: self.type_name(oid), attributes: self.attributes(relation) }
            }
            Some((_, element, ..)) if element != 0 => TypeShape::Array(Box::new(self.type_shape(element, modifier))),
            _ => TypeShape::Scalar { oid, sql: self.type_sql(oid, modifier) },
        }
    }

    fn column_clauses(&self, table: Oid, column: AttrNumber) -> String {
        let facts = self.attribute(table, column, |row| {
            let kind = (row.char(PgAttribute::attidentity), row.char(PgAttribute::attgenerated));
            let collation = (row.oid(PgAttribute::attcollation), row.oid(PgAttribute::atttypid));
            (row.bool(PgAttribute::attnotnull, false), row.bool(PgAttribute::atthasdef, false), kind, collation)
        });
        let Some((not_null, has_default, (identity, generated), (collation, data_type))) = facts else {
            return String::new();
        };
        let mut clauses = String::new();
        if collation != 0 && self.of_type(data_type, |row| row.oid(PgType::typcollation)) != Some(collation) {
            // SAFETY: gives a palloc'ed C string, quoted and qualified where it must be.
            let name = unsafe { text::from_server(pg_sys::generate_collation_name(collation.into())) };
            clauses += &format!(" COLLATE {name}");
        }
        if let Some(expression) = has_default.then(|| self.default_expression(table, column)).flatten() {
            clauses += &match generated {
                's' => format!(" GENERATED ALWAYS AS ({expression}) STORED"),
                'v' => format!(" GENERATED ALWAYS AS ({expression}) VIRTUAL"),
                _ => format!(" DEFAULT {expression}"),
            };
        }
        clauses += match identity {
            'a' => " GENERATED ALWAYS AS IDENTITY",
            'd' => " GENERATED BY DEFAULT AS IDENTITY",
            _ => "",
        };
        if not_null && identity == '\0' {
            clauses += " NOT NULL";
        }
        clauses
    }

    fn domain_clauses(&self, domain: Oid) -> String {
        let facts = self.of_type(domain, |row| {
            let default = row.text(PgType::typdefault).map(from_c);
            (default, row.bool(PgType::typnotnull, false))
        });
        let Some((default, not_null)) = facts else { return String::new() };
        let mut clauses = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
        if not_null {
            clauses += " NOT NULL";
        }
        let key = [(PgConstraint::contypid, Key::Oid(domain))];
        let mut checks = Vec::new();
        scan(self.snapshot(), index::CONSTRAINT_TYPE, &key, |row| {
            if row.char(PgConstraint::contype) == 'c' {
                checks.push((row.name(PgConstraint::conname), row.oid(PgConstraint::oid)));
            }
        });
        for (name, oid) in checks {
            clauses += &format!(" CONSTRAINT {} {}", sql::quote(&name), self.constraint_definition(oid));
        }
        clauses
    }

    fn type_clauses(&self, data_type: Oid) -> String {
        self.definition_of_type(data_type)
    }

    fn family(&self, table: Oid) -> Family {
        self.family_of(table)
    }

    fn constraint_definition(&self, constraint: Oid) -> String {
        // SAFETY: the function takes the oid of a constraint and gives a text.
        unsafe { call_for_text(oids::PG_GET_CONSTRAINTDEF, &[constraint.into()]) }
    }

    fn index_definition(&self, index: Oid) -> String {
        // SAFETY: the function takes the oid of an index and gives a text.
        unsafe { call_for_text(oids::PG_GET_INDEXDEF, &[index.into()]) }
    }

    fn column_type(&self, table: Oid, column: AttrNumber) -> Option<Oid> {
        self.attribute(table, column, |row| row.oid(PgAttribute::atttypid))
    }

    fn serial_sequence(&self, table: Oid, column: AttrNumber) -> Option<QualifiedName> {
        self.sequence_of(table, column)
    }

    fn partition_columns(&self, table: Oid) -> Vec<Option<AttrNumber>> {
        self.columns_of_partition_key(table)
    }

    fn base_type(&self, data_type: Oid, modifier: i32) -> BaseType {
        self.below_domains(data_type, modifier)
    }

    fn column_default(&self, table: Oid, column: AttrNumber) -> Option<String> {
        let is_generated = self.attribute(table, column, |row| row.char(PgAttribute::attgenerated) != '\0');
        (is_generated == Some(false)).then(|| self.default_expression(table, column)).flatten()
    }

    fn comment(&self, table: Oid, column: Option<AttrNumber>) -> Option<String> {
        let read = || {
            let mut comments = BTreeMap::new();
            let keys =
                [(PgDescription::objoid, Key::Oid(table)), (PgDescription::classoid, Key::Oid(PgClass::CATALOG))];
            scan(self.snapshot(), index::DESCRIPTION, &keys, |row| {
                if let Some(text) = row.text(PgDescription::description) {
                    comments.insert(row.i32(PgDescription::objsubid), from_c(text));
                }
            });
            comments
        };
        let mut comments = self.comments.borrow_mut();
        comments.entry(table).or_insert_with(read).get(&column.unwrap_or(0).into()).cloned()
    }

    fn check_shape(&self, constraint: Oid) -> CheckShape {
        let expressions = self.check_expressions.borrow();
        expressions.get(&constraint).map(|tree| check::classify(tree)).unwrap_or_default()
    }

    fn resolve_type(&self, name: &str) -> Option<(Oid, i32)> {
        super::type_by_name::resolve(name)
    }

    fn is_reserved_word(&self, word: &str, as_type: bool) -> bool {
        super::keywords::is_reserved_word(word, as_type)
    }

    fn writes_to(&self, patterns: &Patterns) -> bool {
        super::locks::writes_to(self, patterns)
    }

    fn in_transaction_block(&self) -> bool {
        crate::pg::backend::in_transaction_block()
    }

    fn current_role(&self) -> String {
        crate::pg::backend::current_role()
    }

    fn current_role_is_among(&self, roles: &[String]) -> bool {
        crate::pg::backend::current_role_is_among(roles)
    }

    fn belongs_to_superuser_extension(&self, object: ObjectAddress) -> bool {
        self.is_member_of_superuser_extension(object)
    }

    fn relation_exists(&self, name: &QualifiedName) -> bool {
        // SAFETY: look-ups in the catalog cache; a name that does not exist gives an invalid oid.
        unsafe {
            let schema = pg_sys::get_namespace_oid(text::to_server(&name.schema), true);
            pg_sys::get_relname_relid(text::to_server(&name.name), schema) != pg_sys::InvalidOid
        }
    }
}

impl Reader {
    fn of_type<T>(&self, oid: Oid, read: impl Fn(&Row<PgType>) -> T) -> Option<T> {
        find(self.snapshot(), index::TYPE_OID, &[(PgType::oid, Key::Oid(oid))], read)
    }

    fn attribute<T>(&self, table: Oid, column: AttrNumber, read: impl Fn(&Row<PgAttribute>) -> T) -> Option<T> {
        let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attnum, Key::Int2(column))];
        find(self.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, read)
    }

    fn attributes(&self, relation: Oid) -> Vec<(String, TypeShape)> {
        let mut attributes = Vec::new();
        let keys = [(PgAttribute::attrelid, Key::Oid(relation)), (PgAttribute::attnum, Key::Above(0))];
        scan(self.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
            if !row.bool(PgAttribute::attisdropped, false) {
                let data_type = (row.oid(PgAttribute::atttypid), row.i32(PgAttribute::atttypmod));
                attributes.push((row.name(PgAttribute::attname), data_type));
            }
        });
        attributes.into_iter().map(|(name, (oid, modifier))| (name, self.type_shape(oid, modifier))).collect()
    }

    fn default_expression(&self, table: Oid, column: AttrNumber) -> Option<String> {
        let mut expression = None;
        let key = [(PgAttrdef::adrelid, Key::Oid(table))];
        scan(self.snapshot(), index::ATTRDEF_RELATION_NUMBER, &key, |row| {
            if row.i16(PgAttrdef::adnum) == column {
                expression = row.datum(PgAttrdef::adbin).map(|tree| {
                    // SAFETY: the function takes a stored expression and the oid of its table, and gives a text.
                    unsafe { call_for_text(oids::PG_GET_EXPR, &[tree, table.into()]) }
                });
            }
        });
        expression
    }
}

fn from_c(text: &CStr) -> String {
    // SAFETY: a CStr is valid and NUL-terminated.
    unsafe { text::from_server(text.as_ptr()) }
}

/// Calls a function of PostgreSQL that gives a text.
///
/// # Safety
/// `function` is the oid of a function that takes these arguments and gives a text, not null.
pub(super) unsafe fn call_for_text(function: impl Into<pg_sys::Oid>, arguments: &[pg_sys::Datum]) -> String {
    // SAFETY: the caller's promise; text_to_cstring gives a NUL-terminated copy.
    unsafe {
        let collation = pg_sys::InvalidOid;
        let function = function.into();
        let text = match arguments {
            [one] => pg_sys::OidFunctionCall1Coll(function, collation, *one),
            [one, two, ..] => pg_sys::OidFunctionCall2Coll(function, collation, *one, *two),
            [] => unreachable!("every function called here has an argument"),
        };
        let text: *mut c_char = pg_sys::text_to_cstring(text.cast_mut_ptr());
        text::from_server(text)
    }
}
