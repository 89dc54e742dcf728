//! What a rule is: its declaration, what it finds, what it may ask, and the violation that a finding becomes. May use `settings`,
//! `sql` and `facts`.

mod catalog;
mod context;
mod declaration;
mod edit;
mod exemption_names;
mod exemptions;
pub mod fault;
mod finding;
pub mod fingerprint;
mod moment;
mod object;
pub mod page;
mod status;
mod violation;

pub use catalog::*;
pub use context::*;
pub use declaration::*;
pub use edit::*;
pub use exemption_names::{pattern_for, pattern_for_relation};
pub use exemptions::*;
pub use finding::*;
pub use moment::*;
pub use object::*;
pub use status::*;
pub use violation::*;
