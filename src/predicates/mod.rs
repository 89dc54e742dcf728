//! Questions about facts that several rules ask, and the subjects of their messages. May use `rule` and what is below
//! it.

pub mod indexes;
pub mod inheritance;
pub mod made_up_names;
pub mod names;
pub mod nulls;
pub mod references;
pub mod subjects;
pub mod tables;
pub mod types;
