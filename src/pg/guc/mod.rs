//! The settings as PostgreSQL's configuration parameters.

mod late_load;
mod parameters;

pub use parameters::*;
