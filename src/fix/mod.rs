//! The SQL that fixes a violation, for all rules. May use `predicates` and what is below it.

mod foreign_key;
mod identity;
mod indexes;
pub mod key;
mod names;
mod nulls;
mod parts;
pub mod rename;

pub use foreign_key::*;
pub use identity::*;
pub use indexes::*;
pub use names::*;
pub use nulls::*;
pub use parts::*;

/// The fix of a change that no SQL can make right: a comment.
pub const WRITE_A_MIGRATION: &str = "-- Write this change as a migration and let the migration tool run it.";
