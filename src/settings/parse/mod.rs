//! How the texts of options are read. May use the files beside this folder.

pub mod interval;
pub mod json;
pub mod list;
pub mod patterns;
pub mod regex;
pub mod required_columns;
pub mod switch;
pub mod type_list;
