//! Searches in the system catalogs.

mod row;
pub mod schema;
mod snapshot;

pub use row::{Columns, Form};
pub use snapshot::*;
