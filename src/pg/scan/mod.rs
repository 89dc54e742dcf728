//! Searches in the system catalogs: which catalogs and columns are read (`schema`), how a column is found in a row
//! (`row`), and searches as of now or as of an earlier moment of the transaction (`snapshot`).
//!
//! May use `text` and the other files beside this folder, but not `read`, `statement` or `guc`.

mod cursor;
mod row;
pub mod schema;
mod snapshot;
mod table;

pub use cursor::Cursor;
pub use row::{CatalogColumn, Layout};
pub use snapshot::*;
pub use table::{TableRow, own_table, scan_own_table};
