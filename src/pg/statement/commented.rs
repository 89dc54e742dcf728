//! What a COMMENT is about.

use pgrx::pg_sys;

use super::Command;
use super::relations::{commented_relation, look_up};
use crate::facts::Oid;
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::PgClass;

/// The relation that a COMMENT is about, or that has the part that it is about: as the catalog it stands in and its oid
/// there. `None` for other objects and other statements.
pub fn commented(command: Command) -> Option<(Oid, Oid)> {
    // SAFETY: the tree is valid while the event trigger runs, and its tag says which statement it is.
    unsafe {
        let tree = command.tree();
        if (*tree).type_ != pg_sys::NodeTag::T_CommentStmt {
            return None;
        }
        let relation = look_up(commented_relation(tree)?);
        (relation != 0).then_some((PgClass::CATALOG, relation))
    }
}
