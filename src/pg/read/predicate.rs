//! The condition of a partial index, classified.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use crate::facts::{AttrNumber, Predicate};

/// Classifies the stored expression tree of an index's condition.
pub fn classify(stored: &CStr) -> Predicate {
    let mut columns = Vec::new();
    // SAFETY: `stored` is what PostgreSQL wrote into pg_index.indpred, which stringToNode reads back.
    let understood = unsafe {
        let node: *mut pg_sys::Node = pg_sys::stringToNode(stored.as_ptr()).cast();
        collect(node, &mut columns)
    };
    if understood { Predicate::NotNull(columns) } else { Predicate::Other }
}

/// A stored expression tree, as text to compare: where its parts stood in the statement (which PostgreSQL keeps up
/// to 16) makes no difference.
pub fn without_locations(stored: &str) -> String {
    const LOCATION: &str = " :location ";
    let mut parts = stored.split(LOCATION);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit());
    }
    text
}

/// Collects the columns of a condition that is nothing but `IS NOT NULL` tests joined by AND; false for any other.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn collect(node: *mut pg_sys::Node, columns: &mut Vec<AttrNumber>) -> bool {
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        if node.is_null() {
            return false;
        }
        match (*node).type_ {
            pg_sys::NodeTag::T_List => {
                PgList::<pg_sys::Node>::from_pg(node.cast()).iter_ptr().all(|item| collect(item, columns))
            }
            pg_sys::NodeTag::T_BoolExpr => {
                let expression: *mut pg_sys::BoolExpr = node.cast();
                (*expression).boolop == pg_sys::BoolExprType::AND_EXPR && collect((*expression).args.cast(), columns)
            }
            pg_sys::NodeTag::T_NullTest => {
                let test: *mut pg_sys::NullTest = node.cast();
                let tested: *mut pg_sys::Node = (*test).arg.cast();
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
