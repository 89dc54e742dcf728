//! The index that CREATE INDEX CONCURRENTLY is about to build.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use crate::facts::{AttrNumber, Column, Index, IndexDefinition, Oid, Predicate, QualifiedName, Relation};
use crate::pg::read::{Reader, access_method_from_oid};
use crate::pg::text;
use crate::rule::Catalog;
use crate::sql;

/// Stands for a condition or an expression that is known only once the index is built. No stored one is equal to it, so
/// the index will not be taken for a duplicate.
const NOT_KNOWN_YET: &str = "?";

/// The index that a statement is about to create; `None` if there is a relation of its name already, or if the
/// statement will fail for another reason.
///
/// # Safety
/// `create` is a valid parse tree.
pub unsafe fn predict_index(create: &pg_sys::IndexStmt, table: &Relation, now: &Reader) -> Option<Index> {
    // SAFETY: the caller promises that the tree is valid; the strings in it are null or NUL-terminated.
    unsafe {
        let method = pg_sys::get_index_am_oid(create.accessMethod, true).to_u32();
        let (key, mut definition) = predict_key(create, table, method)?;
        definition.included = included_columns(create, table)?;
        #[cfg(not(any(feature = "pg13", feature = "pg14")))]
        {
            definition.nulls_not_distinct = create.nulls_not_distinct;
        }
        let predicate = if create.whereClause.is_null() { Predicate::None } else { Predicate::Other };
        definition.condition = (predicate == Predicate::Other).then(|| NOT_KNOWN_YET.to_owned());
        let name = match create.idxname.is_null() {
            true => choose_name(table, &key),
            false => text::from_server(create.idxname),
        };
        let is_free = !now.relation_exists(&QualifiedName::new(&table.name.schema, &name));
        is_free.then_some(Index {
            oid: 0,
            name,
            method: access_method_from_oid(method),
            key,
            predicate,
            usable: true,
            unique: create.unique,
            inherited: false,
            definition,
            statement: text_after_on(create),
        })
    }
}

/// The key columns of an index that is about to be created, and the part of its definition that is about them; `None`
/// if there is no such column.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn predict_key(
    create: &pg_sys::IndexStmt,
    table: &Relation,
    method: Oid,
) -> Option<(Vec<Option<AttrNumber>>, IndexDefinition)> {
    let mut key = Vec::new();
    let mut definition = IndexDefinition { access_method: method, ..IndexDefinition::default() };
    // SAFETY: the parameters of an index are IndexElems; the strings in them are null or NUL-terminated.
    unsafe {
        for element in PgList::<pg_sys::IndexElem>::from_pg(create.indexParams).iter_ptr() {
            let element = &*element;
            let (mut operator_class, mut collation) = (0, 0);
            if element.name.is_null() {
                key.push(None);
                definition.expressions = Some(NOT_KNOWN_YET.to_owned());
            } else {
                let column = find_column(table, element)?;
                key.push(Some(column.number));
                operator_class = operator_class_of(create, element, column, method);
                collation = match element.collation.is_null() {
                    true => column.collation,
                    false => pg_sys::get_collation_oid(element.collation, true).to_u32(),
                };
            }
            definition.operator_classes.push(operator_class);
            definition.collations.push(collation);
            definition.orders.push(order(element));
        }
    }
    Some((key, definition))
}

/// The INCLUDE columns of an index that is about to be created; `None` if there is no such column.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn included_columns(create: &pg_sys::IndexStmt, table: &Relation) -> Option<Vec<AttrNumber>> {
    // SAFETY: the INCLUDE columns of an index are IndexElems with a name.
    unsafe {
        let elements = PgList::<pg_sys::IndexElem>::from_pg(create.indexIncludingParams);
        elements.iter_ptr().map(|element| Some(find_column(table, &*element)?.number)).collect()
    }
}

/// The column of a table that is part of an index.
///
/// # Safety
/// `element` is part of a valid parse tree and has a name, so it is no expression.
unsafe fn find_column<'a>(table: &'a Relation, element: &pg_sys::IndexElem) -> Option<&'a Column> {
    // SAFETY: the caller promises that there is a name; it is NUL-terminated.
    let name = unsafe { text::from_server(element.name) };
    table.columns.iter().find(|column| column.name == name)
}

/// The operator class of a key column: the one that is written, or the default of the column's type. Raises an error if
/// the one that is written does not exist.
///
/// # Safety
/// `create` is a valid parse tree and `element` a part of it.
unsafe fn operator_class_of(
    create: &pg_sys::IndexStmt,
    element: &pg_sys::IndexElem,
    column: &Column,
    method: Oid,
) -> Oid {
    let data_type = column.data_type.oid.into();
    // SAFETY: look-ups in the catalogs. The name of the access method is NUL-terminated, that of the operator class a
    // list of strings.
    let operator_class = unsafe {
        match element.opclass.is_null() {
            true => pg_sys::GetDefaultOpClass(data_type, method.into()),
            false => pg_sys::ResolveOpClass(element.opclass, data_type, create.accessMethod, method.into()),
        }
    };
    operator_class.to_u32()
}

/// The name that PostgreSQL will choose for an index without a name. For an expression, PostgreSQL may choose another
/// part of the name than `expr`.
fn choose_name(table: &Relation, key: &[Option<AttrNumber>]) -> String {
    let name = |number: &Option<AttrNumber>| {
        number.and_then(|number| table.column(number)).map_or("expr", |column| column.name.as_str())
    };
    let columns = key.iter().map(name).collect::<Vec<_>>().join("_");
    // SAFETY: the strings are NUL-terminated, and the function returns a palloc'ed one.
    unsafe {
        let schema = pg_sys::get_namespace_oid(text::to_server(&table.name.schema), true);
        let (table, columns) = (text::to_server(&table.name.name), text::to_server(sql::truncate(&columns)));
        text::from_server(pg_sys::ChooseRelationName(table, columns, c"idx".as_ptr(), schema, false))
    }
}

/// The text that follows ON in the client's command. The command is this statement alone, as a CONCURRENTLY statement
/// cannot be part of another one.
///
/// # Safety
/// `create` is a valid parse tree.
unsafe fn text_after_on(create: &pg_sys::IndexStmt) -> Option<String> {
    // SAFETY: the command's text is null or NUL-terminated, and the location, an offset into it, is used only if it is
    // within the text.
    let statement = unsafe {
        let command = pg_sys::debug_query_string;
        let start = usize::try_from((*create.relation).location).ok()?;
        if command.is_null() || CStr::from_ptr(command).count_bytes() <= start {
            return None;
        }
        text::from_server(command.add(start))
    };
    Some(statement.trim_end().trim_end_matches(';').trim_end().to_owned())
}

/// Whether a key column is ASC or DESC and where nulls go, in the bits of `pg_index.indoption`.
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
