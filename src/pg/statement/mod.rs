//! What the parse tree of a statement says, and what PostgreSQL tells event triggers about it. May use `read`, `scan` and
//! what stands beside them.

pub mod collected;
mod command;
pub mod concurrent;
pub mod intent;
mod names;
mod relations;

pub use command::*;
pub use relations::look_up;
