//! Reads every table and type of the database: one ordered pass over each catalog, merged by relation, so that nothing has
//! to be kept and nothing is searched for.

use pgrx::PgMemoryContexts;

use super::reader::Reader;
use super::relation::{column_from_row, index_from_row, relation_from_row};
use crate::facts::{ObjectAddress, QualifiedName, Relation, oids};
use crate::pg::scan::Cursor;
use crate::pg::scan::schema::{PgAttribute, PgClass, PgConstraint, PgIndex, PgType, index};

/// Gives every wanted table and composite type to `each`, then every wanted domain, enum and range. Those of the same kind
/// come in the order of their oids.
pub fn sweep(reader: &Reader, is_wanted: impl Fn(&QualifiedName) -> bool, mut each: impl FnMut(Relation)) {
    let mut context = PgMemoryContexts::new("pg_guardrail sweep");
    sweep_relations(reader, &mut context, &is_wanted, &mut each);
    sweep_types(reader, &mut context, &is_wanted, &mut each);
}

fn sweep_relations(
    reader: &Reader,
    context: &mut PgMemoryContexts,
    is_wanted: &impl Fn(&QualifiedName) -> bool,
    each: &mut impl FnMut(Relation),
) {
    let snapshot = reader.snapshot();
    let mut relations = Cursor::<PgClass>::new(snapshot, index::CLASS_OID);
    let mut attributes = Cursor::<PgAttribute>::new(snapshot, index::ATTRIBUTE_RELATION_NUMBER);
    let mut constraints = Cursor::<PgConstraint>::new(snapshot, index::CONSTRAINT_RELATION);
    let mut indexes = Cursor::<PgIndex>::new(snapshot, index::INDEX_RELATION);
    while let Some(row) = relations.row() {
        let found = (row.oid(PgClass::oid) >= oids::FIRST_USER_OID).then(|| relation_from_row(row)).flatten();
        relations.advance();
        let Some((schema, mut relation)) = found else { continue };
        relation.name.schema = reader.schema_name(schema);
        if !is_wanted(&relation.name) {
            continue;
        }
        work_in(context, || {
            attributes.take_equal(PgAttribute::attrelid, relation.oid, |row| {
                if row.i16(PgAttribute::attnum) > 0 {
                    relation.columns.extend(column_from_row(row));
                }
            });
            if relation.kind.is_table() {
                constraints.take_equal(PgConstraint::conrelid, relation.oid, |row| {
                    relation.constraints.extend(reader.constraint_from_row(row));
                });
                // It is the same for what this transaction has made: only a statement is the first to make something.
                relation.constraints.iter_mut().for_each(|constraint| constraint.written_at = None);
                indexes.take_equal(PgIndex::indrelid, relation.oid, |row| relation.indexes.push(index_from_row(row)));
            }
            reader.complete(&mut relation);
            each(relation);
            reader.forget_tables();
        });
    }
}

fn sweep_types(
    reader: &Reader,
    context: &mut PgMemoryContexts,
    is_wanted: &impl Fn(&QualifiedName) -> bool,
    each: &mut impl FnMut(Relation),
) {
    let mut types = Cursor::<PgType>::new(reader.snapshot(), index::TYPE_OID);
    while let Some(row) = types.row() {
        let oid = row.oid(PgType::oid);
        let is_of_a_kind = oid >= oids::FIRST_USER_OID && matches!(row.char(PgType::typtype), 'd' | 'e' | 'r');
        types.advance();
        if is_of_a_kind {
            work_in(context, || {
                let data_type = reader.read(ObjectAddress::Type(oid));
                data_type.into_iter().filter(|data_type| is_wanted(&data_type.name)).for_each(&mut *each);
                reader.forget_tables();
            });
        }
    }
}

/// Does the work for one relation in a memory context that is emptied behind it.
fn work_in(context: &mut PgMemoryContexts, work: impl FnOnce()) {
    // SAFETY: whatever leaves the work is in Rust's own memory, or in that of its caller's making: the cursors keep their
    // state in the context in which they were made.
    unsafe {
        context.switch_to(|_| work());
        context.reset();
    }
}
