//! The settings as PostgreSQL's configuration parameters: their registration (`parameters`), the variables that hold
//! their values (`variables`), what PostgreSQL calls when one is set or shown (`hooks`), all settings together
//! (`in_force`), what they name but nobody has (`unknown_names`), settings that do not exist (`unknown_settings`), and the
//! values that a library which is loaded late must restore (`late_load`).
//!
//! May use `scan`, `read` and the files beside this folder, but not `statement`.

mod hooks;
mod in_force;
mod late_load;
mod parameters;
mod unknown_names;
#[cfg(any(feature = "pg13", feature = "pg14"))]
mod unknown_settings;
mod variables;

pub use in_force::{in_force, text_in_force};
pub use parameters::register;
pub use variables::{generation, mode, replace_mode_by_enforce, stop_replacing_mode};
