//! Stored expression trees: those of check constraints and of index conditions.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use crate::facts::{AttrNumber, oids};
use crate::pg::errors::none_on_error;
use crate::pg::text;

/// A node of an expression tree.
pub type Node = *mut pg_sys::Node;

/// Which of the two tests for NULL an expression is: `IS NULL` or `IS NOT NULL`.
pub type NullTestType = pg_sys::NullTestType::Type;

/// What `look` makes of a stored expression. It is given a valid tree. `None` where the expression is nested too deep:
/// PostgreSQL takes some that it can write, but not read where the stack is as deep as in these checks.
pub fn look_into<T>(stored: &CStr, look: impl FnOnce(Node) -> T) -> Option<T> {
    // SAFETY: `stored` is what PostgreSQL's nodeToString has written, which stringToNode reads back into a valid tree.
    none_on_error(|| Some(look(unsafe { pg_sys::stringToNode(stored.as_ptr()) }.cast())))
}

/// The outermost node that is not a cast between string types and not a COLLATE.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn without_casts(mut node: Node) -> Node {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        while !node.is_null() {
            node = match (*node).type_ {
                T_RelabelType => (*node.cast::<pg_sys::RelabelType>()).arg.cast(),
                T_CollateExpr => (*node.cast::<pg_sys::CollateExpr>()).arg.cast(),
                T_ArrayCoerceExpr => (*node.cast::<pg_sys::ArrayCoerceExpr>()).arg.cast(),
                T_FuncExpr if (*node.cast::<pg_sys::FuncExpr>()).funcid.to_u32() == oids::TEXT_OF_BPCHAR => {
                    let arguments = list_items((*node.cast::<pg_sys::FuncExpr>()).args);
                    arguments.first().copied().unwrap_or(std::ptr::null_mut())
                }
                _ => break,
            };
        }
        node
    }
}

/// Whether a node is of the kind that a tag stands for; false for null.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn has_tag(node: Node, tag: pg_sys::NodeTag) -> bool {
    // SAFETY: every node begins with its tag.
    unsafe { !node.is_null() && (*node).type_ == tag }
}

/// The items of a list; none for null.
///
/// # Safety
/// `list` is null or a valid list of expression trees.
pub unsafe fn list_items(list: *mut pg_sys::List) -> Vec<Node> {
    // SAFETY: the caller promises that the list is valid; the pointers are copied.
    unsafe { PgList::<pg_sys::Node>::from_pg(list).iter_ptr().collect() }
}

/// The column that an expression is, apart from casts.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn as_column(node: Node) -> Option<AttrNumber> {
    // SAFETY: the tag of a valid node says which struct it is, and the cast follows the tag.
    unsafe {
        let node = without_casts(node);
        has_tag(node, pg_sys::NodeTag::T_Var).then(|| (*node.cast::<pg_sys::Var>()).varattno)
    }
}

/// The string that an expression is, if it is a constant of type text, varchar or char, apart from casts.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn as_string(node: Node) -> Option<String> {
    // SAFETY: the tag of a valid node says which struct it is, and the cast follows the tag. The datum of a constant of
    // one of the three types is a varlena of characters, if it is not null.
    unsafe {
        let node = without_casts(node);
        if !has_tag(node, pg_sys::NodeTag::T_Const) {
            return None;
        }
        let constant: *mut pg_sys::Const = node.cast();
        let is_string = [oids::TEXT, oids::VARCHAR, oids::BPCHAR].contains(&(*constant).consttype.to_u32());
        (is_string && !(*constant).constisnull)
            .then(|| text::from_server(pg_sys::text_to_cstring((*constant).constvalue.cast_mut_ptr())))
    }
}

/// The operator (AND, OR or NOT) and the conditions that an expression consists of, if it is one of these three.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn as_bool_expr(node: Node) -> Option<(pg_sys::BoolExprType::Type, Vec<Node>)> {
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        let expression: *mut pg_sys::BoolExpr = node.cast();
        has_tag(node, pg_sys::NodeTag::T_BoolExpr).then(|| ((*expression).boolop, list_items((*expression).args)))
    }
}

/// The column that an expression tests for NULL, if it is a test of this type and not one of a whole row.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn column_tested_for_null(node: Node, test_type: NullTestType) -> Option<AttrNumber> {
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        let test: *mut pg_sys::NullTest = node.cast();
        let has_type =
            has_tag(node, pg_sys::NodeTag::T_NullTest) && (*test).nulltesttype == test_type && !(*test).argisrow;
        has_type.then(|| as_column((*test).arg.cast())).flatten()
    }
}

/// The name of an operator, if it is one of PostgreSQL's own. Users may give theirs any name.
pub fn name_of_own_operator(operator: pg_sys::Oid) -> Option<&'static CStr> {
    if operator.to_u32() >= oids::FIRST_USER_OID {
        return None;
    }
    // SAFETY: a look-up in the catalog cache. It returns null for an operator that does not exist, and otherwise a
    // NUL-terminated string in the current memory context, which is not reset while an expression is looked at.
    unsafe {
        let name = pg_sys::get_opname(operator);
        (!name.is_null()).then(|| CStr::from_ptr(name))
    }
}

/// Whether an operator is PostgreSQL's own `=`.
pub fn is_equality(operator: pg_sys::Oid) -> bool {
    name_of_own_operator(operator) == Some(c"=")
}

/// Whether an expression is a limit: it has the same value in every row, and is not a constant NULL, with which every
/// comparison passes.
///
/// # Safety
/// `node` is null or a valid expression tree.
pub unsafe fn is_limit(node: Node) -> bool {
    // SAFETY: the tag of a valid node says which struct it is, and the cast follows the tag.
    unsafe {
        let node = without_casts(node);
        let is_null = has_tag(node, pg_sys::NodeTag::T_Const) && (*node.cast::<pg_sys::Const>()).constisnull;
        !is_null && !pg_sys::contain_var_clause(node)
    }
}

/// Whether a stored expression over one table reads a column. One that is nested too deep may read any.
pub fn reads_column(stored: &CStr, column: AttrNumber) -> bool {
    const ONLY_TABLE: u32 = 1;
    let mut columns: *mut pg_sys::Bitmapset = std::ptr::null_mut();
    // SAFETY: the tree is valid, and the walk over it looks after the stack. The set of columns begins with the system
    // columns, and a null pointer is an empty one.
    let reads = look_into(stored, |tree| unsafe {
        pg_sys::pull_varattnos(tree, ONLY_TABLE, &mut columns);
        pg_sys::bms_is_member(i32::from(column) - pg_sys::FirstLowInvalidHeapAttributeNumber, columns)
    });
    reads.unwrap_or(true)
}

/// A stored expression tree as text in which equal expressions are equal: without the places where their parts stood in
/// the statement, which PostgreSQL up to 16 keeps.
pub fn without_locations(stored: &str) -> String {
    const LOCATION: &str = " :location ";
    let mut parts = stored.split(LOCATION);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit());
    }
    text
}
