//! Questions about facts that several rules ask. May use `rule` and what is below it.

pub mod indexes;
pub mod nulls;
pub mod tables;
pub mod types;
