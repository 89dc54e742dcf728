//! The settings as plain data: which there are, what their texts mean, which texts are refused. May use `sql` and what
//! is below it.

pub mod name_pattern;
mod option;
pub mod parse;

pub use option::*;
