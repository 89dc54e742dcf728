//! Plain, owned data about the objects of a database. May use nothing else of the crate.

mod relation;

pub use relation::*;
