//! What belongs to a column besides its row in pg_attribute: its sequence, its part in the partitioning, what is
//! below its domain.

use super::reader::Reader;
use crate::facts::{AttrNumber, BaseType, Oid, QualifiedName, oids};
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgDepend, PgPartitionedTable, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};
use crate::rule::Catalog;

impl Reader {
    /// The sequence that serial made for a column, which is one of integers. A string with a number in it may own a
    /// sequence as well.
    pub(super) fn sequence_of(&self, table: Oid, column: AttrNumber) -> Option<QualifiedName> {
        const AUTOMATIC: char = 'a';
        if !self.default_calls_nextval(table, column) {
            return None;
        }
        self.column_type(table, column).filter(|data_type| oids::INTEGERS.contains(data_type))?;
        let mut owned = Vec::new();
        let keys = [(PgDepend::refclassid, Key::Oid(PgClass::CATALOG)), (PgDepend::refobjid, Key::Oid(table))];
        scan(self.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
            let is_owned =
                row.i32(PgDepend::refobjsubid) == i32::from(column) && row.char(PgDepend::deptype) == AUTOMATIC;
            if is_owned && row.oid(PgDepend::classid) == PgClass::CATALOG {
                owned.push(row.oid(PgDepend::objid));
            }
        });
        let is_sequence = |oid: &Oid| {
            let key = [(PgClass::oid, Key::Oid(*oid))];
            find(self.snapshot(), index::CLASS_OID, &key, |row| row.char(PgClass::relkind)) == Some('S')
        };
        owned.into_iter().find(is_sequence).and_then(|sequence| self.table_name(sequence))
    }

    /// Whether the default of a column has a call of nextval in it.
    fn default_calls_nextval(&self, table: Oid, column: AttrNumber) -> bool {
        // A pg_node_tree writes a call of the function like this.
        let call = format!(":funcid {} ", oids::NEXTVAL).into_bytes();
        let keys = [(PgAttrdef::adrelid, Key::Oid(table)), (PgAttrdef::adnum, Key::Int2(column))];
        let calls = |row: &Row<PgAttrdef>| {
            row.text(PgAttrdef::adbin).is_some_and(|tree| tree.to_bytes().windows(call.len()).any(|part| part == call))
        };
        find(self.snapshot(), index::ATTRDEF_RELATION_NUMBER, &keys, calls).unwrap_or(false)
    }

    /// The columns by which a table is partitioned, `None` for an expression; empty where it is not.
    pub(super) fn columns_of_partition_key(&self, table: Oid) -> Vec<Option<AttrNumber>> {
        let key = [(PgPartitionedTable::partrelid, Key::Oid(table))];
        let numbers = |row: &Row<PgPartitionedTable>| row.numbers(PgPartitionedTable::partattrs);
        let numbers = find(self.snapshot(), index::PARTITIONED_TABLE, &key, numbers).unwrap_or_default();
        numbers.into_iter().map(|number| (number != 0).then_some(number)).collect()
    }

    /// What is below a domain (of domains).
    pub(super) fn below_domains(&self, data_type: Oid, modifier: i32) -> BaseType {
        const DOMAIN: char = 'd';
        let mut below = BaseType { oid: data_type, modifier, not_null: false, has_default: false };
        // None of the types with an oid that was given by hand is a domain.
        while below.oid >= oids::FIRST_GENERATED_OID {
            let key = [(PgType::oid, Key::Oid(below.oid))];
            let domain = find(self.snapshot(), index::TYPE_OID, &key, |row| {
                let base = (row.oid(PgType::typbasetype), row.i32(PgType::typtypmod));
                let clauses = (row.bool(PgType::typnotnull, false), row.text(PgType::typdefault).is_some());
                (row.char(PgType::typtype) == DOMAIN).then_some((base, clauses))
            });
            let Some(((oid, modifier), (not_null, has_default))) = domain.flatten() else { break };
            // A domain over a domain was given its default when it was made.
            let has_default = if below.oid == data_type { has_default } else { below.has_default };
            below = BaseType { oid, modifier, not_null: below.not_null || not_null, has_default };
        }
        below
    }
}
