//! What PostgreSQL calls: event triggers, hooks, transaction callbacks, SQL functions. May use every other folder.

pub mod event_trigger;
pub mod explain;
pub mod functions;
#[cfg(feature = "pg_test")]
mod tests;
