//! What unit tests share.

mod facts;

pub use facts::*;
