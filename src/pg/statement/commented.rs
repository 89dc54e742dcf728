//! What a COMMENT is about.

use std::ptr::null_mut;

use pgrx::pg_sys;

use super::Command;
use crate::facts::Oid;

/// The relation that a COMMENT is about, or that has the column or constraint that it is about: as the catalog it stands
/// in and its oid there. `None` for other objects and other statements. The statement has run, so it has the lock.
pub fn commented(command: Command) -> Option<(Oid, Oid)> {
    // SAFETY: the tree is valid while the event trigger runs. The tag of a valid node says which struct it is. What the
    // statement has found is found again, and its relation is closed without giving up the statement's lock.
    unsafe {
        let tree = command.tree();
        if (*tree).type_ != pg_sys::NodeTag::T_CommentStmt {
            return None;
        }
        let comment = &*tree.cast::<pg_sys::CommentStmt>();
        let (no_lock, mut relation) = (pg_sys::NoLock as i32, null_mut());
        let address = pg_sys::get_object_address(comment.objtype, comment.object, &mut relation, no_lock, true);
        if !relation.is_null() {
            pg_sys::relation_close(relation, no_lock);
        }
        (address.classId == pg_sys::RelationRelationId).then(|| (address.classId.to_u32(), address.objectId.to_u32()))
    }
}
