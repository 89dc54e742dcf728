//! Patterns for the names of objects.

mod automaton;
mod pattern;
mod pieces;
mod walk;

pub use pattern::NamePattern;
pub use pieces::Placeholders;
