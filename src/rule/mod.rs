//! What a rule is: its declaration, what it finds, and what it may ask. May use `settings` and what is below it.

mod catalog;
mod declaration;
pub mod page;

pub use catalog::*;
pub use declaration::*;
