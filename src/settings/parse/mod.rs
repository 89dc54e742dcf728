//! How the text of a setting is read.

pub mod json;
pub mod list;
pub mod patterns;
pub mod type_names;
