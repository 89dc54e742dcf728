//! From facts and settings to violations and messages, without a server. May use `rules` and what is below it.

mod ancestors;
pub mod baseline_line;
mod compare;
mod describe;
pub mod exemptions;
mod findings;
#[cfg(test)]
mod fingerprint_tests;
mod fingerprints;
mod listing;
pub mod message;
mod occasion;
#[cfg(test)]
mod tests;
pub mod waiver;

pub use compare::ViolationKey;
pub use describe::*;
pub use findings::*;
pub use occasion::{AUDIT, Occasion, TRANSACTION};
