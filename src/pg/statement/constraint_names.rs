//! The names that a statement gives to constraints.

use std::ffi::c_char;

use pgrx::{PgList, pg_sys};

use super::{Command, Node};
use crate::facts::ConstraintKind;
use crate::pg::text;

/// What a statement says about the names of constraints.
#[derive(Debug, Default)]
pub struct ConstraintNames {
    /// The names that it gives.
    pub given: Vec<(ConstraintKind, String)>,
    /// The constraints that it writes in the definitions of columns, by the columns' names.
    pub inline: Vec<(ConstraintKind, String)>,
}

/// The names that a statement gives to constraints, but for the statements in a CREATE SCHEMA.
pub fn written_names(command: Command) -> Vec<(ConstraintKind, String)> {
    let mut names = ConstraintNames::default();
    // SAFETY: the tree is valid while the event trigger runs.
    unsafe { collect_names(command.tree(), &mut names) };
    names.given
}

/// Collects the names that a tree gives to constraints. Only the constraint's own node names it: PostgreSQL also accepts
/// a name for DEFAULT or NULL, and throws it away. A constraint that is created USING INDEX and without a name has the
/// index's name.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn collect_names(tree: Node, names: &mut ConstraintNames) {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. Strings are null or
    // NUL-terminated.
    unsafe {
        if tree.is_null() {
            return;
        }
        let name = |pointer: *mut c_char| (!pointer.is_null()).then(|| text::from_server(pointer));
        match (*tree).type_ {
            T_List => {
                for item in PgList::<pg_sys::Node>::from_pg(tree.cast()).iter_ptr() {
                    collect_names(item, names);
                }
            }
            T_Constraint => {
                let constraint = &*tree.cast::<pg_sys::Constraint>();
                let given = || name(constraint.conname).or_else(|| name(constraint.indexname));
                names.given.extend(kind_of(constraint.contype).and_then(|kind| Some((kind, given()?))));
            }
            T_ColumnDef => {
                let column = &*tree.cast::<pg_sys::ColumnDef>();
                for constraint in PgList::<pg_sys::Constraint>::from_pg(column.constraints).iter_ptr() {
                    collect_names(constraint.cast(), names);
                    let kind = kind_of((*constraint).contype);
                    names.inline.extend(kind.map(|kind| (kind, text::from_server(column.colname))));
                }
            }
            T_CreateStmt | T_CreateForeignTableStmt => {
                // A CreateForeignTableStmt begins with a CreateStmt.
                let create: *mut pg_sys::CreateStmt = tree.cast();
                collect_names((*create).tableElts.cast(), names);
                collect_names((*create).constraints.cast(), names);
            }
            T_IndexStmt => {
                let index = &*tree.cast::<pg_sys::IndexStmt>();
                let kind = match (index.primary, index.excludeOpNames.is_null()) {
                    (true, _) => ConstraintKind::PrimaryKey,
                    (_, true) => ConstraintKind::Unique,
                    (_, false) => ConstraintKind::Exclusion,
                };
                names.given.extend(name(index.idxname).filter(|_| index.isconstraint).map(|name| (kind, name)));
            }
            T_AlterTableStmt => collect_names((*tree.cast::<pg_sys::AlterTableStmt>()).cmds.cast(), names),
            T_AlterTableCmd => collect_names((*tree.cast::<pg_sys::AlterTableCmd>()).def, names),
            _ => {}
        }
    }
}

/// The kind of constraint that a node makes; `None` for a node that makes none, or one that has no name of its own.
fn kind_of(node: pg_sys::ConstrType::Type) -> Option<ConstraintKind> {
    use pg_sys::ConstrType::*;
    Some(match node {
        CONSTR_PRIMARY => ConstraintKind::PrimaryKey,
        CONSTR_UNIQUE => ConstraintKind::Unique,
        CONSTR_FOREIGN => ConstraintKind::ForeignKey,
        CONSTR_CHECK => ConstraintKind::Check,
        CONSTR_EXCLUSION => ConstraintKind::Exclusion,
        _ => return None,
    })
}
