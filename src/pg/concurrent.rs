//! CONCURRENTLY: statements that commit on their way, so that an error at their end comes too late. What they will
//! do to their table is worked out from the parse tree before they run.

use pgrx::{PgList, pg_sys};

use super::commands::{Command, table_of_index};
use super::intent::look_up;
use super::reader::{Reader, access_method};
use super::text;
use crate::facts::{Index, IndexDefinition, Predicate, Relation};
use crate::session::Subject;

/// Whether a statement is CREATE or DROP INDEX CONCURRENTLY.
pub fn is(command: Command) -> bool {
    as_create(command).is_some() || as_drop(command).is_some()
}

fn as_create(command: Command) -> Option<*mut pg_sys::IndexStmt> {
    // SAFETY: the cast follows the node's own tag.
    unsafe {
        let create: *mut pg_sys::IndexStmt = command.tree().cast();
        ((*command.tree()).type_ == pg_sys::NodeTag::T_IndexStmt && (*create).concurrent).then_some(create)
    }
}

fn as_drop(command: Command) -> Option<*mut pg_sys::DropStmt> {
    // SAFETY: the cast follows the node's own tag.
    unsafe {
        let drop: *mut pg_sys::DropStmt = command.tree().cast();
        let is_index = (*command.tree()).type_ == pg_sys::NodeTag::T_DropStmt
            && (*drop).removeType == pg_sys::ObjectType::OBJECT_INDEX;
        (is_index && (*drop).concurrent).then_some(drop)
    }
}

/// The table as it is, and as it will be.
pub fn foresee(command: Command, now: &Reader) -> Option<(Relation, Relation)> {
    if let Some(drop) = as_drop(command) {
        // SAFETY: the tree is valid; the names of a DROP are lists of strings, as the grammar makes them.
        let index = unsafe {
            let names = PgList::<pg_sys::List>::from_pg((*drop).objects).get_ptr(0)?;
            look_up(pg_sys::makeRangeVarFromNameList(names))
        };
        let before = now.read(Subject::Relation(table_of_index(now, index)?))?;
        let mut after = before.clone();
        after.indexes.retain(|one| one.oid != index);
        Some((before, after))
    } else {
        let create = as_create(command)?;
        // SAFETY: the tree is valid.
        let before = now.read(Subject::Relation(unsafe { look_up((*create).relation) }))?;
        let mut after = before.clone();
        // SAFETY: the tree is valid.
        after.indexes.push(unsafe { future_index(&*create, &before) }?);
        Some((before, after))
    }
}

/// The index that a statement is about to make; `None` where the tree does not tell everything: a condition, an
/// expression, an operator class, a collation, storage of its own, or no name.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn future_index(create: &pg_sys::IndexStmt, table: &Relation) -> Option<Index> {
    // SAFETY: the parameters of an index are IndexElems, as the grammar makes them; strings are NUL-terminated.
    unsafe {
        if create.idxname.is_null() || !create.whereClause.is_null() || !create.options.is_null() {
            return None;
        }
        let method = pg_sys::get_index_am_oid(create.accessMethod, true).to_u32();
        let mut key = Vec::new();
        let mut definition = IndexDefinition { access_method: method, ..IndexDefinition::default() };
        for element in PgList::<pg_sys::IndexElem>::from_pg(create.indexParams).iter_ptr() {
            let element = &*element;
            if element.name.is_null() || !element.opclass.is_null() || !element.collation.is_null() {
                return None;
            }
            let name = text::from_server(element.name);
            let column = table.columns.iter().find(|column| column.name == name)?;
            let data_type = column.data_type.oid;
            key.push(Some(column.number));
            definition.operator_classes.push(pg_sys::GetDefaultOpClass(data_type.into(), method.into()).to_u32());
            definition.collations.push(pg_sys::get_typcollation(data_type.into()).to_u32());
            definition.orders.push(order(element));
        }
        for element in PgList::<pg_sys::IndexElem>::from_pg(create.indexIncludingParams).iter_ptr() {
            let name = text::from_server((*element).name);
            definition.included.push(table.columns.iter().find(|column| column.name == name)?.number);
        }
        Some(Index {
            oid: 0,
            name: text::from_server(create.idxname),
            method: access_method(method),
            key,
            predicate: Predicate::None,
            usable: true,
            unique: create.unique,
            inherited: false,
            definition,
        })
    }
}

/// ASC or DESC and where nulls go, as `pg_index.indoption` has it.
fn order(element: &pg_sys::IndexElem) -> i16 {
    const DESCENDING: i16 = 1;
    const NULLS_FIRST: i16 = 2;
    let descending = element.ordering == pg_sys::SortByDir::SORTBY_DESC;
    let nulls_first = match element.nulls_ordering {
        pg_sys::SortByNulls::SORTBY_NULLS_FIRST => true,
        pg_sys::SortByNulls::SORTBY_NULLS_LAST => false,
        _ => descending,
    };
    (if descending { DESCENDING } else { 0 }) | (if nulls_first { NULLS_FIRST } else { 0 })
}
