//! Patterns for the names of objects.

mod automaton;
mod pattern;
mod walk;

pub use pattern::*;
