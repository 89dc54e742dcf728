//! The life of a statement and of a transaction, and what the backend remembers of them. May use `pg` and what is below
//! it.

pub mod session;
pub mod statement;
