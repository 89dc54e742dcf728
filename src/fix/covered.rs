//! The indexes that a new one makes superfluous. They go with the fix that adds it, where a rule in force would report them.

use super::index::drop;
use super::step::{Site, Step};
use crate::facts::{AccessMethod, AttrNumber, Index, Oid, Predicate};
use crate::settings::Level;

/// A new index over these columns.
#[derive(Clone, Copy)]
pub struct Covering<'a> {
    pub columns: &'a [AttrNumber],
    pub is_unique: bool,
    /// The index that it is made of, if there is one.
    pub taken: Option<Oid>,
}

/// Adds the statements that drop what a new index covers. What something relies on remains, unless the new index would
/// repeat it: that fails, and says what it is.
pub fn drop_covered<'a>(new: Covering<'a>, site: &Site<'a>, mut step: Step) -> Result<Step, &'a Index> {
    for index in find_covered(new, site) {
        match drop(index, site) {
            Ok(dropped) => {
                step.statements.extend(dropped.statements);
                step.cautions.extend(dropped.cautions);
                step.drops.extend(dropped.drops);
            }
            Err(_) if index.unique && new.taken.is_none() => return Err(index),
            Err(_) => {}
        }
    }
    Ok(step)
}

fn find_covered<'a>(new: Covering<'a>, site: &Site<'a>) -> impl Iterator<Item = &'a Index> + use<'a> {
    let is_in_force = |rule| site.base.settings.level(rule) != Level::Off;
    let (drops_equal, drops_shorter) = (is_in_force("duplicate_index"), is_in_force("redundant_index"));
    let others = site.relation.indexes.iter().filter(move |index| Some(index.oid) != new.taken && is_plain(index));
    others.filter(move |index| {
        let key: Vec<AttrNumber> = index.key.iter().copied().flatten().collect();
        match index.unique {
            true => new.is_unique && drops_equal && key == new.columns,
            false => drops_shorter && new.columns.starts_with(&key),
        }
    })
}

/// Whether an index differs from a new one in its columns only.
fn is_plain(index: &Index) -> bool {
    index.usable
        && !index.inherited
        && index.method == AccessMethod::Btree
        && index.predicate == Predicate::None
        && index.key.iter().all(Option::is_some)
        && index.definition.included.is_empty()
        && index.definition.orders.iter().all(|order| *order == 0)
        && !index.definition.deferrable
        && !index.definition.nulls_not_distinct
}
