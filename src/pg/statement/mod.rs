//! What the parse tree of a statement says.

mod command;
pub mod concurrent;
pub mod intent;
mod names;
mod relations;

pub use command::*;
pub use relations::look_up;
