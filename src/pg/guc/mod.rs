//! The settings as PostgreSQL's configuration parameters. May use `read`, `scan` and what stands beside them.

mod hooks;
mod late_load;
mod parameters;

pub use parameters::{generation, in_force, mode, register, text_in_force};
