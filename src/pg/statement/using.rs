//! What ALTER TABLE says about the values of columns that it gives another type.

use pgrx::{PgList, pg_sys};

use super::Node;
use crate::pg::text;

/// The names of the columns that get another type with USING.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn columns_with_using(tree: Node) -> Vec<String> {
    // SAFETY: the tag of a valid node says which struct it is; what a cast gives is read only if the tag is right. The
    // list of an ALTER TABLE holds AlterTableCmds; one that sets a type has a ColumnDef and a NUL-terminated name.
    unsafe {
        if tree.is_null() || (*tree).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return Vec::new();
        }
        let parts = PgList::<pg_sys::AlterTableCmd>::from_pg((*tree.cast::<pg_sys::AlterTableStmt>()).cmds);
        let has_using = |part: &*mut pg_sys::AlterTableCmd| {
            let sets_type = (**part).subtype == pg_sys::AlterTableType::AT_AlterColumnType;
            sets_type && !(*(**part).def.cast::<pg_sys::ColumnDef>()).raw_default.is_null()
        };
        parts.iter_ptr().filter(has_using).map(|part| text::from_server((*part).name)).collect()
    }
}
