//! Classifies the conditions of partial indexes.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use super::expression::{Node, look_into};
use crate::facts::{AttrNumber, Predicate};
use crate::pg::backend;

/// Classifies the condition of an index, given as PostgreSQL stores it in `pg_index.indpred`.
pub fn classify(stored: &CStr) -> Predicate {
    let mut columns = Vec::new();
    // SAFETY: the tree is valid.
    let has_only_not_null_tests = look_into(stored, |tree| unsafe { collect_not_null_columns(tree, &mut columns) });
    if has_only_not_null_tests == Some(true) { Predicate::NotNull(columns) } else { Predicate::Other }
}

/// Collects the columns of a condition that consists of `IS NOT NULL` tests joined by AND. Returns false for any other
/// condition.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn collect_not_null_columns(node: Node, columns: &mut Vec<AttrNumber>) -> bool {
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. The argument of a test is
    // never null.
    unsafe {
        if node.is_null() || backend::is_stack_used_up() {
            return false;
        }
        match (*node).type_ {
            pg_sys::NodeTag::T_List => {
                let conditions = PgList::<pg_sys::Node>::from_pg(node.cast());
                conditions.iter_ptr().all(|condition| collect_not_null_columns(condition, columns))
            }
            pg_sys::NodeTag::T_BoolExpr => {
                let expression: *mut pg_sys::BoolExpr = node.cast();
                (*expression).boolop == pg_sys::BoolExprType::AND_EXPR
                    && collect_not_null_columns((*expression).args.cast(), columns)
            }
            pg_sys::NodeTag::T_NullTest => {
                let test: *mut pg_sys::NullTest = node.cast();
                let tested: Node = (*test).arg.cast();
                if (*test).nulltesttype != pg_sys::NullTestType::IS_NOT_NULL
                    || (*test).argisrow
                    || (*tested).type_ != pg_sys::NodeTag::T_Var
                {
                    return false;
                }
                columns.push((*tested.cast::<pg_sys::Var>()).varattno);
                true
            }
            _ => false,
        }
    }
}
