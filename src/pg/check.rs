//! The expression of a check constraint, classified.

use std::ffi::CStr;

use pgrx::{FromDatum, PgList, pg_sys};

use super::text;
use crate::catalog::CheckShape;
use crate::facts::AttrNumber;

type Node = *mut pg_sys::Node;

/// The functions that give the length of a string (`pg_proc.oid`): length and char_length of text and bpchar,
/// octet_length of text and bpchar.
const LENGTH_FUNCTIONS: [u32; 8] = [1257, 1317, 1318, 1369, 1372, 1374, 1375, 1381];

/// Classifies the stored expression tree of a check constraint.
pub fn classify(stored: &CStr) -> CheckShape {
    // SAFETY: `stored` is what PostgreSQL wrote into pg_constraint.conbin, which stringToNode reads back.
    unsafe {
        let tree: Node = pg_sys::stringToNode(stored.as_ptr()).cast();
        let mut shape = CheckShape { lists_strings: listed_strings(tree), bounds_length: Vec::new() };
        collect_bounded(tree, &mut shape.bounds_length);
        shape
    }
}

/// The node itself, without the casts around it.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn strip(node: Node) -> Node {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        if node.is_null() {
            return node;
        }
        match (*node).type_ {
            T_RelabelType => strip((*node.cast::<pg_sys::RelabelType>()).arg.cast()),
            T_ArrayCoerceExpr => strip((*node.cast::<pg_sys::ArrayCoerceExpr>()).arg.cast()),
            _ => node,
        }
    }
}

/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn is(node: Node, tag: pg_sys::NodeTag) -> bool {
    // SAFETY: every node begins with its tag.
    unsafe { !node.is_null() && (*node).type_ == tag }
}

/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn column(node: Node) -> Option<AttrNumber> {
    // SAFETY: the cast follows the node's own tag.
    unsafe {
        let node = strip(node);
        is(node, pg_sys::NodeTag::T_Var).then(|| (*node.cast::<pg_sys::Var>()).varattno)
    }
}

/// # Safety
/// `list` is null or a valid list of expression trees.
unsafe fn items(list: *mut pg_sys::List) -> Vec<Node> {
    // SAFETY: the caller's promise.
    unsafe { PgList::<pg_sys::Node>::from_pg(list).iter_ptr().collect() }
}

/// A column and the strings it may have, of `a IN (…)`, `a = ANY (…)` or `a = 'x' OR a = 'y'`.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn listed_strings(node: Node) -> Option<(AttrNumber, Vec<String>)> {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        let node = strip(node);
        if is(node, T_ScalarArrayOpExpr) {
            let expression: *mut pg_sys::ScalarArrayOpExpr = node.cast();
            let arguments = items((*expression).args);
            let [left, right] = arguments[..] else { return None };
            let equals = (*expression).useOr && is_equality((*expression).opno);
            return if equals { Some((column(left)?, strings_of_array(right)?)) } else { None };
        }
        if is(node, T_OpExpr) {
            let expression: *mut pg_sys::OpExpr = node.cast();
            let arguments = items((*expression).args);
            let [left, right] = arguments[..] else { return None };
            let equals = is_equality((*expression).opno);
            return if equals { Some((column(left)?, vec![string(right)?])) } else { None };
        }
        if is(node, T_BoolExpr) {
            let expression: *mut pg_sys::BoolExpr = node.cast();
            if (*expression).boolop != pg_sys::BoolExprType::OR_EXPR {
                return None;
            }
            let mut all: Option<(AttrNumber, Vec<String>)> = None;
            for item in items((*expression).args) {
                let (column, strings) = listed_strings(item)?;
                match &mut all {
                    None => all = Some((column, strings)),
                    Some((known, all)) if *known == column => all.extend(strings),
                    Some(_) => return None,
                }
            }
            return all;
        }
        None
    }
}

fn is_equality(operator: pg_sys::Oid) -> bool {
    // SAFETY: looks up the operator's name; null for one that does not exist.
    unsafe {
        let name = pg_sys::get_opname(operator);
        !name.is_null() && CStr::from_ptr(name) == c"="
    }
}

/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn strings_of_array(node: Node) -> Option<Vec<String>> {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        let node = strip(node);
        if is(node, T_ArrayExpr) {
            return items((*node.cast::<pg_sys::ArrayExpr>()).elements).into_iter().map(|item| string(item)).collect();
        }
        if is(node, T_Const) {
            let constant: *mut pg_sys::Const = node.cast();
            let of_text = [1009, 1015, 1014].contains(&(*constant).consttype.to_u32());
            if of_text && !(*constant).constisnull {
                let strings = Vec::<Option<String>>::from_datum((*constant).constvalue, false)?;
                return strings.into_iter().collect();
            }
        }
        None
    }
}

/// A constant of type text, varchar or char.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn string(node: Node) -> Option<String> {
    // SAFETY: the cast follows the node's own tag; the three types are varlenas of characters.
    unsafe {
        let node = strip(node);
        if !is(node, pg_sys::NodeTag::T_Const) {
            return None;
        }
        let constant: *mut pg_sys::Const = node.cast();
        let of_text = [25, 1043, 1042].contains(&(*constant).consttype.to_u32());
        (of_text && !(*constant).constisnull)
            .then(|| text::from_server(pg_sys::text_to_cstring((*constant).constvalue.cast_mut_ptr())))
    }
}

/// Collects the columns whose length an expression bounds: `length(a) <= 10`, also as one of several conditions
/// joined by AND.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn collect_bounded(node: Node, columns: &mut Vec<AttrNumber>) {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        let node = strip(node);
        if is(node, T_BoolExpr) {
            let expression: *mut pg_sys::BoolExpr = node.cast();
            if (*expression).boolop == pg_sys::BoolExprType::AND_EXPR {
                for item in items((*expression).args) {
                    collect_bounded(item, columns);
                }
            }
        } else if is(node, T_OpExpr) {
            let expression: *mut pg_sys::OpExpr = node.cast();
            let arguments = items((*expression).args);
            let [left, right] = arguments[..] else { return };
            let name = pg_sys::get_opname((*expression).opno);
            if name.is_null() {
                return;
            }
            let bounded = match CStr::from_ptr(name).to_bytes() {
                b"<" | b"<=" => measured(left),
                b">" | b">=" => measured(right),
                b"=" => measured(left).or_else(|| measured(right)),
                _ => None,
            };
            columns.extend(bounded);
        }
    }
}

/// The column whose length an expression is.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn measured(node: Node) -> Option<AttrNumber> {
    // SAFETY: the cast follows the node's own tag.
    unsafe {
        let node = strip(node);
        if !is(node, pg_sys::NodeTag::T_FuncExpr) {
            return None;
        }
        let call: *mut pg_sys::FuncExpr = node.cast();
        let is_length = LENGTH_FUNCTIONS.contains(&(*call).funcid.to_u32());
        is_length.then(|| items((*call).args)).and_then(|arguments| column(*arguments.first()?))
    }
}
