//! The settings as plain data: what an option is, what its text means, which texts are refused. Which rules there are,
//! and with them which options, is the business of `rules`. May use `sql` and `facts`.

mod in_force;
pub mod name_pattern;
mod option;
pub mod parse;
pub mod shared;
mod words;

pub use in_force::*;
pub use option::*;
pub use words::*;
