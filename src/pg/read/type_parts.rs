//! What types are made of.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::reader::Reader;
use crate::facts::{Oid, oids};
use crate::pg::scan::schema::{PgAttribute, PgEnum, PgRange, PgType, index};
use crate::pg::scan::{Key, Row, find, scan};
use crate::rule::Catalog;
use crate::sql;

thread_local! {
    /// What PostgreSQL's own types are made of; that never changes.
    static SYSTEM_PARTS: RefCell<BTreeMap<Oid, Rc<[Oid]>>> = RefCell::default();
}

impl Reader {
    /// What a type is made of, all the way down; empty for a type that is made of nothing else.
    pub fn parts(&self, oid: Oid) -> Rc<[Oid]> {
        let known = if oid < oids::FIRST_USER_OID {
            SYSTEM_PARTS.with_borrow(|parts| parts.get(&oid).cloned())
        } else {
            self.known_parts.borrow().get(&oid).cloned()
        };
        known.unwrap_or_else(|| {
            let mut parts = Vec::new();
            self.collect_parts(oid, &mut parts);
            let parts: Rc<[Oid]> = parts.into();
            if oid < oids::FIRST_USER_OID {
                SYSTEM_PARTS.with_borrow_mut(|known| known.insert(oid, parts.clone()));
            } else {
                self.known_parts.borrow_mut().insert(oid, parts.clone());
            }
            parts
        })
    }

    fn collect_parts(&self, oid: Oid, parts: &mut Vec<Oid>) {
        for part in self.direct_parts(oid) {
            if !parts.contains(&part) {
                parts.push(part);
                self.collect_parts(part, parts);
            }
        }
    }

    /// What a type is directly made of.
    fn direct_parts(&self, oid: Oid) -> Vec<Oid> {
        let key = [(PgType::oid, Key::Oid(oid))];
        let shape = find(self.snapshot(), index::TYPE_OID, &key, |row| {
            let is_array = row.char(PgType::typcategory) == 'A' && row.i16(PgType::typlen) == -1;
            let element = if is_array { row.oid(PgType::typelem) } else { 0 };
            (row.char(PgType::typtype), element, row.oid(PgType::typbasetype), row.oid(PgType::typrelid))
        });
        match shape {
            Some(('d', _, base, _)) => vec![base],
            Some(('c', _, _, relation)) => self.attribute_types(relation),
            Some(('r', ..)) => self.range_subtype(index::RANGE_TYPE, PgRange::rngtypid, oid),
            Some(('m', ..)) => self.range_subtype(index::RANGE_MULTIRANGE, PgRange::rngmultitypid, oid),
            Some((_, element, ..)) if element != 0 => vec![element],
            _ => Vec::new(),
        }
    }

    fn attribute_types(&self, relation: Oid) -> Vec<Oid> {
        let mut types = Vec::new();
        let keys = [(PgAttribute::attrelid, Key::Oid(relation)), (PgAttribute::attnum, Key::Above(0))];
        scan(self.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
            if !row.bool(PgAttribute::attisdropped, false) {
                types.push(row.oid(PgAttribute::atttypid));
            }
        });
        types
    }

    fn range_subtype(&self, index: Oid, column: PgRange, oid: Oid) -> Vec<Oid> {
        let subtype = |row: &Row<PgRange>| row.oid(PgRange::rngsubtype);
        find(self.snapshot(), index, &[(column, Key::Oid(oid))], subtype).into_iter().collect()
    }

    /// What follows the name in the definition of an enum or a range.
    pub(super) fn definition_of_type(&self, data_type: Oid) -> String {
        let key = [(PgRange::rngtypid, Key::Oid(data_type))];
        if let Some(subtype) = find(self.snapshot(), index::RANGE_TYPE, &key, |row| row.oid(PgRange::rngsubtype)) {
            return format!(" AS RANGE (SUBTYPE = {})", self.type_sql(subtype, -1));
        }
        let mut labels = Vec::new();
        scan(self.snapshot(), index::ENUM_TYPE_ORDER, &[(PgEnum::enumtypid, Key::Oid(data_type))], |row| {
            labels.push(sql::literal(&row.name(PgEnum::enumlabel)));
        });
        format!(" AS ENUM ({})", labels.join(", "))
    }
}
