//! Names and text of SQL, without a server. May use `facts`.

pub mod long_names;
mod names;
pub mod regex;
mod text;

pub use names::*;
pub use text::*;
