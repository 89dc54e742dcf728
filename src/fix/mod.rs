//! The SQL that fixes a violation, for all rules. May use `predicates` and what is below it.

mod foreign_key;
mod indexes;
pub mod key;
mod names;
mod nulls;
mod parts;
pub mod rename;

pub use foreign_key::*;
pub use indexes::*;
pub use names::*;
pub use nulls::*;
pub use parts::*;
