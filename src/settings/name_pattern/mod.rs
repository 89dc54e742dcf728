//! Patterns for the names of objects: how they are read and taken to pieces, and how a name is compared with one. May
//! use the files beside this folder.

mod automaton;
mod pattern;
mod pieces;
mod walk;

pub use pattern::NamePattern;
pub use pieces::Placeholders;
