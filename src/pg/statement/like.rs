//! What a CREATE TABLE says beside LIKE. Only the parse tree from before the statement tells: PostgreSQL replaces LIKE by
//! what it copies.

use std::collections::BTreeMap;
use std::ffi::c_char;

use pgrx::{PgList, pg_sys};

use super::{Command, Node};
use crate::facts::{ConstraintKind, Written};
use crate::pg::text;

/// What a statement writes itself in each CREATE TABLE with LIKE, by the name of the table. CREATE SCHEMA may have several.
pub fn written_beside_like(command: Command) -> BTreeMap<String, Written> {
    use pg_sys::NodeTag::*;
    // SAFETY: the tree is valid while the event trigger runs, and each cast follows a node's own tag. A
    // CreateForeignTableStmt begins with a CreateStmt, which has a relation.
    unsafe {
        let is_table = |tree: &Node| matches!((**tree).type_, T_CreateStmt | T_CreateForeignTableStmt);
        let tables: Vec<Node> = match (*command.tree()).type_ {
            T_CreateSchemaStmt => {
                let create: *mut pg_sys::CreateSchemaStmt = command.tree().cast();
                PgList::from_pg((*create).schemaElts).iter_ptr().filter(is_table).collect()
            }
            _ => Some(command.tree()).filter(is_table).into_iter().collect(),
        };
        let written = |create: *mut pg_sys::CreateStmt| {
            let name = text::from_server((*(*create).relation).relname);
            Some((name, written_in_table(&*create)?))
        };
        tables.into_iter().filter_map(|table| written(table.cast())).collect()
    }
}

/// What a CREATE TABLE with LIKE writes itself; `None` for one without LIKE.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn written_in_table(create: &pg_sys::CreateStmt) -> Option<Written> {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. A column has a name.
    unsafe {
        let elements = PgList::<pg_sys::Node>::from_pg(create.tableElts);
        if !elements.iter_ptr().any(|element| (*element).type_ == T_TableLikeClause) {
            return None;
        }
        let mut written = Written::default();
        for element in elements.iter_ptr() {
            match (*element).type_ {
                T_ColumnDef => {
                    let column: *mut pg_sys::ColumnDef = element.cast();
                    let name = text::from_server((*column).colname);
                    let constraints = PgList::<pg_sys::Constraint>::from_pg((*column).constraints);
                    let kinds = constraints.iter_ptr().filter_map(|constraint| key_kind(&*constraint));
                    written.keys.extend(kinds.map(|kind| (kind, vec![name.clone()])));
                    written.columns.push(name);
                }
                T_Constraint => {
                    let constraint = &*element.cast::<pg_sys::Constraint>();
                    written.keys.extend(key_kind(constraint).map(|kind| (kind, key_columns(constraint))));
                }
                _ => {}
            }
        }
        Some(written)
    }
}

/// The kind of a primary key, unique or exclusion constraint; `None` for any other.
fn key_kind(constraint: &pg_sys::Constraint) -> Option<ConstraintKind> {
    match constraint.contype {
        pg_sys::ConstrType::CONSTR_PRIMARY => Some(ConstraintKind::PrimaryKey),
        pg_sys::ConstrType::CONSTR_UNIQUE => Some(ConstraintKind::Unique),
        pg_sys::ConstrType::CONSTR_EXCLUSION => Some(ConstraintKind::Exclusion),
        _ => None,
    }
}

/// The columns of a table constraint, without expressions.
///
/// # Safety
/// `constraint` is part of a valid parse tree.
unsafe fn key_columns(constraint: &pg_sys::Constraint) -> Vec<String> {
    // SAFETY: the keys of a constraint are strings. The elements of an exclusion constraint are lists of an IndexElem and
    // an operator; the name of an element is null or NUL-terminated.
    unsafe {
        let keys = PgList::<pg_sys::Node>::from_pg(constraint.keys);
        let excluded = PgList::<pg_sys::List>::from_pg(constraint.exclusions);
        let element = |pair: *mut pg_sys::List| PgList::<pg_sys::IndexElem>::from_pg(pair).get_ptr(0);
        let name = |name: *mut c_char| (!name.is_null()).then(|| text::from_server(name));
        let of_keys = keys.iter_ptr().map(|key| text::from_server(text::string_of(key)));
        let of_elements = excluded.iter_ptr().filter_map(|pair| name((*element(pair)?).name));
        of_keys.chain(of_elements).collect()
    }
}
