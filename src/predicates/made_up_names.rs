//! stub
use crate::facts::Relation;
pub fn guess_name_origins(_: &mut Relation) {}
