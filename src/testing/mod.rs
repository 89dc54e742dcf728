//! What unit tests share, and the tests about the source tree and its documentation. May use every other folder.

mod catalog;
mod documentation;
mod facts;
mod layers;
mod properties;
mod releases;
mod told;
mod told_definitions;
mod told_of_defaults;
mod trial;

pub use facts::*;
pub use told::*;
pub use trial::*;
