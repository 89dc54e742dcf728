//! What indexes cover, which of them are equal, and which of them is older.

use crate::facts::{AttrNumber, Index, IndexDefinition, Predicate, Relation, RelationKind};
use crate::settings::Level;

/// Whether two indexes have the same key, uniqueness and definition. Their names do not matter.
pub fn are_equal(index: &Index, other: &Index) -> bool {
    EqualIndexes::of(index) == EqualIndexes::of(other)
}

/// What equal indexes have in common.
#[derive(PartialEq, Eq, Hash)]
pub struct EqualIndexes<'a> {
    key: &'a [Option<AttrNumber>],
    unique: bool,
    definition: &'a IndexDefinition,
}

impl<'a> EqualIndexes<'a> {
    /// What indexes that are equal to this one have in common.
    pub fn of(index: &'a Index) -> Self {
        Self { key: &index.key, unique: index.unique, definition: &index.definition }
    }
}

/// Whether two indexes of a table begin with the same column, or with an expression. Only then can one of them be equal to
/// another or a part of it.
pub fn may_overlap(relation: &Relation) -> bool {
    let mut first: Vec<Option<AttrNumber>> =
        relation.indexes.iter().map(|index| index.key.first().copied().flatten()).collect();
    first.sort_unstable();
    first.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether queries and constraints can use an index. The index of a partitioned table counts even while it is not
/// valid, which it is as long as a partition lacks its part of the index.
pub fn is_in_use(index: &Index, relation: &Relation) -> bool {
    index.usable || relation.kind == RelationKind::PartitionedTable
}

/// Whether an index holds every row that has values in all of these columns.
pub fn covers_rows_with(index: &Index, columns: &[AttrNumber]) -> bool {
    match &index.predicate {
        Predicate::None => true,
        Predicate::NotNull(tested) => tested.iter().all(|column| columns.contains(column)),
        Predicate::Other => false,
    }
}

/// The highest level at which an index beside another one is reported. CREATE INDEX CONCURRENTLY has to make the one
/// before the other one can be dropped.
pub fn level_beside(index: &Index, other: &Index) -> Level {
    if index.is_yet_to_be_built() || other.is_yet_to_be_built() { Level::Notice } else { Level::Error }
}

/// A number by which indexes are ordered from the oldest to the newest. PostgreSQL counts oids up; an index that is yet
/// to be built has oid 0, which wraps around to the highest number.
pub fn age_order(index: &Index) -> u32 {
    index.oid.wrapping_sub(1)
}
