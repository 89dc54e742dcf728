//! What data types consist of: domains of their base type, composite types of their attributes, ranges of their
//! subtype, arrays of their elements.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::reader::Reader;
use crate::facts::{BaseType, Oid, TypeShape, oids};
use crate::pg::scan::schema::{PgAttribute, PgRange, PgType, index};
use crate::pg::scan::{Key, Row, find, scan};
use crate::rule::Catalog;

thread_local! {
    /// The component types of PostgreSQL's own types, which never change.
    static SYSTEM_COMPONENT_TYPES: RefCell<BTreeMap<Oid, Rc<[Oid]>>> = RefCell::default();
}

/// What pg_type says about the structure of a type.
struct TypeRow {
    /// `pg_type.typtype`: 'd' for a domain, 'c' for a composite type, 'r' for a range, 'm' for a multirange.
    kind: char,
    /// The type of an array's elements; 0 for a type that is no array.
    element: Oid,
    /// The base type of a domain and its modifier.
    base: (Oid, i32),
    /// The row in pg_class of a composite type.
    relation: Oid,
}

impl TypeRow {
    /// Reads the row of a type; `None` if there is no such type.
    fn read(reader: &Reader, oid: Oid) -> Option<Self> {
        reader.find_type(oid, |row| {
            let is_array = row.char(PgType::typcategory) == 'A' && row.i16(PgType::typlen) == -1;
            Self {
                kind: row.char(PgType::typtype),
                element: if is_array { row.oid(PgType::typelem) } else { 0 },
                base: (row.oid(PgType::typbasetype), row.i32(PgType::typtypmod)),
                relation: row.oid(PgType::typrelid),
            }
        })
    }
}

/// The types that a type consists of, directly and indirectly; empty for a type that consists of no other.
pub fn component_types(reader: &Reader, oid: Oid) -> Rc<[Oid]> {
    let is_system_type = oid < oids::FIRST_USER_OID;
    let known = match is_system_type {
        true => SYSTEM_COMPONENT_TYPES.with_borrow(|known| known.get(&oid).cloned()),
        false => reader.component_types.borrow().get(&oid).cloned(),
    };
    known.unwrap_or_else(|| {
        let mut types = Vec::new();
        collect_component_types(reader, oid, &mut types);
        let types: Rc<[Oid]> = types.into();
        if is_system_type {
            SYSTEM_COMPONENT_TYPES.with_borrow_mut(|known| known.insert(oid, types.clone()));
        } else {
            reader.component_types.borrow_mut().insert(oid, types.clone());
        }
        types
    })
}

fn collect_component_types(reader: &Reader, oid: Oid, types: &mut Vec<Oid>) {
    for component in direct_component_types(reader, oid) {
        if !types.contains(&component) {
            types.push(component);
            collect_component_types(reader, component, types);
        }
    }
}

fn direct_component_types(reader: &Reader, oid: Oid) -> Vec<Oid> {
    let Some(row) = TypeRow::read(reader, oid) else { return Vec::new() };
    match row.kind {
        'd' => vec![row.base.0],
        'c' => attributes(reader, row.relation, |row| row.oid(PgAttribute::atttypid)),
        'r' => range_subtype(reader, index::RANGE_TYPE, PgRange::rngtypid, oid).into_iter().collect(),
        'm' => range_subtype(reader, index::RANGE_MULTIRANGE, PgRange::rngmultitypid, oid).into_iter().collect(),
        _ if row.element != 0 => vec![row.element],
        _ => Vec::new(),
    }
}

/// How a type is put together. `modifier` is that of the column or attribute (-1: none).
pub fn type_shape(reader: &Reader, oid: Oid, modifier: i32) -> TypeShape {
    let subtype = |index, column| {
        let subtype = range_subtype(reader, index, column, oid);
        Box::new(type_shape(reader, subtype.unwrap_or_default(), -1))
    };
    let scalar = || TypeShape::Scalar { oid, sql: reader.type_sql(oid, modifier) };
    let Some(row) = TypeRow::read(reader, oid) else { return scalar() };
    match row.kind {
        'd' => TypeShape::Domain { base: Box::new(type_shape(reader, row.base.0, row.base.1)) },
        'r' => TypeShape::Range { subtype: subtype(index::RANGE_TYPE, PgRange::rngtypid) },
        'm' => TypeShape::Multirange { subtype: subtype(index::RANGE_MULTIRANGE, PgRange::rngmultitypid) },
        'c' => TypeShape::Composite { name: reader.type_name(oid), attributes: attribute_shapes(reader, row.relation) },
        _ if row.element != 0 => TypeShape::Array(Box::new(type_shape(reader, row.element, modifier))),
        _ => scalar(),
    }
}

/// The names and shapes of a composite type's attributes.
fn attribute_shapes(reader: &Reader, relation: Oid) -> Vec<(String, TypeShape)> {
    let attributes = attributes(reader, relation, |row| {
        let (oid, modifier) = (row.oid(PgAttribute::atttypid), row.i32(PgAttribute::atttypmod));
        (row.name(PgAttribute::attname), oid, modifier)
    });
    attributes.into_iter().map(|(name, oid, modifier)| (name, type_shape(reader, oid, modifier))).collect()
}

/// What `read` makes of each attribute of a composite type.
fn attributes<T>(reader: &Reader, relation: Oid, read: impl Fn(&Row<PgAttribute>) -> T) -> Vec<T> {
    let mut attributes = Vec::new();
    let keys = [(PgAttribute::attrelid, Key::Oid(relation)), (PgAttribute::attnum, Key::Above(0))];
    scan(reader.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
        if !row.bool(PgAttribute::attisdropped, false) {
            attributes.push(read(row));
        }
    });
    attributes
}

/// The subtype of the range that has this oid in a column of pg_range.
fn range_subtype(reader: &Reader, index: Oid, column: PgRange, oid: Oid) -> Option<Oid> {
    let subtype = |row: &Row<PgRange>| row.oid(PgRange::rngsubtype);
    find(reader.snapshot(), index, &[(column, Key::Oid(oid))], subtype)
}

/// The type below a domain, or below a domain over domains, and what the domains add to it. Any other type stands for
/// itself.
pub fn base_type(reader: &Reader, data_type: Oid, modifier: i32) -> BaseType {
    const DOMAIN: char = 'd';
    let mut base = BaseType { oid: data_type, modifier, not_null: false, has_default: false };
    // The oids below are those that PostgreSQL's developers gave by hand; none of these types is a domain.
    while base.oid >= oids::FIRST_GENERATED_OID {
        let domain = reader.find_type(base.oid, |row| {
            let below = (row.oid(PgType::typbasetype), row.i32(PgType::typtypmod));
            let clauses = (row.bool(PgType::typnotnull, false), row.text(PgType::typdefault).is_some());
            (row.char(PgType::typtype) == DOMAIN).then_some((below, clauses))
        });
        let Some(((oid, modifier), (not_null, has_default))) = domain.flatten() else { break };
        // A domain over a domain gets a copy of that domain's default when it is created, so only the first one counts.
        let has_default = if base.oid == data_type { has_default } else { base.has_default };
        base = BaseType { oid, modifier, not_null: base.not_null || not_null, has_default };
    }
    base
}
