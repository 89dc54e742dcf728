//! Facts about tables and types, read from the system catalogs.
//!
//! [`Reader`] reads a whole table or type as of one moment (`relation`). The other files answer the questions that a
//! rule asks only now and then; `catalog` collects them under the trait [`crate::rule::Catalog`].
//!
//! May use `scan` and the files beside this folder, but not `statement` or `guc`.

mod asking;
mod belongings;
mod catalog;
mod check_constraint;
mod comments;
mod comparison;
mod defaults;
mod definitions;
mod depend;
pub mod dependents;
pub mod event_triggers;
pub mod exemptions;
mod expression;
mod extension_members;
pub mod frozen;
mod index_condition;
mod inheritance;
mod invalid_index;
mod keywords;
#[cfg(feature = "pg_test")]
mod name_tests;
mod reader;
mod relation;
pub mod relation_by_name;
mod replica_identity;
pub mod row_count;
mod serial;
pub mod sweep;
mod table_rows;
pub mod temporary;
#[cfg(feature = "pg_test")]
mod tests;
pub mod type_by_name;
mod type_structure;
pub mod uses;
mod values;
pub mod version;
mod written_tables;

pub use reader::Reader;
pub use relation::access_method_from_oid;
