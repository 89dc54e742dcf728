//! Which indexes are the same, and which of them is older.

use crate::facts::{Index, Relation, RelationKind};

/// Whether two indexes are equal in everything that matters.
pub fn are_equal(index: &Index, other: &Index) -> bool {
    index.key == other.key && index.unique == other.unique && index.definition == other.definition
}

/// Whether an index does its work, or will. The index of a partitioned table is not valid as long as a partition lacks
/// it.
pub fn is_in_use(index: &Index, relation: &Relation) -> bool {
    index.usable || relation.kind == RelationKind::PartitionedTable
}

/// The age of an index: its oid. An index that is yet to be built has none and is the youngest.
pub fn age(index: &Index) -> u32 {
    index.oid.wrapping_sub(1)
}
