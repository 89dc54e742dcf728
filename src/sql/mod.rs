//! Names and text of SQL, without a server. May use `facts`.

pub mod long_names;
mod made_up_names;
mod names;
mod one_line;
pub mod regex;
mod text;

pub use made_up_names::*;
pub use names::*;
pub use one_line::one_line;
pub use text::*;
