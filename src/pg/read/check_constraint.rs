//! Classifies the expressions of check constraints. An expression that is nested too deep for the stack says nothing that
//! a rule understands.

use std::collections::BTreeSet;
use std::ffi::CStr;

use pgrx::{FromDatum, pg_sys};

use super::expression::*;
use crate::facts::{AttrNumber, CheckShape, oids};
use crate::pg::{backend, text};
use crate::sql::regex::bounds_length;

const IS_NULL: NullTestType = pg_sys::NullTestType::IS_NULL;
const IS_NOT_NULL: NullTestType = pg_sys::NullTestType::IS_NOT_NULL;

/// Every stored expression with one of the shapes contains one of these texts: a function call, a test for NULL, a list
/// of values, or a constant of type text, character or varchar. All others need not be parsed.
const MARKS_OF_A_SHAPE: [&str; 6] =
    ["{FUNCEXPR", "{NULLTEST", "{SCALARARRAYOPEXPR", ":consttype 25 ", ":consttype 1042 ", ":consttype 1043 "];

/// Classifies the expression of a check constraint, given as PostgreSQL stores it in `pg_constraint.conbin`.
pub fn classify(stored: &CStr) -> CheckShape {
    let text = stored.to_string_lossy();
    if !MARKS_OF_A_SHAPE.iter().any(|mark| text.contains(mark)) {
        return CheckShape::default();
    }
    // SAFETY: the tree is valid.
    let shape = look_into(stored, |tree| unsafe {
        CheckShape {
            lists_strings: find_listed_strings(tree),
            bounds_length: find_columns_of_bounded_length(tree).into_iter().collect(),
            not_null: find_not_null_columns(tree).into_iter().collect(),
        }
    });
    shape.unwrap_or_default()
}

/// The column and the strings that an expression allows for it: `a IN ('x', 'y')`, `a = ANY ('{x,y}')`, `a = 'x'`, or
/// several of these about the same column joined by OR, where `a IS NULL` may be one of them. `None` for any other
/// expression.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn find_listed_strings(node: Node) -> Option<(AttrNumber, Vec<String>)> {
    use pg_sys::NodeTag::*;
    backend::check_for_interrupts();
    if backend::is_stack_used_up() {
        return None;
    }
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        let node = without_casts(node);
        if has_tag(node, T_ScalarArrayOpExpr) {
            let expression: *mut pg_sys::ScalarArrayOpExpr = node.cast();
            let arguments = list_items((*expression).args);
            let [left, right] = arguments[..] else { return None };
            let equals_one = (*expression).useOr && is_equality((*expression).opno);
            return if equals_one { Some((as_column(left)?, strings_of_array(right)?)) } else { None };
        }
        if has_tag(node, T_OpExpr) {
            let expression: *mut pg_sys::OpExpr = node.cast();
            let arguments = list_items((*expression).args);
            let [left, right] = arguments[..] else { return None };
            let equals = is_equality((*expression).opno);
            return if equals { Some((as_column(left)?, vec![as_string(right)?])) } else { None };
        }
        let expression: *mut pg_sys::BoolExpr = node.cast();
        if has_tag(node, T_BoolExpr) && (*expression).boolop == pg_sys::BoolExprType::OR_EXPR {
            return find_strings_listed_by_all(&list_items((*expression).args));
        }
        None
    }
}

/// The column that all of the conditions list strings for, and the strings of all of them. `None` if one of the
/// conditions does anything else or is about another column.
///
/// # Safety
/// `conditions` are valid expression trees.
unsafe fn find_strings_listed_by_all(conditions: &[Node]) -> Option<(AttrNumber, Vec<String>)> {
    let mut all: Option<(AttrNumber, Vec<String>)> = None;
    for condition in conditions {
        // SAFETY: the caller promises that the trees are valid.
        let (column, strings) = unsafe {
            // A check constraint lets NULL pass anyway, so IS NULL adds no string.
            let null = column_tested_for_null(*condition, IS_NULL).map(|column| (column, Vec::new()));
            null.or_else(|| find_listed_strings(*condition))?
        };
        match &mut all {
            None => all = Some((column, strings)),
            Some((first_column, all)) if *first_column == column => all.extend(strings),
            Some(_) => return None,
        }
    }
    all
}

/// The strings of an array that is a constant or is written as `ARRAY[…]`; `None` if one of its elements is anything
/// but a constant string.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn strings_of_array(node: Node) -> Option<Vec<String>> {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. A constant of one of the
    // three array types is an array of strings, if it is not null.
    unsafe {
        let node = without_casts(node);
        if has_tag(node, T_ArrayExpr) {
            let elements = list_items((*node.cast::<pg_sys::ArrayExpr>()).elements);
            return elements.into_iter().map(|element| as_string(element)).collect();
        }
        if has_tag(node, T_Const) {
            let constant: *mut pg_sys::Const = node.cast();
            let is_string_array =
                [oids::TEXT_ARRAY, oids::VARCHAR_ARRAY, oids::BPCHAR_ARRAY].contains(&(*constant).consttype.to_u32());
            if is_string_array && !(*constant).constisnull {
                return strings_of_constant((*constant).constvalue);
            }
        }
        None
    }
}

/// The strings of an array; `None` if one of them is null.
///
/// # Safety
/// `array` is an array of text, varchar or character.
unsafe fn strings_of_constant(array: pg_sys::Datum) -> Option<Vec<String>> {
    let mut elements = std::ptr::null_mut();
    let mut nulls = std::ptr::null_mut();
    let mut count = 0;
    // SAFETY: the three types have the same layout, that of text. The two arrays that PostgreSQL makes have an element
    // for each string.
    unsafe {
        let array: *mut pg_sys::ArrayType = pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast();
        let alignment = pg_sys::TYPALIGN_INT as std::ffi::c_char;
        pg_sys::deconstruct_array(array, pg_sys::TEXTOID, -1, false, alignment, &mut elements, &mut nulls, &mut count);
        let string = |at: usize| {
            let text = || pg_sys::text_to_cstring((*elements.add(at)).cast_mut_ptr());
            (!*nulls.add(at)).then(|| text::from_server(text()))
        };
        (0..count as usize).map(string).collect()
    }
}

/// The columns whose length an expression bounds: `length(a) <= 10`, `length(a) IN (8, 11)`, a list of strings, or a
/// regular expression that repeats nothing without end. Of several conditions joined by AND one must bound the length
/// of a column, of several joined by OR each of them.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn find_columns_of_bounded_length(node: Node) -> BTreeSet<AttrNumber> {
    if backend::is_stack_used_up() {
        return BTreeSet::new();
    }
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        let node = without_casts(node);
        if let Some((column, _)) = find_listed_strings(node) {
            return [column].into();
        }
        if let Some((operator, conditions)) = as_bool_expr(node) {
            return find_columns_bounded_together(operator, &conditions);
        }
        if has_tag(node, pg_sys::NodeTag::T_ScalarArrayOpExpr) {
            let expression: *mut pg_sys::ScalarArrayOpExpr = node.cast();
            let equals_one = (*expression).useOr && is_equality((*expression).opno);
            let arguments = list_items((*expression).args);
            let [left, right] = arguments[..] else { return BTreeSet::new() };
            let column = column_of_length_call(left).filter(|_| equals_one && is_list_of_limits(right));
            return column.into_iter().collect();
        }
        if has_tag(node, pg_sys::NodeTag::T_OpExpr) {
            return find_column_bounded_by_operator(&*node.cast::<pg_sys::OpExpr>()).into_iter().collect();
        }
        BTreeSet::new()
    }
}

/// Whether an expression is an array of limits, without a NULL, which would let every string pass.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn is_list_of_limits(node: Node) -> bool {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. A constant of type
    // integer[] is an array of integers, if it is not null.
    unsafe {
        if has_tag(node, T_ArrayExpr) {
            let elements = list_items((*node.cast::<pg_sys::ArrayExpr>()).elements);
            return elements.into_iter().all(|element| is_limit(element));
        }
        if !has_tag(node, T_Const) {
            return false;
        }
        let constant: *mut pg_sys::Const = node.cast();
        let is_integer_array = (*constant).consttype.to_u32() == oids::INT4_ARRAY && !(*constant).constisnull;
        let numbers = is_integer_array.then(|| Vec::<Option<i32>>::from_datum((*constant).constvalue, false)).flatten();
        numbers.is_some_and(|numbers| numbers.iter().all(Option::is_some))
    }
}

/// The columns whose length several conditions bound that are joined by an operator (AND, OR or NOT).
///
/// # Safety
/// `conditions` are valid expression trees.
unsafe fn find_columns_bounded_together(
    operator: pg_sys::BoolExprType::Type,
    conditions: &[Node],
) -> BTreeSet<AttrNumber> {
    // SAFETY: the caller promises that the trees are valid.
    let columns_of = |condition: &Node| unsafe {
        // Where a column is NULL it has no length.
        let null = column_tested_for_null(*condition, IS_NULL);
        null.map_or_else(|| find_columns_of_bounded_length(*condition), |column| [column].into())
    };
    let mut columns = conditions.iter().map(columns_of);
    match operator {
        pg_sys::BoolExprType::AND_EXPR => columns.flatten().collect(),
        pg_sys::BoolExprType::OR_EXPR => {
            let first = columns.next().unwrap_or_default();
            columns.fold(first, |common, other| &common & &other)
        }
        _ => BTreeSet::new(),
    }
}

/// The column whose length a comparison or a match with a regular expression bounds.
///
/// # Safety
/// `expression` is part of a valid expression tree.
unsafe fn find_column_bounded_by_operator(expression: &pg_sys::OpExpr) -> Option<AttrNumber> {
    // SAFETY: the arguments are part of the valid tree.
    unsafe {
        let arguments = list_items(expression.args);
        let [left, right] = arguments[..] else { return None };
        let limited_by = |limited: Node, limit: Node| column_of_length_call(limited).filter(|_| is_limit(limit));
        match name_of_own_operator(expression.opno)?.to_bytes() {
            b"<" | b"<=" => limited_by(left, right),
            b">" | b">=" => limited_by(right, left),
            b"=" => limited_by(left, right).or_else(|| limited_by(right, left)),
            b"~" | b"~*" if as_string(right).is_some_and(|regex| bounds_length(&regex)) => as_column(left),
            _ => None,
        }
    }
}

/// The column `a` of an expression `length(a)`, or of a call of another function that returns the length of a string.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn column_of_length_call(node: Node) -> Option<AttrNumber> {
    // SAFETY: the tag of a valid node says which struct it is, and the cast follows the tag.
    unsafe {
        let node = without_casts(node);
        if !has_tag(node, pg_sys::NodeTag::T_FuncExpr) {
            return None;
        }
        let call: *mut pg_sys::FuncExpr = node.cast();
        let is_length = oids::STRING_LENGTH_FUNCTIONS.contains(&(*call).funcid.to_u32());
        is_length.then(|| list_items((*call).args)).and_then(|arguments| as_column(*arguments.first()?))
    }
}

/// The columns in which an expression refuses NULL: `a IS NOT NULL`, also as one of several conditions joined by AND.
///
/// # Safety
/// `node` is null or a valid expression tree.
unsafe fn find_not_null_columns(node: Node) -> BTreeSet<AttrNumber> {
    if backend::is_stack_used_up() {
        return BTreeSet::new();
    }
    // SAFETY: the caller promises that the tree is valid, and so are the conditions in it.
    unsafe {
        match as_bool_expr(node) {
            Some((pg_sys::BoolExprType::AND_EXPR, conditions)) => {
                conditions.into_iter().flat_map(|condition| find_not_null_columns(condition)).collect()
            }
            _ => column_tested_for_null(node, IS_NOT_NULL).into_iter().collect(),
        }
    }
}
