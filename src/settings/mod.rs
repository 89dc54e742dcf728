//! The settings as plain data: what an option is, what its text means, which texts are refused. The folder
//! `rules` lists the rules and their options. May use `sql` and `facts`.

mod in_force;
pub mod migration_tables;
pub mod name_pattern;
pub mod name_patterns;
mod option;
pub mod parse;
pub mod shared;
mod words;

pub use in_force::*;
pub use option::*;
pub use words::*;
