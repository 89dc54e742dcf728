//! How values of two types, and the two sides of a foreign key, are compared.

use pgrx::pg_sys;

use super::reader::Reader;
use crate::facts::{Column, ForeignKey, ImplicitCast, KeyComparison, Oid, oids};
use crate::pg::scan::schema::{PgAmop, PgAttribute, PgCast, PgCollation, PgOpclass, PgOperator, PgType, index};
use crate::pg::scan::{Key, Row, find};
use crate::rule::Catalog;

/// How PostgreSQL's own query compares a column of a foreign key, the one at this position, when it looks for the rows
/// that refer to a deleted or changed row: `… WHERE $1 = column`, with the operator that the constraint stores and the
/// conversions that this operator needs.
pub fn key_comparison(reader: &Reader, column: &Column, key: &ForeignKey, at: usize) -> KeyComparison {
    let operator = key.operators.get(at).copied().unwrap_or_default();
    let operands = |row: &Row<PgOperator>| (row.oid(PgOperator::oprcom), row.oid(PgOperator::oprright));
    let key_of_operator = [(PgOperator::oid, Key::Oid(operator))];
    let (commutator, operand) =
        find(reader.snapshot(), index::OPERATOR_OID, &key_of_operator, operands).unwrap_or_default();
    KeyComparison {
        operator: commutator,
        collation: collation_of_comparison(reader, column.collation, key, at),
        converts: !is_taken_as_it_is(reader, column.data_type.oid, operand),
    }
}

/// The collation of `$1 = column`, where `$1` is a parameter of the referenced column's type; 0 where it has none or
/// where the collations of both sides contradict each other. `own` is the collation of the column.
fn collation_of_comparison(reader: &Reader, own: Oid, key: &ForeignKey, at: usize) -> Oid {
    if own == 0 {
        return 0;
    }
    let facts = |row: &Row<PgAttribute>| (row.oid(PgAttribute::atttypid), row.oid(PgAttribute::attcollation));
    let referenced = key.referenced_columns.get(at).copied().unwrap_or_default();
    let (referenced_type, referenced) = reader.find_column(key.referenced_table, referenced, facts).unwrap_or_default();
    if referenced == 0 || own == referenced {
        return own;
    }
    let is_deterministic = |collation: Oid| {
        let key = [(PgCollation::oid, Key::Oid(collation))];
        let read = |row: &Row<PgCollation>| row.bool(PgCollation::collisdeterministic, true);
        find(reader.snapshot(), index::COLLATION_OID, &key, read).unwrap_or(true)
    };
    // PostgreSQL adds a COLLATE to the query for this case alone.
    if !is_deterministic(referenced) {
        return referenced;
    }
    let of_parameter = reader.find_type(referenced_type, |row| row.oid(PgType::typcollation)).unwrap_or_default();
    match (own, of_parameter) {
        (own, 0 | oids::DEFAULT_COLLATION) => own,
        (oids::DEFAULT_COLLATION, other) => other,
        (own, other) if own == other => own,
        _ => 0,
    }
}

/// Whether an operator takes values of a type without a function that converts them.
fn is_taken_as_it_is(reader: &Reader, data_type: Oid, operand: Oid) -> bool {
    const PSEUDO_TYPE: char = 'p';
    let base = reader.base_type(data_type, -1).oid;
    base == operand
        || reader.implicit_cast(base, operand) == Some(ImplicitCast::Relabel)
        // A polymorphic one, `anyarray` for example.
        || reader.find_type(operand, |row| row.char(PgType::typtype)) == Some(PSEUDO_TYPE)
}

/// Whether an operator class is in a family that can search with an operator.
pub fn can_search(reader: &Reader, operator_class: Oid, operator: Oid) -> bool {
    const SEARCH: char = 's';
    let key = [(PgOpclass::oid, Key::Oid(operator_class))];
    let family = find(reader.snapshot(), index::OPCLASS_OID, &key, |row| row.oid(PgOpclass::opcfamily));
    let is_in_family = |family| {
        let keys = [
            (PgAmop::amopopr, Key::Oid(operator)),
            (PgAmop::amoppurpose, Key::Char(SEARCH)),
            (PgAmop::amopfamily, Key::Oid(family)),
        ];
        find(reader.snapshot(), index::AMOP_OPERATOR, &keys, |_| ()).is_some()
    };
    family.is_some_and(is_in_family)
}

/// The cast from one type to another that PostgreSQL applies by itself; `None` if there is no such cast.
pub fn implicit_cast(reader: &Reader, from: Oid, to: Oid) -> Option<ImplicitCast> {
    const IMPLICIT: char = 'i';
    const BINARY: char = 'b';
    let keys = [(PgCast::castsource, Key::Oid(from)), (PgCast::casttarget, Key::Oid(to))];
    let read = |row: &Row<PgCast>| (row.char(PgCast::castcontext), row.char(PgCast::castmethod));
    match find(reader.snapshot(), index::CAST_SOURCE_TARGET, &keys, read)? {
        (IMPLICIT, BINARY) => Some(ImplicitCast::Relabel),
        (IMPLICIT, _) => Some(ImplicitCast::Function),
        _ => None,
    }
}

/// Whether the cast from one type to another calls a function that is not PostgreSQL's own.
pub fn has_foreign_cast(reader: &Reader, from: Oid, to: Oid) -> bool {
    let keys = [(PgCast::castsource, Key::Oid(from)), (PgCast::casttarget, Key::Oid(to))];
    let function = find(reader.snapshot(), index::CAST_SOURCE_TARGET, &keys, |row| row.oid(PgCast::castfunc));
    function.is_some_and(|function| function >= oids::FIRST_USER_OID)
}

/// The operator class that a btree index over a column of this type has if none is written; 0 if there is none.
pub fn default_operator_class(data_type: Oid) -> Oid {
    // SAFETY: a look-up in the catalogs. A type that does not exist has no operator class.
    unsafe { pg_sys::GetDefaultOpClass(data_type.into(), oids::BTREE_AM.into()).to_u32() }
}
