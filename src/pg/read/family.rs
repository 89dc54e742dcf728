//! What ties a table to its parents and its parts.

use pgrx::pg_sys;

use super::catalog::call_for_text;
use super::reader::Reader;
use crate::facts::{Family, Oid, oids};
use crate::pg::scan::schema::{PgClass, PgInherits, index};
use crate::pg::scan::{Key, find, scan};
use crate::rule::Catalog;

impl Reader {
    /// The parents of a table, and how it is part of one and has parts itself.
    pub(super) fn family_of(&self, table: Oid) -> Family {
        let mut parents = Vec::new();
        scan(self.snapshot(), index::INHERITS_CHILD, &[(PgInherits::inhrelid, Key::Oid(table))], |row| {
            parents.push(row.oid(PgInherits::inhparent));
        });
        let key = [(PgClass::oid, Key::Oid(table))];
        let facts = find(self.snapshot(), index::CLASS_OID, &key, |row| {
            let bound = row.datum(PgClass::relpartbound).map(|tree| {
                // SAFETY: the function takes a stored expression and the oid of its table, and gives a text.
                unsafe { call_for_text(oids::PG_GET_EXPR, &[tree, table.into()]) }
            });
            (bound, row.char(PgClass::relkind))
        });
        let (bound, kind) = facts.unwrap_or_default();
        // SAFETY: the function takes the oid of a partitioned table and gives a text.
        let key = (kind == 'p').then(|| unsafe { call_for_text(pg_sys::F_PG_GET_PARTKEYDEF, &[table.into()]) });
        let parents = parents.into_iter().filter_map(|parent| self.table_name(parent)).collect();
        Family { parents, bound, partition_key: key }
    }
}
