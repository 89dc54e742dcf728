//! What the rules look at: plain, owned data about the objects of a database and about statements. May use nothing else
//! of the crate.

mod column;
mod constraint;
mod data_type;
mod index;
mod name;
pub mod oids;
mod relation;
mod statement;
mod uses;

pub use column::*;
pub use constraint::*;
pub use data_type::*;
pub use index::*;
pub use name::*;
pub use oids::{AttrNumber, Oid};
pub use relation::*;
pub use statement::*;
pub use uses::*;
