//! Facts out of the system catalogs.

mod catalog;
mod check;
mod columns;
pub mod dependents;
mod extension;
mod family;
mod keywords;
mod locks;
mod predicate;
mod reader;
pub mod size;
pub mod type_by_name;
mod type_parts;

pub use reader::*;
