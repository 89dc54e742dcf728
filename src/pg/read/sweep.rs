//! Reads every table and type of the database: one ordered pass over each catalog, merged by relation, so that nothing has
//! to be kept and nothing is searched for.

use std::collections::{HashMap, VecDeque};

use pgrx::PgMemoryContexts;

use super::reader::Reader;
use super::relation::{IndexFacts, column_from_row, index_from_row, relation_from_row};
use crate::facts::{ObjectAddress, Oid, QualifiedName, Relation, oids};
use crate::pg::scan::schema::{PgAttribute, PgClass, PgConstraint, PgIndex, PgType, index};
use crate::pg::scan::{Cursor, Key};

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
    let mut relations = Relations::new(reader);
    let positive = [(PgAttribute::attnum, Key::Above(0))];
    let mut attributes = Cursor::<PgAttribute>::new(snapshot, index::ATTRIBUTE_RELATION_NUMBER, &positive);
    let mut constraints = Cursor::<PgConstraint>::new(snapshot, index::CONSTRAINT_RELATION, &[]);
    let mut indexes = Cursor::<PgIndex>::new(snapshot, index::INDEX_RELATION, &[]);
    while let Some(mut relation) = relations.next(is_wanted) {
        work_in(context, || {
            attributes.take_equal(PgAttribute::attrelid, relation.oid, |row| {
                relation.columns.extend(column_from_row(row));
            });
            if relation.kind.is_table() {
                constraints.take_equal(PgConstraint::conrelid, relation.oid, |row| {
                    relation.constraints.extend(reader.constraint_from_row(row));
                });
                // It is the same for what this transaction has made: only a statement is the first to make something.
                relation.constraints.iter_mut().for_each(|constraint| constraint.written_at = None);
                indexes.take_equal(PgIndex::indrelid, relation.oid, |row| relation.indexes.push(index_from_row(row)));
            }
            reader.complete(&mut relation, |index| relations.index_facts(index));
            each(relation);
            reader.forget_tables();
        });
    }
}

/// How many relations are read ahead, so that the indexes that were made after their table are known with it.
const READ_AHEAD: usize = 200;

/// How many indexes are remembered.
const MAX_INDEXES: usize = 5000;

/// Reads pg_class once, for tables and indexes both.
struct Relations<'r> {
    reader: &'r Reader,
    cursor: Cursor<'r, PgClass>,
    waiting: VecDeque<Relation>,
    /// The indexes that were passed, the latest ones. Most are made after their table and stand behind it.
    indexes: HashMap<Oid, IndexFacts>,
    /// Their oids, in the order in which they were passed.
    passed: VecDeque<Oid>,
}

impl<'r> Relations<'r> {
    fn new(reader: &'r Reader) -> Self {
        let cursor = Cursor::new(reader.snapshot(), index::CLASS_OID, &[]);
        let (waiting, indexes, passed) = (VecDeque::new(), HashMap::new(), VecDeque::new());
        Self { reader, cursor, waiting, indexes, passed }
    }

    /// The next wanted table or composite type, without its parts.
    fn next(&mut self, is_wanted: &impl Fn(&QualifiedName) -> bool) -> Option<Relation> {
        while self.waiting.len() <= READ_AHEAD
            && let Some(row) = self.cursor.row()
        {
            let oid = row.oid(PgClass::oid);
            match row.char(PgClass::relkind) {
                _ if oid < oids::FIRST_USER_OID => {}
                'i' | 'I' => {
                    self.indexes.insert(oid, IndexFacts::of(row));
                    self.passed.push_back(oid);
                }
                _ => {
                    if let Some((schema, mut relation)) = relation_from_row(row) {
                        relation.name.schema = self.reader.schema_name(schema);
                        self.waiting.extend(is_wanted(&relation.name).then_some(relation));
                    }
                }
            }
            self.cursor.advance();
            if self.passed.len() > MAX_INDEXES {
                self.passed.pop_front().and_then(|oid| self.indexes.remove(&oid));
            }
        }
        self.waiting.pop_front()
    }

    /// What pg_class says about an index.
    fn index_facts(&mut self, index: Oid) -> IndexFacts {
        self.indexes.remove(&index).unwrap_or_else(|| self.reader.index_facts(index))
    }
}

fn sweep_types(
    reader: &Reader,
    context: &mut PgMemoryContexts,
    is_wanted: &impl Fn(&QualifiedName) -> bool,
    each: &mut impl FnMut(Relation),
) {
    let mut types = Cursor::<PgType>::new(reader.snapshot(), index::TYPE_OID, &[]);
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
