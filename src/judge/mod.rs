//! Facts and settings in, violations and messages out, without a server. May use `rules` and what is below it.

mod compare;
pub mod message;

pub use compare::*;
