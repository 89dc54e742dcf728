//! The expression of a check constraint, classified.

use std::ffi::CStr;

use pgrx::{FromDatum, PgList, pg_sys};

use crate::facts::{AttrNumber, CheckShape, oids};
use crate::pg::text;
use crate::sql::regex::bounds_length;

type Node = *mut pg_sys::Node;

/// What is part of every stored expression that has one of the shapes: a call, a test for NULL, a constant of type text,
/// character or varchar, or a list of such.
const TELLING: [&str; 6] =
    ["{FUNCEXPR", "{NULLTEST", "{SCALARARRAYOPEXPR", ":consttype 25 ", ":consttype 1042 ", ":consttype 1043 "];

/// Classifies the stored expression tree of a check constraint.
pub fn classify(stored: &CStr) -> CheckShape {
    let text = stored.to_string_lossy();
    if !TELLING.iter().any(|part| text.contains(part)) {
        return CheckShape::default();
    }
    // SAFETY: `stored` is what PostgreSQL wrote into pg_constraint.conbin, which stringToNode reads back.
    unsafe {
        let tree: Node = pg_sys::stringToNode(stored.as_ptr()).cast();
        CheckShape { lists_strings: listed_strings(tree), bounds_length: bounded(tree), not_null: not_null(tree) }
    }
}

/// The node itself, without the casts and the collation around it.
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
            T_CollateExpr => strip((*node.cast::<pg_sys::CollateExpr>()).arg.cast()),
            T_ArrayCoerceExpr => strip((*node.cast::<pg_sys::ArrayCoerceExpr>()).arg.cast()),
            T_FuncExpr if (*node.cast::<pg_sys::FuncExpr>()).funcid.to_u32() == oids::TEXT_OF_BPCHAR => {
                items((*node.cast::<pg_sys::FuncExpr>()).args).first().map_or(node, |argument| strip(*argument))
            }
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

/// A column and the strings it may have, of `a IN (…)`, `a = ANY (…)` or `a = 'x' OR a = 'y'`; with or without `OR a IS
/// NULL`.
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
                // A check lets NULL pass anyway.
                let null = tested_for_null(item, IS_NULL).map(|column| (column, Vec::new()));
                let (column, strings) = null.or_else(|| listed_strings(item))?;
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
            let of_text =
                [oids::TEXT_ARRAY, oids::VARCHAR_ARRAY, oids::BPCHAR_ARRAY].contains(&(*constant).consttype.to_u32());
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
        let of_text = [oids::TEXT, oids::VARCHAR, oids::BPCHAR].contains(&(*constant).consttype.to_u32());
        (of_text && !(*constant).constisnull)
            .then(|| text::from_server(pg_sys::text_to_cstring((*constant).constvalue.cast_mut_ptr())))
    }
}

/// The columns whose length an expression bounds: `length(a) <= 10`, `length(a) IN (8, 11)`, a list of strings, a
/// regular expression that repeats nothing without end; also as one of several conditions joined by AND, or as each of those joined by OR.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn bounded(node: Node) -> Vec<AttrNumber> {
    // SAFETY: each cast follows the node's own tag; the name of an operator is NUL-terminated.
    unsafe {
        let node = strip(node);
        if let Some((column, _)) = listed_strings(node) {
            return vec![column];
        }
        if let Some((operator, conditions)) = joined(node) {
            // Where a column is NULL it has no length.
            let of_condition = |condition: &Node| {
                tested_for_null(*condition, IS_NULL).map_or_else(|| bounded(*condition), |column| vec![column])
            };
            let mut each = conditions.iter().map(of_condition);
            return match operator {
                pg_sys::BoolExprType::AND_EXPR => each.flatten().collect(),
                pg_sys::BoolExprType::OR_EXPR => {
                    let first = each.next().unwrap_or_default();
                    each.fold(first, |all, other| all.into_iter().filter(|column| other.contains(column)).collect())
                }
                _ => Vec::new(),
            };
        }
        if is(node, pg_sys::NodeTag::T_ScalarArrayOpExpr) {
            let expression: *mut pg_sys::ScalarArrayOpExpr = node.cast();
            let equals = (*expression).useOr && is_equality((*expression).opno);
            let column = items((*expression).args).first().and_then(|left| measured(*left));
            return column.filter(|_| equals).into_iter().collect();
        }
        if !is(node, pg_sys::NodeTag::T_OpExpr) {
            return Vec::new();
        }
        let expression: *mut pg_sys::OpExpr = node.cast();
        let arguments = items((*expression).args);
        let [left, right] = arguments[..] else { return Vec::new() };
        let name = pg_sys::get_opname((*expression).opno);
        if name.is_null() {
            return Vec::new();
        }
        let column = match CStr::from_ptr(name).to_bytes() {
            b"<" | b"<=" => measured(left),
            b">" | b">=" => measured(right),
            b"=" => measured(left).or_else(|| measured(right)),
            b"~" | b"~*" if string(right).is_some_and(|regex| bounds_length(&regex)) => column(left),
            _ => None,
        };
        column.into_iter().collect()
    }
}

/// The columns in which an expression refuses NULL: `a IS NOT NULL`, also as one of several conditions joined by AND.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn not_null(node: Node) -> Vec<AttrNumber> {
    // SAFETY: the caller's promise.
    unsafe {
        match joined(node) {
            Some((pg_sys::BoolExprType::AND_EXPR, conditions)) => {
                conditions.into_iter().flat_map(|condition| not_null(condition)).collect()
            }
            _ => tested_for_null(node, IS_NOT_NULL).into_iter().collect(),
        }
    }
}

const IS_NULL: pg_sys::NullTestType::Type = pg_sys::NullTestType::IS_NULL;
const IS_NOT_NULL: pg_sys::NullTestType::Type = pg_sys::NullTestType::IS_NOT_NULL;

/// The conditions that AND, OR or NOT joins.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn joined(node: Node) -> Option<(pg_sys::BoolExprType::Type, Vec<Node>)> {
    // SAFETY: the cast follows the node's own tag.
    unsafe {
        let expression: *mut pg_sys::BoolExpr = node.cast();
        is(node, pg_sys::NodeTag::T_BoolExpr).then(|| ((*expression).boolop, items((*expression).args)))
    }
}

/// The column that is tested for NULL, in this sense.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn tested_for_null(node: Node, sense: pg_sys::NullTestType::Type) -> Option<AttrNumber> {
    // SAFETY: the cast follows the node's own tag.
    unsafe {
        let test: *mut pg_sys::NullTest = node.cast();
        let is_it = is(node, pg_sys::NodeTag::T_NullTest) && (*test).nulltesttype == sense && !(*test).argisrow;
        is_it.then(|| column((*test).arg.cast())).flatten()
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
        let is_length = oids::STRING_LENGTH_FUNCTIONS.contains(&(*call).funcid.to_u32());
        is_length.then(|| items((*call).args)).and_then(|arguments| column(*arguments.first()?))
    }
}
