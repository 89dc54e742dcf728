//! The settings as PostgreSQL's configuration parameters: their registration (`parameters`), what PostgreSQL calls when
//! one is set or shown (`hooks`), and the values that a library which is loaded late must restore (`late_load`).
//!
//! May use `scan`, `read` and the files beside this folder, but not `statement`.

mod hooks;
mod late_load;
mod parameters;

pub use parameters::{generation, in_force, mode, register, text_in_force};
