//! CONCURRENTLY: statements that commit on their way, so that an error at their end comes too late. What they will
//! do to their table is worked out from the parse tree before they run.

use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

use pgrx::{PgList, PgSqlErrorCode, PgTryBuilder, pg_sys};

use super::Command;
use super::relations::{look_up, range_var};
use crate::facts::{AttrNumber, Index, IndexDefinition, ObjectAddress, Oid, Predicate, QualifiedName, Relation};
use crate::pg::read::dependents::table_of_index;
use crate::pg::read::{Reader, access_method};
use crate::pg::text;
use crate::rule::Catalog;
use crate::sql;

/// Whether a statement is CREATE INDEX, DROP INDEX or DETACH PARTITION CONCURRENTLY.
pub fn is_concurrent(command: Command) -> bool {
    as_create(command).is_some() || as_drop(command).is_some() || as_detach(command).is_some()
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

#[cfg(feature = "pg13")]
fn as_detach(_: Command) -> Option<*mut pg_sys::AlterTableStmt> {
    None
}

#[cfg(not(feature = "pg13"))]
fn as_detach(command: Command) -> Option<*mut pg_sys::AlterTableStmt> {
    // SAFETY: each cast follows the node's own tag; the list of an ALTER TABLE is one of AlterTableCmd.
    unsafe {
        let alter: *mut pg_sys::AlterTableStmt = command.tree().cast();
        if (*command.tree()).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return None;
        }
        let first = PgList::<pg_sys::AlterTableCmd>::from_pg((*alter).cmds).get_ptr(0)?;
        let is_detach = (*first).subtype == pg_sys::AlterTableType::AT_DetachPartition;
        (is_detach && (*(*first).def.cast::<pg_sys::PartitionCmd>()).concurrent).then_some(alter)
    }
}

/// The table as it is, and as it will be.
pub fn predict(command: Command, now: &Reader) -> Option<(Relation, Relation)> {
    if let Some(detach) = as_detach(command) {
        // The partition keeps copies of all that it had from its parent.
        // SAFETY: the tree is valid.
        let table = now.read(ObjectAddress::Relation(unsafe { look_up((*detach).relation) }))?;
        Some((table.clone(), table))
    } else if let Some(drop) = as_drop(command) {
        // SAFETY: the tree is valid; the names of a DROP are lists of strings, as the grammar makes them.
        let index = unsafe {
            let names = PgList::<pg_sys::List>::from_pg((*drop).objects).get_ptr(0)?;
            look_up(range_var(names)?)
        };
        let before = now.read(ObjectAddress::Relation(table_of_index(now, index)?))?;
        let mut after = before.clone();
        after.indexes.retain(|one| one.oid != index);
        Some((before, after))
    } else {
        let create = as_create(command)?;
        // SAFETY: the tree is valid.
        let before = now.read(ObjectAddress::Relation(unsafe { look_up((*create).relation) }))?;
        let mut after = before.clone();
        after.indexes.push(unless_the_statement_fails(|| {
            // SAFETY: the tree is valid.
            unsafe { future_index(&*create, &before, now) }
        })?);
        Some((before, after))
    }
}

/// `None` where what a statement names is not there, or not this role's to use: the statement says so itself.
fn unless_the_statement_fails<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    use PgSqlErrorCode::*;
    let own_errors = [
        ERRCODE_UNDEFINED_OBJECT,
        ERRCODE_DATATYPE_MISMATCH,
        ERRCODE_INVALID_SCHEMA_NAME,
        ERRCODE_INSUFFICIENT_PRIVILEGE,
        ERRCODE_SYNTAX_ERROR,
    ];
    let work = PgTryBuilder::new(AssertUnwindSafe(work));
    own_errors.into_iter().fold(work, |work, error| work.catch_when(error, |_| None)).execute()
}

/// In the place of a condition or an expression that the tree alone does not tell: equal to no other index's.
const UNTOLD: &str = "?";

/// The index that a statement is about to make; `None` where there is a relation of its name already, or the
/// statement will fail.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn future_index(create: &pg_sys::IndexStmt, table: &Relation, now: &Reader) -> Option<Index> {
    // SAFETY: the parameters of an index are IndexElems, as the grammar makes them; strings are NUL-terminated.
    unsafe {
        let method = pg_sys::get_index_am_oid(create.accessMethod, true).to_u32();
        let mut key = Vec::new();
        let mut definition = IndexDefinition { access_method: method, ..IndexDefinition::default() };
        for element in PgList::<pg_sys::IndexElem>::from_pg(create.indexParams).iter_ptr() {
            let element = &*element;
            let (mut operator_class, mut collation) = (0, 0);
            if element.name.is_null() {
                key.push(None);
                definition.expressions = Some(UNTOLD.to_owned());
            } else {
                let name = text::from_server(element.name);
                let column = table.columns.iter().find(|column| column.name == name)?;
                key.push(Some(column.number));
                let data_type = column.data_type.oid.into();
                operator_class = match element.opclass.is_null() {
                    true => pg_sys::GetDefaultOpClass(data_type, method.into()).to_u32(),
                    false => {
                        pg_sys::ResolveOpClass(element.opclass, data_type, create.accessMethod, method.into()).to_u32()
                    }
                };
                collation = match element.collation.is_null() {
                    true => collation_of(table.oid, column.number),
                    false => pg_sys::get_collation_oid(element.collation, true).to_u32(),
                };
            }
            definition.operator_classes.push(operator_class);
            definition.collations.push(collation);
            definition.orders.push(order(element));
        }
        for element in PgList::<pg_sys::IndexElem>::from_pg(create.indexIncludingParams).iter_ptr() {
            let name = text::from_server((*element).name);
            definition.included.push(table.columns.iter().find(|column| column.name == name)?.number);
        }
        #[cfg(not(any(feature = "pg13", feature = "pg14")))]
        {
            definition.nulls_not_distinct = create.nulls_not_distinct;
        }
        let predicate = if create.whereClause.is_null() { Predicate::None } else { Predicate::Other };
        definition.condition = (predicate == Predicate::Other).then(|| UNTOLD.to_owned());
        let name = match create.idxname.is_null() {
            true => made_up_name(table, &key),
            false => text::from_server(create.idxname),
        };
        let is_free = !now.relation_exists(&QualifiedName::new(&table.name.schema, &name));
        is_free.then_some(Index {
            oid: 0,
            name,
            method: access_method(method),
            key,
            predicate,
            usable: true,
            unique: create.unique,
            inherited: false,
            definition,
            statement: written_after_on(create),
        })
    }
}

/// The collation of a column.
fn collation_of(table: Oid, column: AttrNumber) -> Oid {
    let (mut data_type, mut modifier, mut collation) = (pg_sys::InvalidOid, -1, pg_sys::InvalidOid);
    // SAFETY: the column was just read; the results are written to variables that live until then.
    unsafe { pg_sys::get_atttypetypmodcoll(table.into(), column, &mut data_type, &mut modifier, &mut collation) };
    collation.to_u32()
}

/// The name that PostgreSQL makes up for an index, but for what it would call an expression.
fn made_up_name(table: &Relation, key: &[Option<AttrNumber>]) -> String {
    let name = |number: &Option<AttrNumber>| number.and_then(|n| table.column(n)).map_or("expr", |c| c.name.as_str());
    let columns = key.iter().map(name).collect::<Vec<_>>().join("_");
    // SAFETY: the strings are NUL-terminated; the function gives a palloc'ed one.
    unsafe {
        let schema = pg_sys::get_namespace_oid(text::to_server(&table.name.schema), true);
        let (table, columns) = (text::to_server(&table.name.name), text::to_server(sql::truncate(&columns)));
        text::from_server(pg_sys::ChooseRelationName(table, columns, c"idx".as_ptr(), schema, false))
    }
}

/// What follows ON in the client's statement: a CONCURRENTLY statement is always a client command of its own.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn written_after_on(create: &pg_sys::IndexStmt) -> Option<String> {
    // SAFETY: the command's text is null or NUL-terminated; the tree's location is an offset into it.
    let statement = unsafe {
        let written = pg_sys::debug_query_string;
        let start = usize::try_from((*create.relation).location).ok()?;
        if written.is_null() || CStr::from_ptr(written).count_bytes() <= start {
            return None;
        }
        text::from_server(written.add(start))
    };
    Some(statement.trim_end().trim_end_matches(';').trim_end().to_owned())
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
