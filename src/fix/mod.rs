//! The SQL that fixes a violation, for all rules. May use `predicates` and what is below it.

pub mod key;
mod parts;
pub mod rename;

pub use parts::*;
