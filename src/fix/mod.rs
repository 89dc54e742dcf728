//! From what should be different to the SQL that makes it so, for all rules. A rule says what it wants as edits
//! ([`crate::rule::Edit`]); here is known what stands in the way, what has to come first, and which names are free. May
//! use `predicates` and what is below it.

mod column;
mod constraint;
mod constraint_element;
mod conversion;
mod covered;
mod defaults;
mod domains;
mod element;
mod enums;
mod followers;
mod foreign_key;
mod index;
mod instead;
mod keep;
pub mod key;
mod loss;
mod names;
mod new_columns;
mod plan;
mod refused;
mod relation;
mod room;
mod settle;
mod step;
mod subject;
#[cfg(test)]
mod tests;
mod time_zones;

pub use names::Names;
pub use plan::{Change, Wish, plan};
pub use room::Room;

/// What a person has to do about a change that no SQL can make right.
pub const WRITE_A_MIGRATION: &str = "Write this change as a migration and let the migration tool run it.";
