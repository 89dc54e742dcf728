//! What data types consist of: domains of their base type, composite types of their attributes, ranges of their
//! subtype, arrays of their elements.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::reader::Reader;
use crate::facts::{BaseType, Oid, TypeShape, TypeUse, oids};
use crate::pg::memory::Kept;
use crate::pg::scan::schema::{PgAttribute, PgConstraint, PgRange, PgType, index};
use crate::pg::scan::{Key, Row, find, scan};
use crate::rule::Catalog;

thread_local! {
    /// The component types of PostgreSQL's own types, which never change.
    static SYSTEM_COMPONENT_TYPES: Kept<BTreeMap<Oid, Rc<[Oid]>>> = Kept::default();
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

/// The types that a type consists of directly, and PostgreSQL's own types that it consists of indirectly; empty for a type
/// that consists of no other. Each type is looked at once, however many others are made of it, and without recursion:
/// users may nest types as deep as they like.
pub fn component_types(reader: &Reader, oid: Oid) -> Rc<[Oid]> {
    if let Some(known) = known_component_types(reader, oid) {
        return known;
    }
    // Each type stands above the one that is made of it.
    let mut unfinished = vec![Components::begin(reader, oid)];
    let mut begun = BTreeSet::from([oid]);
    while let Some(mut current) = unfinished.pop() {
        let Some(component) = current.waiting.pop() else {
            current.remember(reader);
            continue;
        };
        match known_component_types(reader, component) {
            Some(types) => current.add_indirect(&types),
            None if begun.insert(component) => {
                // It is asked for once more when it is known.
                current.waiting.push(component);
                unfinished.push(current);
                current = Components::begin(reader, component);
            }
            // No type contains itself; if one seems to, it adds nothing to itself.
            None => {}
        }
        unfinished.push(current);
    }
    known_component_types(reader, oid).unwrap_or_default()
}

/// What is known of a type's components while they are being looked at.
struct Components {
    oid: Oid,
    types: Vec<Oid>,
    /// The types in `types`, to find them fast.
    found: BTreeSet<Oid>,
    /// The direct components that have not been looked at.
    waiting: Vec<Oid>,
}

impl Components {
    fn begin(reader: &Reader, oid: Oid) -> Self {
        let mut found = BTreeSet::new();
        let mut types = direct_component_types(reader, oid);
        types.retain(|component| found.insert(*component));
        let waiting = types.clone();
        Self { oid, types, found, waiting }
    }

    /// Adds PostgreSQL's own types among the components of a component.
    fn add_indirect(&mut self, types: &[Oid]) {
        let own = types.iter().filter(|oid| **oid < oids::FIRST_USER_OID);
        self.types.extend(own.filter(|oid| self.found.insert(**oid)));
    }

    /// Keeps what has been found.
    fn remember(self, reader: &Reader) {
        match self.oid < oids::FIRST_USER_OID {
            true => SYSTEM_COMPONENT_TYPES.with_borrow_mut(|known| known.insert(self.oid, self.types.into())),
            false => reader.component_types.borrow_mut().insert(self.oid, self.types.into()),
        };
    }
}

fn known_component_types(reader: &Reader, oid: Oid) -> Option<Rc<[Oid]>> {
    match oid < oids::FIRST_USER_OID {
        true => SYSTEM_COMPONENT_TYPES.with_borrow(|known| known.get(&oid).cloned()),
        false => reader.component_types.borrow().get(&oid).cloned(),
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
    let subtype = |index, column| range_subtype(reader, index, column, oid).unwrap_or_default();
    let scalar = || TypeShape::Scalar { oid, sql: reader.type_sql(oid, modifier) };
    let Some(row) = TypeRow::read(reader, oid) else { return scalar() };
    match row.kind {
        'd' => {
            let base = base_type(reader, oid, modifier);
            TypeShape::Domain { base: TypeUse { oid: base.oid, modifier: base.modifier } }
        }
        'r' => TypeShape::Range { subtype: subtype(index::RANGE_TYPE, PgRange::rngtypid) },
        'm' => TypeShape::Multirange { subtype: subtype(index::RANGE_MULTIRANGE, PgRange::rngmultitypid) },
        'c' => {
            let attributes = attributes(reader, row.relation, |row| {
                let (oid, modifier) = (row.oid(PgAttribute::atttypid), row.i32(PgAttribute::atttypmod));
                (row.name(PgAttribute::attname), TypeUse { oid, modifier })
            });
            TypeShape::Composite { name: reader.type_name(oid), attributes }
        }
        _ if row.element != 0 => TypeShape::Array { element: TypeUse { oid: row.element, modifier } },
        _ => scalar(),
    }
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
    // The domains on the way down, each with whether it refuses NULL and has a default.
    let mut domains = Vec::new();
    let mut base = BaseType { oid: data_type, modifier, not_null: false, has_default: false };
    // The oids below are those that PostgreSQL's developers gave by hand; none of these types is a domain.
    while base.oid >= oids::FIRST_GENERATED_OID {
        if let Some(known) = reader.base_types.borrow().get(&base.oid) {
            base = *known;
            break;
        }
        let domain = reader.find_type(base.oid, |row| {
            let below = (row.oid(PgType::typbasetype), row.i32(PgType::typtypmod));
            let clauses = (row.bool(PgType::typnotnull, false), row.text(PgType::typdefault).is_some());
            (row.char(PgType::typtype) == DOMAIN).then_some((below, clauses))
        });
        let Some(((oid, modifier), clauses)) = domain.flatten() else { break };
        domains.push((base.oid, clauses));
        base = BaseType { oid, modifier, ..base };
    }
    for (domain, (not_null, has_default)) in domains.into_iter().rev() {
        // A domain over a domain gets a copy of that domain's default when it is created, so only its own counts.
        base = BaseType { not_null: base.not_null || not_null, has_default, ..base };
        reader.base_types.borrow_mut().insert(domain, base);
    }
    base
}

/// Whether a domain, or one of the domains below it, has a default or a check or refuses NULL.
pub fn domain_adds_clauses(reader: &Reader, domain: Oid) -> bool {
    const DOMAIN: char = 'd';
    let mut oid = domain;
    loop {
        let row = reader.find_type(oid, |row| {
            let adds = row.bool(PgType::typnotnull, false) || row.text(PgType::typdefault).is_some();
            (row.char(PgType::typtype) == DOMAIN).then(|| (adds, row.oid(PgType::typbasetype)))
        });
        let Some((adds, below)) = row.flatten() else { return false };
        let mut has_constraint = false;
        scan(reader.snapshot(), index::CONSTRAINT_TYPE, &[(PgConstraint::contypid, Key::Oid(oid))], |_| {
            has_constraint = true;
        });
        if adds || has_constraint {
            return true;
        }
        oid = below;
    }
}
