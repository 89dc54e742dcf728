//! The running statement: what its parse tree says before it runs, and what PostgreSQL tells event triggers that it
//! did.
//!
//! May use `read`, `scan` and the files beside this folder, but not `guc`.

pub mod collected;
mod command;
mod commented;
pub mod concurrent;
mod constraint_names;
mod effects;
pub mod first_lock;
pub mod intent;
pub mod like;
mod names;
mod obstacle;
mod predicted_index;
mod relations;
pub mod script;
mod using;

pub use command::*;
pub use commented::commented;
pub use constraint_names::written_names;
pub use obstacle::Obstacle;
